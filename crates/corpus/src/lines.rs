//! Lines of bytes, with memory bounded whatever their length.

use std::io::{self, BufRead};

/// A line with its end, or the fact that it was longer than the limit and is skipped.
pub(crate) enum Line {
    /// The line's bytes lie in the buffer.
    Whole,
    /// Longer than the limit; its bytes were passed over.
    TooLong,
    /// The file's end.
    End,
}

/// Reads lines and knows where it is.
pub(crate) struct LineReader<R> {
    inner: R,
    /// First byte of the next line.
    pub offset: u64,
    /// Number of the line last read, from 1.
    pub line: u64,
}

impl<R: BufRead> LineReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            offset: 0,
            line: 0,
        }
    }

    /// Appends the next line, `\n` included, to `buffer`; at most `limit` bytes of it.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<Line> {
        let start = buffer.len();
        let mut too_long = false;
        let mut n_read = 0;
        loop {
            let available = self.inner.fill_buf()?;
            if available.is_empty() {
                break;
            }
            let newline = available.iter().position(|byte| *byte == b'\n');
            let n_here = newline.map_or(available.len(), |position| position + 1);
            if buffer.len() - start + n_here > limit {
                too_long = true;
                buffer.truncate(start);
            }
            if !too_long {
                buffer.extend_from_slice(&available[..n_here]);
            }
            self.inner.consume(n_here);
            n_read += n_here;
            if newline.is_some() {
                break;
            }
        }
        if n_read == 0 {
            return Ok(Line::End);
        }
        self.offset += n_read as u64;
        self.line += 1;
        Ok(if too_long { Line::TooLong } else { Line::Whole })
    }
}
