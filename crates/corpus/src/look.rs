//! Opens a file for its records. Before the first record is read, a look ahead refuses files that are no such text as a
//! whole: other encodings, archives, pointers, JSON arrays.

use std::io::{BufRead, Cursor, Read as _};

use crate::encoding::{Encoded, encoding_of};
use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::format::Format;
use crate::jsonl::without_mark;
use crate::magic::archive;
use crate::open::{ByteCounter, open, read_error};

/// Unpacked bytes that are looked at: many records of most corpora.
const LOOK_AHEAD: u64 = 1 << 20;

/// A file's unpacked bytes from some byte on, and what its beginning shows.
pub(crate) struct Looked {
    pub(crate) bytes: Box<dyn BufRead + Send>,
    /// Whether most of what was looked at is UTF-8 and not only ASCII: then the file has no other encoding, and a record
    /// that is not UTF-8 is damaged.
    pub(crate) is_utf8: bool,
}

/// Opens a file of text or JSONL at byte `start`, which must be 0 for a packed file. The look ahead is always at the
/// file's beginning, so that all tasks that share a file judge it alike.
pub(crate) fn open_text(
    file: &CorpusFile,
    start: u64,
    counter: &ByteCounter,
) -> Result<Looked, CorpusError> {
    if start > 0 {
        let is_utf8 = look(file, &ByteCounter::default())?.is_utf8;
        let bytes = open(file, start, counter)?;
        return Ok(Looked { bytes, is_utf8 });
    }
    let Head {
        bytes,
        rest,
        is_utf8,
    } = look(file, counter)?;
    let bytes = Box::new(Cursor::new(bytes).chain(rest));
    Ok(Looked { bytes, is_utf8 })
}

/// The beginning of a file.
struct Head {
    bytes: Vec<u8>,
    rest: Box<dyn BufRead + Send>,
    /// See [`Looked::is_utf8`].
    is_utf8: bool,
}

fn look(file: &CorpusFile, counter: &ByteCounter) -> Result<Head, CorpusError> {
    let mut rest = open(file, 0, counter)?;
    let mut head = Vec::new();
    let n_read = rest.by_ref().take(LOOK_AHEAD).read_to_end(&mut head);
    let n_read = n_read.map_err(|source| read_error(file, source))?;
    let path = || file.disk_path.clone();
    if let Some(what) = archive(&head) {
        let what = what.to_owned();
        return Err(CorpusError::Unread { path: path(), what });
    }
    let is_whole = (n_read as u64) < LOOK_AHEAD;
    let is_utf8 = match encoding_of(&head, is_whole) {
        Encoded::Other(encoding) => {
            return Err(CorpusError::Encoding {
                path: path(),
                encoding,
            });
        }
        Encoded::Utf8 => true,
        Encoded::Unknown => false,
    };
    if file.format == Format::Jsonl {
        check_lines(file, &head)?;
    }
    Ok(Head {
        bytes: head,
        rest,
        is_utf8,
    })
}

/// Refuses JSON that is not one object per line.
fn check_lines(file: &CorpusFile, head: &[u8]) -> Result<(), CorpusError> {
    let head = without_mark(head).trim_ascii_start();
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let (what, filter) = if first.starts_with(b"[") {
        ("a JSON array", ".[]")
    } else if first.trim_ascii_end() == b"{" {
        ("JSON over several lines", ".")
    } else {
        return Ok(());
    };
    Err(CorpusError::NotLines {
        path: file.disk_path.clone(),
        what,
        filter,
    })
}
