//! Recognises files that are not what their name says by their first bytes.

use std::path::Path;

use crate::error::CorpusError;
use crate::format::Format;
use crate::packing::Packing;

/// First bytes that [`check_magic`] looks at.
pub(crate) const MAGIC_BYTES: usize = 512;

/// The first line of what Git leaves in place of a large file that was not fetched.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// Where a tar archive says that it is one.
const TAR_AT: usize = 257;

/// First bytes of packed files, with the name of the packing and its ending.
const PACKINGS: [(&[u8], &str, &str); 5] = [
    (b"\x1f\x8b\x08", "gzip", ".gz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard", ".zst"),
    (b"BZh", "bzip2", ".bz2"),
    (b"\xfd7zXZ\0", "xz", ".xz"),
    (b"\x04\x22\x4d\x18", "LZ4", ".lz4"),
];

/// First bytes of files that hold other files, or no plain text.
const OTHERS: [(&[u8], &str); 6] = [
    (b"PK\x03\x04", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"%PDF-", "a PDF file"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a file of an old Office program",
    ),
    (b"ARROW1\0\0", "an Arrow file"),
];

/// Refuses a file whose first bytes on disk show that it cannot be read as its name says.
pub(crate) fn check_magic(
    path: &Path,
    first: &[u8],
    format: Format,
    packing: Packing,
) -> Result<(), CorpusError> {
    let path = || path.to_path_buf();
    if first.starts_with(LFS_POINTER) {
        return Err(CorpusError::LfsPointer { path: path() });
    }
    if packing != Packing::None {
        return Ok(());
    }
    if let Some(what) = archive(first) {
        let what = what.to_owned();
        return Err(CorpusError::Unread { path: path(), what });
    }
    let packed = PACKINGS.iter().find(|(magic, ..)| first.starts_with(magic));
    // A text may begin with "BZh", but no text goes on with a block's first bytes.
    let packed = packed.filter(|(magic, ..)| *magic != b"BZh" || first[4..].starts_with(b"1AY&SY"));
    let parquet = (first.starts_with(b"PAR1") && format != Format::Parquet)
        .then_some(("Parquet", ".parquet"));
    match packed.map(|(_, what, ending)| (*what, *ending)).or(parquet) {
        Some((what, ending)) => Err(CorpusError::WrongName {
            path: path(),
            what,
            ending,
        }),
        None => Ok(()),
    }
}

/// What a file is, if its unpacked first bytes are those of an archive or of another file without plain text.
pub(crate) fn archive(first: &[u8]) -> Option<&'static str> {
    if first
        .get(TAR_AT..)
        .is_some_and(|rest| rest.starts_with(b"ustar"))
    {
        return Some("a tar archive");
    }
    let found = OTHERS.iter().find(|(magic, _)| first.starts_with(magic));
    found.map(|(_, what)| *what)
}
