//! Files of vectors as bytes: unpacked where gzip packed them, and as UTF-8 where they are GB18030.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use encoding_rs::GB18030;
use flate2::bufread::MultiGzDecoder;

use super::{VectorsError, unreadable};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// No packed byte holds more than so many (the limit of its method, deflate).
const MOST_UNPACKED: u64 = 1032;

/// A file to read from, and how many bytes it can give at most.
pub(super) struct Input {
    pub reader: Box<dyn BufRead>,
    pub most_bytes: u64,
}

/// Whether a file is packed with gzip.
pub(super) fn is_packed(path: &Path) -> Result<bool, VectorsError> {
    let failed = |source| unreadable(path, source);
    let mut start = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(2).read_to_end(&mut start).map_err(failed)?;
    Ok(start == GZIP_MAGIC)
}

/// Opens a file, packed or not.
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

/// How the text of a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Gb18030,
}

impl Encoding {
    /// The encoding of a text by its first lines, the last of which may be cut off.
    ///
    /// It is GB18030 where more lines make sense in it than in UTF-8: words of either hardly ever pass for the other's,
    /// and a few broken words do not change what a file is.
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
        // UTF-8 often makes sense as GB18030, hardly ever the reverse.
        if utf8 == 0 && gb18030 > 0 {
            Self::Gb18030
        } else {
            Self::Utf8
        }
    }

    /// A line as text; what makes no sense is replaced.
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
    fn an_encoding_is_known_by_its_first_lines() {
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
