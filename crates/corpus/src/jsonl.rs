//! JSONL: a document a line, its text in one field.

use std::io::{self, BufRead};

use serde_json::Value;

use crate::drops::DropReason;
use crate::lines::{Line, LineReader};
use crate::reader::Record;

/// The lines of a JSONL file.
pub(crate) struct JsonlRecords<R> {
    lines: LineReader<R>,
    limit: usize,
}

impl<R: BufRead> JsonlRecords<R> {
    /// Lines may be six times as long as documents: JSON may escape every character.
    pub(crate) fn new(inner: R, offset: u64, limit: u64) -> Self {
        Self {
            lines: LineReader::new(inner, offset),
            limit: usize::try_from(limit.saturating_mul(6)).unwrap_or(usize::MAX),
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

    /// The next line that is not empty.
    fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let mut bytes = Vec::new();
            let too_long = match self.lines.read(&mut bytes, self.limit)? {
                Line::End => return Ok(None),
                Line::TooLong => true,
                Line::Whole if bytes.trim_ascii().is_empty() => continue,
                Line::Whole => false,
            };
            let (start, place) = (self.lines.start, self.lines.place());
            return Ok(Some(Record::new(start, place, bytes, too_long)));
        }
    }
}

/// What a line's text is, or why there is none.
pub(crate) enum Text {
    Found(String),
    Dropped(DropReason),
    /// The field is missing or no string; the fields that are there.
    NoField(String),
}

/// The text of a JSONL line.
pub(crate) fn text_of(line: &str, field: &str) -> Text {
    let Ok(Value::Object(mut object)) = serde_json::from_str(line) else {
        return Text::Dropped(DropReason::Malformed);
    };
    match object.remove(field) {
        Some(Value::String(text)) => Text::Found(text),
        Some(Value::Null) => Text::Dropped(DropReason::Empty),
        other => {
            let mut found: Vec<String> = object.keys().map(|key| format!("`{key}`")).collect();
            if other.is_some() {
                found.push(format!("`{field}` (no string)"));
            }
            Text::NoField(found.join(", "))
        }
    }
}
