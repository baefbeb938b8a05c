//! Plain text: documents with one or more blank lines between them.

use std::io::{self, BufRead};

use crate::lines::{Line, LineReader};
use crate::reader::Record;

/// Blank lines are known as such up to this length, however short documents must be.
pub(crate) const MIN_LINE_BYTES: usize = 1 << 12;

/// The documents of a plain text file.
pub(crate) struct TextRecords<R> {
    lines: LineReader<R>,
    line: Vec<u8>,
    limit: usize,
}

impl<R: BufRead> TextRecords<R> {
    pub(crate) fn new(inner: R, offset: u64, limit: u64) -> Self {
        Self {
            lines: LineReader::new(inner, offset),
            line: Vec::new(),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        }
    }

    /// The next record that begins at byte `first` or later.
    pub(crate) fn next_from(&mut self, first: u64) -> io::Result<Option<Record>> {
        loop {
            match self.next()? {
                Some(record) if record.start < first => {}
                record => return Ok(record),
            }
        }
    }

    /// The next document: lines up to a blank one; the exact bytes of the file.
    fn next(&mut self) -> io::Result<Option<Record>> {
        let mut record: Option<Record> = None;
        loop {
            let limit = self.limit.max(MIN_LINE_BYTES);
            let whole = match self.lines.read(&mut self.line, limit)? {
                Line::End => return Ok(record),
                Line::Whole if !is_blank(&self.line) => true,
                Line::Whole if record.is_some() => return Ok(record),
                Line::Whole => continue,
                Line::TooLong => false,
            };
            let record = record.get_or_insert_with(|| {
                Record::new(self.lines.start, self.lines.place(), Vec::new(), false)
            });
            if whole {
                record.append(&self.line, self.limit);
            } else {
                record.pass_over();
            }
        }
    }
}

/// White space only, in ASCII or as ideographic spaces.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    // Nearly every line begins with what is no space: its first character tells.
    let start = &line[..line.len().min(4)];
    let first = start.utf8_chunks().next();
    let first = first.and_then(|chunk| chunk.valid().chars().next());
    if first.is_some_and(|first| !first.is_whitespace() && first != '\u{feff}') {
        return false;
    }
    std::str::from_utf8(line)
        .is_ok_and(|line| line.trim_start_matches('\u{feff}').trim().is_empty())
}
