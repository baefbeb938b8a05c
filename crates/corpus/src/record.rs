//! Defines a record: the bytes of a file that may become one document.

use crate::place::Place;

/// A record of a file, before it is checked.
pub(crate) struct Record {
    /// The record's position: its first byte in the unpacked file; in Parquet its row, from 0.
    pub(crate) position: u64,
    pub(crate) place: Place,
    /// The record's bytes; none if it is too long.
    pub(crate) bytes: Vec<u8>,
    /// Where the record begins in its bytes: behind 0 for a JSON object that follows another on the same line.
    pub(crate) start: usize,
    pub(crate) is_too_long: bool,
}

impl Record {
    /// Makes a record of bytes that are within the limit.
    pub(crate) const fn new(position: u64, place: Place, bytes: Vec<u8>) -> Self {
        Self {
            position,
            place,
            bytes,
            start: 0,
            is_too_long: false,
        }
    }

    /// The record that begins at byte `start` of the same bytes.
    pub(crate) fn following(self, start: usize) -> Self {
        Self {
            position: self.position + (start - self.start) as u64,
            start,
            ..self
        }
    }

    /// Appends a line, unless the record becomes longer than `limit` bytes.
    pub(crate) fn append(&mut self, line: &[u8], limit: usize) {
        if self.bytes.len() + line.len() > limit {
            self.set_too_long();
        }
        if !self.is_too_long {
            self.bytes.extend_from_slice(line);
        }
    }

    /// Marks the record as too long and frees its bytes: such a record is only counted.
    pub(crate) fn set_too_long(&mut self) {
        self.is_too_long = true;
        self.bytes = Vec::new();
    }
}
