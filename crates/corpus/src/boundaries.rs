//! Where the first record behind a byte of a file begins: a task reads nothing of what lies before it.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};

use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::lines::{BYTE_ORDER_MARK, Line, LineReader};
use crate::text::{MIN_LINE_BYTES, is_blank};

/// So much is read at once on the way back to a line's beginning; white space lines are short.
const STEP: u64 = 1 << 12;

/// First byte of the first line that begins at byte `start` or later.
///
/// 0 within a byte order mark's length: such a mark belongs to no line, and the first record may begin behind it.
pub(crate) fn line_start(file: &CorpusFile, start: u64) -> Result<u64, CorpusError> {
    if start <= BYTE_ORDER_MARK.len() as u64 {
        return Ok(0);
    }
    next_line(file, start).map_err(|source| failed(file, source))
}

/// First byte of the first line that begins at byte `start` or later and does not go on a document.
pub(crate) fn first_document(file: &CorpusFile, start: u64) -> Result<u64, CorpusError> {
    let line = line_start(file, start)?;
    if line == 0 {
        return Ok(0);
    }
    let limit = file.options.max_document_bytes.max(MIN_LINE_BYTES as u64);
    let find = || -> io::Result<u64> {
        if is_behind_blank_line(file, line, limit)? {
            Ok(line)
        } else {
            behind_blank_line(file, line, limit)
        }
    };
    find().map_err(|source| failed(file, source))
}

fn failed(file: &CorpusFile, source: io::Error) -> CorpusError {
    CorpusError::Read {
        path: file.real.clone(),
        source,
    }
}

fn at(file: &CorpusFile, byte: u64) -> io::Result<BufReader<File>> {
    let mut opened = File::open(&file.real)?;
    opened.seek(SeekFrom::Start(byte))?;
    Ok(BufReader::new(opened))
}

fn next_line(file: &CorpusFile, start: u64) -> io::Result<u64> {
    // The byte before tells whether a line begins right here.
    let mut before = at(file, start - 1)?;
    Ok(start - 1 + before.skip_until(b'\n')? as u64)
}

/// Whether the line that ends before byte `line` is blank; one longer than the limit is none.
fn is_behind_blank_line(file: &CorpusFile, line: u64, limit: u64) -> io::Result<bool> {
    let end = line - 1; // its `\n`
    let mut start = end;
    loop {
        let from = start.saturating_sub(STEP);
        let mut block = vec![0; (start - from) as usize];
        at(file, from)?.read_exact(&mut block)?;
        let newline = block.iter().rposition(|byte| *byte == b'\n');
        let found = newline.map_or(from, |newline| from + newline as u64 + 1);
        let is_whole = newline.is_some() || from == 0;
        let may_be_blank = block[(found - from) as usize..]
            .iter()
            .all(|byte| byte.is_ascii_whitespace() || !byte.is_ascii() || *byte < b' ');
        start = found;
        if line - start > limit || !may_be_blank {
            return Ok(false);
        }
        if is_whole {
            let mut whole = vec![0; (end - start) as usize];
            at(file, start)?.read_exact(&mut whole)?;
            return Ok(is_blank(&whole));
        }
    }
}

/// First byte behind the next blank line, or the file's end.
fn behind_blank_line(file: &CorpusFile, line: u64, limit: u64) -> io::Result<u64> {
    let mut lines = LineReader::new(at(file, line)?, line);
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
