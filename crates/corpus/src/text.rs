//! Plain text: documents with one or more blank lines between them.

use std::io::{self, BufRead};

use crate::lines::{Line, LineReader};
use crate::reader::Record;

const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// The documents of a plain text file.
pub(crate) struct TextRecords<R> {
    lines: LineReader<R>,
    limit: usize,
}

impl<R: BufRead> TextRecords<R> {
    pub(crate) fn new(inner: R, limit: u64) -> Self {
        Self {
            lines: LineReader::new(inner),
            limit: usize::try_from(limit).unwrap_or(usize::MAX - 1),
        }
    }

    /// The next document: lines up to a blank one; the exact bytes of the file.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record>> {
        let mut bytes = Vec::new();
        let (mut start, mut first_line, mut too_long) = (0, 0, false);
        loop {
            let (line_start, before) = (self.lines.offset, bytes.len());
            let line = self
                .lines
                .read(&mut bytes, self.limit + 1 - before.min(self.limit))?;
            let begun = first_line > 0;
            match line {
                Line::End if begun => {
                    return Ok(Some(Record::new(start, first_line, bytes, too_long)));
                }
                Line::End => return Ok(None),
                Line::TooLong => {
                    too_long = true;
                    bytes.clear();
                }
                Line::Whole if is_blank(&bytes[before..]) => {
                    bytes.truncate(before);
                    if begun {
                        return Ok(Some(Record::new(start, first_line, bytes, too_long)));
                    }
                    continue;
                }
                Line::Whole if too_long => bytes.clear(),
                Line::Whole => {}
            }
            if !begun {
                (start, first_line) = (line_start, self.lines.line);
                if start == 0 && bytes.starts_with(BYTE_ORDER_MARK) {
                    bytes.drain(..BYTE_ORDER_MARK.len());
                    start = BYTE_ORDER_MARK.len() as u64;
                }
            }
        }
    }
}

/// White space only, in ASCII or as ideographic spaces.
fn is_blank(line: &[u8]) -> bool {
    std::str::from_utf8(line)
        .is_ok_and(|line| line.trim_start_matches('\u{feff}').trim().is_empty())
}
