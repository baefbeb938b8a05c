//! Opens files of vectors, and unpacks gzip.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::vectors::error::{VectorsError, unreadable};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// The most bytes that one packed byte can unpack to; a limit of deflate.
const MOST_UNPACKED: u64 = 1032;
/// The bytes at the start of a file that show its format and encoding: hundreds of lines of 300 numbers.
pub(super) const START_BYTES: usize = 1 << 20;

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
    let read = reader.take(START_BYTES as u64).read_to_end(&mut start);
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
