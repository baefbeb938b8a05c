//! Reads text, with and without a line of counts: a word and its numbers on each line.
//!
//! Public files have rows that are none: blank lines, a word and its first number grown together, rows cut short. They are
//! passed over and counted, and the first of them are named. A file with more than a stated share of them is refused.

use std::path::Path;

use crate::vectors::block::{Block, Line};
use crate::vectors::collection::{Collector, Vectors};
use crate::vectors::error::{BROKEN_ROWS_AT_MOST_ONE_IN, VectorsError};
use crate::vectors::format::VectorFormat;
use crate::vectors::layout::Layout;
use crate::vectors::report::{NamedRow, RowFault, VectorReport, WrongCount};
use crate::vectors::unpack::open_any;

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
    let mut has_head = layout.counts.is_some();
    let mut block = Block::new(layout.n_dimensions);
    let mut reading = Reading::new(path, layout);
    let mut reader = open_any(path)?.reader;
    let mut number = 0;
    while reading.n_rows < limit && block.read(&mut reader, path, format)? {
        for line in block.parse() {
            number += 1;
            let is_head = has_head && !matches!(line, Line::Blank);
            if is_head {
                has_head = false;
            } else if reading.n_rows < limit {
                reading.add(number, line)?;
            }
        }
    }
    reading.finish(limit)
}

/// What has been read of a file.
struct Reading<'p> {
    path: &'p Path,
    layout: Layout,
    n_rows: usize,
    collector: Collector,
}

impl<'p> Reading<'p> {
    fn new(path: &'p Path, layout: Layout) -> Self {
        Self {
            path,
            layout,
            n_rows: 0,
            collector: Collector::default(),
        }
    }

    fn add(&mut self, number: u64, line: Line<'_>) -> Result<(), VectorsError> {
        let (word, row) = match line {
            Line::Blank => {
                self.collector.report().n_blank += 1;
                return Ok(());
            }
            Line::Broken(fault) => return self.pass_over(number, fault),
            Line::Row(word, row) => (word, row),
        };
        self.n_rows += 1;
        let Some(word) = self.layout.encoding.text(word) else {
            self.collector.report().n_not_text += 1;
            return Ok(());
        };
        if !self.collector.add(word.into_owned(), row) {
            self.collector.report().name(number, RowFault::NotFinite);
        }
        Ok(())
    }

    /// Counts and names a row that is not a word and its numbers.
    fn pass_over(&mut self, line: u64, fault: RowFault) -> Result<(), VectorsError> {
        self.n_rows += 1;
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
