//! Opens files of vectors: unpacks gzip, and decodes GB18030.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use encoding_rs::GB18030;
use flate2::bufread::MultiGzDecoder;

use crate::vectors::error::{VectorsError, unreadable};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// The most bytes that one packed byte can unpack to; a limit of deflate.
const MOST_UNPACKED: u64 = 1032;
/// The bytes at the start of a file that show its format and encoding; more than a line of a thousand numbers.
const START_BYTES: u64 = 1 << 16;

/// A file to read from, and an upper bound of the bytes that it gives.
pub(super) struct Input {
    pub reader: Box<dyn BufRead>,
    pub most_bytes: u64,
}

/// Opens a file as it is, without unpacking.
pub(super) fn open(path: &Path) -> Result<BufReader<File>, VectorsError> {
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    Ok(BufReader::new(file))
}

/// The first bytes of a file, unpacked.
pub(super) fn start_of(path: &Path) -> Result<Vec<u8>, VectorsError> {
    let mut start = Vec::new();
    let reader = open_any(path)?.reader;
    let read = reader.take(START_BYTES).read_to_end(&mut start);
    read.map_err(|source| unreadable(path, source))?;
    Ok(start)
}

/// Whether a file is packed with gzip.
pub(super) fn is_packed(path: &Path) -> Result<bool, VectorsError> {
    let failed = |source| unreadable(path, source);
    let mut start = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(2).read_to_end(&mut start).map_err(failed)?;
    Ok(start == GZIP_MAGIC)
}

/// Opens a file and unpacks it if it is packed.
pub(super) fn open_any(path: &Path) -> Result<Input, VectorsError> {
    let failed = |source| unreadable(path, source);
    let file = File::open(path).map_err(failed)?;
    let n_bytes = file.metadata().map_err(failed)?.len();
    let reader = BufReader::new(file);
    Ok(if is_packed(path)? {
        Input {
            reader: Box::new(BufReader::new(MultiGzDecoder::new(reader))),
            most_bytes: n_bytes.saturating_mul(MOST_UNPACKED),
        }
    } else {
        Input {
            reader: Box::new(reader),
            most_bytes: n_bytes,
        }
    })
}

/// The encoding of a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Gb18030,
}

impl Encoding {
    /// Guesses the encoding of a text from its start. The last line is ignored, because it may be cut.
    ///
    /// Only lines with non-ASCII bytes count. The encoding is GB18030 if some of them are valid in it and none is valid
    /// UTF-8. So a few broken words do not change the guess.
    pub(super) fn of(start: &[u8]) -> Self {
        let whole = start.iter().rposition(|byte| *byte == b'\n');
        let lines = start[..whole.unwrap_or(start.len())].split(|byte| *byte == b'\n');
        let (mut utf8, mut gb18030) = (0, 0);
        for line in lines.filter(|line| !line.is_ascii()) {
            utf8 += usize::from(std::str::from_utf8(line).is_ok());
            gb18030 += usize::from(
                GB18030
                    .decode_without_bom_handling_and_without_replacement(line)
                    .is_some(),
            );
        }
        // UTF-8 is often valid GB18030, but hardly ever the reverse.
        if utf8 == 0 && gb18030 > 0 {
            Self::Gb18030
        } else {
            Self::Utf8
        }
    }

    /// Decodes a line; invalid bytes become U+FFFD.
    pub(super) fn text(self, line: &[u8]) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(line),
            Self::Gb18030 => GB18030.decode_without_bom_handling(line).0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding;

    #[test]
    fn the_encoding_is_guessed_from_the_first_lines() {
        let gb18030 = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
        assert_eq!(Encoding::of(b"2 1\na 1\nb 2\n"), Encoding::Utf8);
        assert_eq!(
            Encoding::of("语言 1\n模型 2\n语".as_bytes()),
            Encoding::Utf8
        );
        assert_eq!(
            Encoding::of(&gb18030("2 1\n语言 1\n模型 2\n")),
            Encoding::Gb18030
        );
        let broken = [b"\xe8\xaf 1 0\n", "语言 1 0\n".as_bytes()].concat();
        assert_eq!(Encoding::of(&broken), Encoding::Utf8);
        assert_eq!(Encoding::Gb18030.text(&gb18030("语言 1")), "语言 1");
    }
}
