//! Reads a whole file as text, packed or not.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use memchr::memchr_iter;

use crate::data::error::DataError;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Reads a file's text. The first bytes say whether it is packed: names of downloads are not reliable. A byte order mark is
/// removed.
pub(crate) fn read_text(path: &Path) -> Result<String, DataError> {
    let bytes = read_bytes(path).map_err(|source| DataError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        DataError::Utf8 {
            path: path.to_path_buf(),
            line: 1 + memchr_iter(b'\n', valid).count(),
        }
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    let mut unpacked = Vec::new();
    if bytes.starts_with(GZIP) {
        MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked)?;
    } else if bytes.starts_with(ZSTD) {
        zstd::stream::copy_decode(bytes.as_slice(), &mut unpacked)?;
    } else {
        return Ok(bytes);
    }
    Ok(unpacked)
}

/// The lines of a text with their numbers from 1, without line ends (`\n` or `\r\n`).
pub(crate) fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}
