//! Reads text, with and without a line of counts: a word and its numbers on each line.
//!
//! Public files have rows that are none: blank lines, a word and its first number grown together, rows cut short. They are
//! passed over and counted, and the first of them are named. A file with more than a stated share of them is refused.

use std::io::{BufRead, Read as _};
use std::path::Path;

use crate::vectors::collection::{Collector, Vectors};
use crate::vectors::error::{BROKEN_ROWS_AT_MOST_ONE_IN, VectorsError, malformed, unreadable};
use crate::vectors::format::VectorFormat;
use crate::vectors::layout::{Layout, without_mark};
use crate::vectors::report::{NamedRow, RowFault, VectorReport, WrongCount};
use crate::vectors::row::parse_row;
use crate::vectors::unpack::open_any;

/// The most bytes of a line. A file with a longer one is not text, and is not read into memory.
const LONGEST_LINE: u64 = 1 << 26;
/// How many broken rows are waited for before a file is given up ahead of its end.
const BROKEN_BEFORE_GIVING_UP: usize = 1000;

/// Reads at most `limit` rows of the form `word number number …`. In [`VectorFormat::TextDims`], the first line is
/// `words dimensions`.
pub(super) fn read(
    path: &Path,
    start: &[u8],
    format: VectorFormat,
    limit: usize,
) -> Result<(Vectors, VectorReport), VectorsError> {
    let layout = Layout::of(path, start, format)?;
    let mut head = layout.counts;
    let mut rows = Rows::new(path, layout);
    let mut reader = open_any(path)?.reader;
    let (mut line, mut number) = (Vec::new(), 0);
    while rows.n_rows < limit && next_line(&mut reader, path, format, &mut line)? {
        number += 1;
        let text = without_mark(&line);
        if text.trim_ascii().is_empty() {
            rows.collector.report().n_blank += 1;
        } else if head.take().is_none() {
            rows.add(number, text)?;
        }
    }
    rows.finish(limit)
}

/// The rows of a file that have been read.
struct Rows<'p> {
    path: &'p Path,
    layout: Layout,
    /// The numbers of the row that is being parsed.
    row: Vec<f32>,
    n_rows: usize,
    collector: Collector,
}

impl<'p> Rows<'p> {
    fn new(path: &'p Path, layout: Layout) -> Self {
        Self {
            path,
            row: vec![0.0; layout.n_dimensions],
            layout,
            n_rows: 0,
            collector: Collector::default(),
        }
    }

    fn add(&mut self, line: u64, text: &[u8]) -> Result<(), VectorsError> {
        self.n_rows += 1;
        let word = match parse_row(text, &mut self.row) {
            Ok(word) => word,
            Err(fault) => return self.pass_over(line, fault),
        };
        let Some(word) = self.layout.encoding.text(word) else {
            self.collector.report().n_not_text += 1;
            return Ok(());
        };
        if !self.collector.add(word.into_owned(), &self.row) {
            self.collector.report().name(line, RowFault::NotFinite);
        }
        Ok(())
    }

    /// Counts and names a row that is not a word and its numbers.
    fn pass_over(&mut self, line: u64, fault: RowFault) -> Result<(), VectorsError> {
        let report = self.collector.report();
        report.n_broken += 1;
        report.name(line, fault);
        if report.n_broken < BROKEN_BEFORE_GIVING_UP {
            return Ok(());
        }
        self.check_share()
    }

    /// Refuses a file with too many rows that are not a word and its numbers.
    fn check_share(&mut self) -> Result<(), VectorsError> {
        let n_rows = self.n_rows;
        let report = self.collector.report();
        if report.n_broken * BROKEN_ROWS_AT_MOST_ONE_IN <= n_rows {
            return Ok(());
        }
        let is_broken = |row: &&NamedRow| row.fault != RowFault::NotFinite;
        let first = report.named.iter().find(is_broken).or(report.named.first());
        Err(VectorsError::TooManyBroken {
            path: self.path.to_path_buf(),
            n_broken: report.n_broken,
            n_rows,
            first: first.cloned().expect("a broken row is named"),
        })
    }

    fn finish(mut self, limit: usize) -> Result<(Vectors, VectorReport), VectorsError> {
        self.check_share()?;
        let found = self.n_rows as u64;
        let report = self.collector.report();
        report.encoding = self.layout.encoding.name();
        if self.n_rows == limit {
            report.stopped_after = Some(limit);
        } else {
            let said = self.layout.counts.map(|counts| counts.n_words);
            let said = said.filter(|said| *said != found);
            report.wrong_count = said.map(|said| WrongCount { said, found });
        }
        Ok(self.collector.finish())
    }
}

/// Reads the next line without its end; returns `false` at the end of the file.
fn next_line(
    reader: &mut impl BufRead,
    path: &Path,
    format: VectorFormat,
    line: &mut Vec<u8>,
) -> Result<bool, VectorsError> {
    line.clear();
    let read = reader.take(LONGEST_LINE).read_until(b'\n', line);
    let n_bytes = read.map_err(|source| unreadable(path, source))? as u64;
    if n_bytes == LONGEST_LINE {
        let reason = format!("a line has more than {LONGEST_LINE} bytes");
        return Err(malformed(path, format, reason));
    }
    Ok(n_bytes > 0)
}
