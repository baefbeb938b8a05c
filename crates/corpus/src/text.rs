//! Splits plain text into records: documents with one or more blank lines between them.

use std::io::{self, BufRead};

use crate::lines::{Line, LineReader};
use crate::record::Record;

/// Lines up to this length are always read, so that blank lines are recognised even if `max_document_bytes` is smaller.
pub(crate) const MIN_LINE_BYTES: usize = 1 << 12;

/// The records of a plain text file.
pub(crate) struct TextRecords<R> {
    lines: LineReader<R>,
    line: Vec<u8>,
    limit: usize,
}

impl<R: BufRead> TextRecords<R> {
    /// Reads records of at most `limit` bytes from `inner`, which is at byte `offset` of the file.
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
                Some(record) if record.position < first => {}
                record => return Ok(record),
            }
        }
    }

    /// The next record: the lines up to a blank one, as the exact bytes of the file.
    fn next(&mut self) -> io::Result<Option<Record>> {
        let mut record: Option<Record> = None;
        loop {
            let limit = self.limit.max(MIN_LINE_BYTES);
            let is_whole = match self.lines.read(&mut self.line, limit)? {
                Line::End => return Ok(record),
                Line::Whole if !is_blank(&self.line) => true,
                Line::Whole if record.is_some() => return Ok(record),
                Line::Whole => continue,
                Line::TooLong => false,
            };
            let record = record.get_or_insert_with(|| {
                Record::new(self.lines.start(), self.lines.place(), Vec::new())
            });
            if is_whole {
                record.append(&self.line, self.limit);
            } else {
                record.set_too_long();
            }
        }
    }
}

/// Whether a line holds white space only (ideographic spaces included), possibly behind a byte order mark.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    // Nearly every line begins with a character that is not white space. Checking that first is fast.
    let start = &line[..line.len().min(4)];
    let first = start.utf8_chunks().next();
    let first = first.and_then(|chunk| chunk.valid().chars().next());
    if first.is_some_and(|first| !first.is_whitespace() && first != '\u{feff}') {
        return false;
    }
    std::str::from_utf8(line)
        .is_ok_and(|line| line.trim_start_matches('\u{feff}').trim().is_empty())
}
