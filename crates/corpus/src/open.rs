//! Opens a file, packed or not, and counts the bytes that are read from disk.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::format::Packing;

const BUFFER_BYTES: usize = 1 << 18;

/// Bytes read from disk so far.
pub(crate) type ByteCounter = Arc<AtomicU64>;

struct CountedFile {
    file: File,
    counter: ByteCounter,
}

impl Read for CountedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_read = self.file.read(buffer)?;
        self.counter.fetch_add(n_read as u64, Ordering::Relaxed);
        Ok(n_read)
    }
}

/// Opens a file's unpacked bytes: all members of a gzip file, all frames of a Zstandard file.
///
/// Reading begins at byte `start` of the file on disk, which must be 0 for a packed file.
pub(crate) fn open(
    file: &CorpusFile,
    start: u64,
    counter: &ByteCounter,
) -> Result<Box<dyn BufRead + Send>, CorpusError> {
    let unpack = || -> io::Result<Box<dyn BufRead + Send>> {
        let mut opened = File::open(&file.disk_path)?;
        opened.seek(SeekFrom::Start(start))?;
        let counted = CountedFile {
            file: opened,
            counter: Arc::clone(counter),
        };
        let raw = BufReader::with_capacity(BUFFER_BYTES, counted);
        Ok(match file.packing {
            Packing::None => Box::new(raw),
            Packing::Gzip => Box::new(BufReader::with_capacity(
                BUFFER_BYTES,
                MultiGzDecoder::new(raw),
            )),
            Packing::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(raw)?;
                Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder))
            }
        })
    };
    unpack().map_err(|source| CorpusError::Read {
        path: file.disk_path.clone(),
        source,
    })
}
