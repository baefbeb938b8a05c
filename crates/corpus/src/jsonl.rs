//! Reads JSONL: one record per line, its text in one field of a JSON object.

use std::io::{self, BufRead};

use serde_json::Value;

use crate::drops::DropReason;
use crate::lines::{Line, LineReader};
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
                Line::Whole if bytes.trim_ascii().is_empty() => continue,
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

/// What a JSONL line holds.
pub(crate) enum ParsedLine {
    Text(String),
    Dropped(DropReason),
    /// The text field is missing or not a string.
    NoText {
        /// The fields that the line has, as a message shows them.
        found: String,
    },
}

/// Parses a JSONL line and takes its text from `field`.
pub(crate) fn parse_line(line: &str, field: &str) -> ParsedLine {
    let Ok(Value::Object(mut object)) = serde_json::from_str(line) else {
        return ParsedLine::Dropped(DropReason::Malformed);
    };
    match object.remove(field) {
        Some(Value::String(text)) => ParsedLine::Text(text),
        Some(Value::Null) => ParsedLine::Dropped(DropReason::Empty),
        other => {
            let mut found: Vec<String> = object.keys().map(|key| format!("`{key}`")).collect();
            if other.is_some() {
                found.push(format!("`{field}` (not a string)"));
            }
            ParsedLine::NoText {
                found: found.join(", "),
            }
        }
    }
}
