//! Splits JSONL into records: lines that are not blank.

use std::io::{self, BufRead};

use crate::lines::{BYTE_ORDER_MARK, Line, LineReader};
use crate::record::Record;

/// A line may be longer than its text by this factor: JSON may write every character as an escape of six bytes.
const MAX_ESCAPE: u64 = 6;

/// The records of a JSONL file.
pub(crate) struct JsonlRecords<R> {
    lines: LineReader<R>,
    limit: usize,
}

impl<R: BufRead> JsonlRecords<R> {
    /// Reads records from `inner`, which is at byte `offset` of the file; `limit` is that of documents, in bytes.
    pub(crate) fn new(inner: R, offset: u64, limit: u64) -> Self {
        Self {
            lines: LineReader::new(inner, offset),
            limit: usize::try_from(limit.saturating_mul(MAX_ESCAPE)).unwrap_or(usize::MAX),
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

    /// The next line that is not blank.
    fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let mut bytes = Vec::new();
            let is_too_long = match self.lines.read(&mut bytes, self.limit)? {
                Line::End => return Ok(None),
                Line::TooLong => true,
                Line::Whole if without_mark(&bytes).trim_ascii().is_empty() => continue,
                Line::Whole => false,
            };
            let mut record = Record::new(self.lines.start(), self.lines.place(), bytes);
            if is_too_long {
                record.set_too_long();
            }
            return Ok(Some(record));
        }
    }
}

/// A line without the byte order marks before it: files that were joined have them in the middle.
pub(crate) fn without_mark(mut line: &[u8]) -> &[u8] {
    while let Some(rest) = line.strip_prefix(BYTE_ORDER_MARK) {
        line = rest;
    }
    line
}
