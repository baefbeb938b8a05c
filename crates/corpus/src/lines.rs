//! Lines of bytes, with memory bounded whatever their length.

use std::io::{self, BufRead};

use crate::place::Place;

/// Some editors put it before the first line of a UTF-8 file.
pub(crate) const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

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
    offset: u64,
    /// First byte of the line last read, a byte order mark aside.
    pub start: u64,
    /// Number of lines read.
    line: u64,
    /// Whether they are all lines from the file's beginning on.
    from_start: bool,
}

impl<R: BufRead> LineReader<R> {
    /// Reads from byte `offset` of the file on, where `inner` stands.
    pub(crate) fn new(inner: R, offset: u64) -> Self {
        Self {
            inner,
            offset,
            start: offset,
            line: 0,
            from_start: offset == 0,
        }
    }

    /// First byte of the next line.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Where the line last read stands.
    pub(crate) const fn place(&self) -> Place {
        if self.from_start {
            Place::Line(self.line)
        } else {
            Place::Byte(self.start)
        }
    }

    /// Puts the next line, `\n` included, into `buffer`, if it has at most `limit` bytes. A byte order mark before the
    /// first line is passed over.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<Line> {
        buffer.clear();
        let line = self.read_line(buffer, limit)?;
        if self.start == 0 && buffer.starts_with(BYTE_ORDER_MARK) {
            buffer.drain(..BYTE_ORDER_MARK.len());
            self.start = BYTE_ORDER_MARK.len() as u64;
        }
        Ok(line)
    }

    fn read_line(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<Line> {
        self.start = self.offset;
        let mut too_long = false;
        let mut n_read = 0;
        loop {
            let available = self.inner.fill_buf()?;
            if available.is_empty() {
                break;
            }
            let newline = memchr::memchr(b'\n', available);
            let n_here = newline.map_or(available.len(), |position| position + 1);
            if n_read + n_here > limit {
                too_long = true;
                buffer.clear();
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

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read as _};

    use super::{Line, LineReader};

    #[test]
    fn memory_is_bounded_whatever_the_length_of_a_line() {
        let long = std::io::repeat(b'a').take(1 << 26);
        let bytes = BufReader::with_capacity(1 << 10, long.chain(b"\nnext".as_slice()));
        let (mut lines, mut buffer) = (LineReader::new(bytes, 0), Vec::new());
        let line = lines.read(&mut buffer, 1 << 12).expect("read");
        assert!(matches!(line, Line::TooLong) && buffer.capacity() <= 1 << 13);
        assert!(matches!(lines.read(&mut buffer, 4), Ok(Line::Whole)));
        assert_eq!(
            (buffer.as_slice(), lines.start),
            (b"next".as_slice(), (1 << 26) + 1)
        );
        assert!(matches!(lines.read(&mut buffer, 4), Ok(Line::End)));
    }
}
