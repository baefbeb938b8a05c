//! Finds the first record that begins at or after a byte of a file, so that a task reads nothing before its part.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};

use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::lines::{BYTE_ORDER_MARK, Line, LineReader};
use crate::text::{MIN_LINE_BYTES, is_blank};

/// Bytes that are read at once when the beginning of a line is searched backwards. Blank lines are short.
const BLOCK_BYTES: u64 = 1 << 12;

/// Finds the first line that begins at byte `start` or later; returns the line's first byte.
///
/// The result is 0 if `start` is not behind a possible byte order mark: the mark belongs to no line, so the first
/// record may begin right behind it.
pub(crate) fn line_start(file: &CorpusFile, start: u64) -> Result<u64, CorpusError> {
    if start <= BYTE_ORDER_MARK.len() as u64 {
        return Ok(0);
    }
    next_line(file, start).map_err(|source| read_error(file, source))
}

/// Finds the first line at byte `start` or later that is not inside a plain text document; returns the line's first
/// byte.
pub(crate) fn first_document(file: &CorpusFile, start: u64) -> Result<u64, CorpusError> {
    let line = line_start(file, start)?;
    if line == 0 {
        return Ok(0);
    }
    let limit = file.options.max_document_bytes.max(MIN_LINE_BYTES as u64);
    let find = || -> io::Result<u64> {
        if follows_blank_line(file, line, limit)? {
            Ok(line)
        } else {
            end_of_next_blank_line(file, line, limit)
        }
    };
    find().map_err(|source| read_error(file, source))
}

fn read_error(file: &CorpusFile, source: io::Error) -> CorpusError {
    CorpusError::Read {
        path: file.disk_path.clone(),
        source,
    }
}

fn open_at(file: &CorpusFile, byte: u64) -> io::Result<BufReader<File>> {
    let mut opened = File::open(&file.disk_path)?;
    opened.seek(SeekFrom::Start(byte))?;
    Ok(BufReader::new(opened))
}

fn next_line(file: &CorpusFile, start: u64) -> io::Result<u64> {
    // Reading begins one byte earlier: if that byte is a `\n`, a line begins at `start` itself.
    let mut reader = open_at(file, start - 1)?;
    Ok(start - 1 + reader.skip_until(b'\n')? as u64)
}

/// Whether the line that ends before byte `line` is blank. A line of more than `limit` bytes does not count as blank.
fn follows_blank_line(file: &CorpusFile, line: u64, limit: u64) -> io::Result<bool> {
    let end = line - 1; // the `\n` of the line before
    let mut start = end;
    loop {
        let from = start.saturating_sub(BLOCK_BYTES);
        let mut block = vec![0; (start - from) as usize];
        open_at(file, from)?.read_exact(&mut block)?;
        let newline = block.iter().rposition(|byte| *byte == b'\n');
        let found = newline.map_or(from, |newline| from + newline as u64 + 1);
        let is_whole = newline.is_some() || from == 0;
        // A block may begin inside a character, so white space outside ASCII can only be told from the whole line.
        let may_be_blank = block[(found - from) as usize..]
            .iter()
            .all(|byte| byte.is_ascii_whitespace() || !byte.is_ascii() || *byte < b' ');
        start = found;
        if line - start > limit || !may_be_blank {
            return Ok(false);
        }
        if is_whole {
            let mut whole = vec![0; (end - start) as usize];
            open_at(file, start)?.read_exact(&mut whole)?;
            return Ok(is_blank(&whole));
        }
    }
}

/// The first byte behind the next blank line, or the file's end.
fn end_of_next_blank_line(file: &CorpusFile, line: u64, limit: u64) -> io::Result<u64> {
    let mut lines = LineReader::new(open_at(file, line)?, line);
    let mut buffer = Vec::new();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    loop {
        match lines.read(&mut buffer, limit)? {
            Line::Whole if !is_blank(&buffer) => {}
            Line::TooLong => {}
            Line::Whole | Line::End => return Ok(lines.offset()),
        }
    }
}
