//! Reads lines of bytes. Memory is bounded, whatever the length of a line.

use std::io::{self, BufRead};

use crate::place::Place;

/// The mark that some editors put before the first line of a UTF-8 file.
pub(crate) const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// What [`LineReader::read`] found.
pub(crate) enum Line {
    /// A line; its bytes, `\n` included, are in the buffer.
    Whole,
    /// A line longer than the limit; its bytes were skipped.
    TooLong,
    /// The file's end.
    End,
}

/// Reads lines and keeps track of their positions.
pub(crate) struct LineReader<R> {
    inner: R,
    /// First byte of the next line.
    offset: u64,
    /// First byte of the line read last, behind a byte order mark.
    start: u64,
    n_lines: u64,
    /// Whether reading began at the file's beginning, so that lines can be numbered.
    from_start: bool,
}

impl<R: BufRead> LineReader<R> {
    /// Reads from `inner`, which is at byte `offset` of the file.
    pub(crate) const fn new(inner: R, offset: u64) -> Self {
        Self {
            inner,
            offset,
            start: offset,
            n_lines: 0,
            from_start: offset == 0,
        }
    }

    /// First byte of the next line.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// First byte of the line read last, behind a byte order mark.
    pub(crate) const fn start(&self) -> u64 {
        self.start
    }

    /// The line read last, as messages show it.
    pub(crate) const fn place(&self) -> Place {
        if self.from_start {
            Place::Line(self.n_lines)
        } else {
            Place::Byte(self.start)
        }
    }

    /// Reads the next line, `\n` included, into `buffer` if it has at most `limit` bytes. A byte order mark before the
    /// first line is left out.
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
        self.n_lines += 1;
        Ok(if too_long { Line::TooLong } else { Line::Whole })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, BufRead, BufReader, Read};

    use super::{Line, LineReader};
    use crate::jsonl::JsonlRecords;
    use crate::text::TextRecords;

    #[test]
    fn memory_is_bounded_whatever_the_length_of_a_line() {
        let long = io::repeat(b'a').take(1 << 26);
        let bytes = BufReader::with_capacity(1 << 10, long.chain(b"\nnext".as_slice()));
        let (mut lines, mut buffer) = (LineReader::new(bytes, 0), Vec::new());
        let line = lines.read(&mut buffer, 1 << 12).expect("read");
        assert!(matches!(line, Line::TooLong) && buffer.capacity() <= 1 << 13);
        assert!(matches!(lines.read(&mut buffer, 4), Ok(Line::Whole)));
        assert_eq!(
            (buffer.as_slice(), lines.start()),
            (b"next".as_slice(), (1 << 26) + 1)
        );
        assert!(matches!(lines.read(&mut buffer, 4), Ok(Line::End)));
    }

    /// One block `n_left` times, and then `last`.
    struct Repeated {
        block: Vec<u8>,
        n_left: usize,
        last: &'static [u8],
    }

    impl Read for Repeated {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.fill_buf()?.read(buffer) // never called: lines are read by `fill_buf` and `consume`
        }
    }

    impl BufRead for Repeated {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            Ok(if self.n_left > 0 {
                &self.block
            } else {
                self.last
            })
        }

        fn consume(&mut self, n_bytes: usize) {
            if self.n_left > 0 {
                assert_eq!(n_bytes, self.block.len(), "no line ends inside a block");
                self.n_left -= 1;
            } else {
                self.last = &self.last[n_bytes..];
            }
        }
    }

    /// A line of 1 GB that is never whole, neither on disk nor in memory.
    fn gigabyte() -> Repeated {
        Repeated {
            block: vec![b'a'; 1 << 20],
            n_left: 1 << 10,
            last: b"\n\n{}\n",
        }
    }

    #[test]
    fn a_line_of_a_gigabyte_is_skipped_and_never_held() {
        const LIMIT: u64 = 16 << 20;
        let mut lines = LineReader::new(gigabyte(), 0);
        let mut buffer = Vec::new();
        let line = lines.read(&mut buffer, LIMIT as usize);
        assert!(matches!(line, Ok(Line::TooLong)) && buffer.capacity() as u64 <= 2 * LIMIT);
        let mut texts = TextRecords::new(gigabyte(), 0, LIMIT);
        let mut jsonl = JsonlRecords::new(gigabyte(), 0, LIMIT);
        for first in [texts.next_from(0), jsonl.next_from(0)] {
            assert!(first.expect("read").expect("a record").is_too_long);
        }
        for second in [texts.next_from(0), jsonl.next_from(0)] {
            let record = second.expect("read").expect("a record");
            assert_eq!(
                (record.position, record.is_too_long),
                ((1 << 30) + 2, false)
            );
        }
    }
}
