//! Opens a file, packed or not, and counts the bytes that are read from disk.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bzip2::bufread::MultiBzDecoder;
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::XzReader;

use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::gzip::GzipMembers;
use crate::magic::{MAGIC_BYTES, check_magic};
use crate::packing::Packing;

const BUFFER_BYTES: usize = 1 << 18;
/// The most memory that unpacking an xz file may take, in KiB; `xz -9` needs 64 MiB.
const XZ_MEMORY_KIB: u32 = 1 << 20;

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
    let mut opened = open_disk(file)?;
    let seek = opened.seek(SeekFrom::Start(start));
    seek.map_err(|source| read_error(file, source))?;
    let counted = CountedFile {
        file: opened,
        counter: Arc::clone(counter),
    };
    let raw = BufReader::with_capacity(BUFFER_BYTES, counted);
    unpacked(raw, file.packing).map_err(|source| read_error(file, source))
}

/// Opens a file on disk, unless its first bytes show that it is not what its name says.
pub(crate) fn open_disk(file: &CorpusFile) -> Result<File, CorpusError> {
    let mut first = Vec::new();
    let mut read_first = || -> io::Result<File> {
        let mut opened = File::open(&file.disk_path)?;
        opened
            .by_ref()
            .take(MAGIC_BYTES as u64)
            .read_to_end(&mut first)?;
        opened.rewind()?;
        Ok(opened)
    };
    let opened = read_first().map_err(|source| read_error(file, source))?;
    check_magic(&file.disk_path, &first, file.format, file.packing)?;
    Ok(opened)
}

pub(crate) fn read_error(file: &CorpusFile, source: io::Error) -> CorpusError {
    let path = file.disk_path.clone();
    if file.packing == Packing::Zstd && source.to_string().contains("too much memory") {
        return CorpusError::ZstdWindow { path };
    }
    CorpusError::Read { path, source }
}

fn unpacked(raw: BufReader<CountedFile>, packing: Packing) -> io::Result<Box<dyn BufRead + Send>> {
    Ok(match packing {
        Packing::None => Box::new(raw),
        Packing::Gzip => buffered(GzipMembers::new(raw)),
        Packing::Zstd => buffered(zstd::stream::read::Decoder::with_buffer(raw)?),
        Packing::Bzip2 => buffered(MultiBzDecoder::new(raw)),
        Packing::Xz => buffered(XzReader::new_mem_limit(raw, true, XZ_MEMORY_KIB)),
        Packing::Lz4 => buffered(FrameDecoder::new(raw)),
    })
}

fn buffered(reader: impl Read + Send + 'static) -> Box<dyn BufRead + Send> {
    Box::new(BufReader::with_capacity(BUFFER_BYTES, reader))
}
