//! Stores the signatures of a task's documents on disk, in the order of the documents.
//!
//! All numbers are little-endian:
//!
//! | field | bytes | content |
//! | --- | --- | --- |
//! | magic | 8 | `MBMINHSH` |
//! | version | 4 | 1 |
//! | records | 268 each | index of the file in the corpus (4), record in that file (8), signature (256) |
//!
//! The number of records follows from the length of the file. A file that was cut has an incomplete record.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use repro::AtomicFile;

use crate::error::PrepareError;
use crate::quality::signature::{N_HASHES, Signature};

const MAGIC: &[u8; 8] = b"MBMINHSH";
const VERSION: u32 = 1;
const HEAD_BYTES: u64 = 12;
const RECORD_BYTES: usize = 12 + 2 * N_HASHES;

/// A document and its signature.
pub(crate) struct Signed {
    /// The index of the document's file in the corpus.
    pub path_index: u32,
    pub record: u64,
    pub signature: Signature,
}

/// Writes a file of signatures.
pub(crate) struct SignatureWriter {
    aside: AtomicFile,
    writer: BufWriter<File>,
}

impl SignatureWriter {
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let aside = AtomicFile::create(path)?;
        let mut writer = BufWriter::new(aside.file().try_clone()?);
        writer.write_all(MAGIC)?;
        writer.write_all(&VERSION.to_le_bytes())?;
        Ok(Self { aside, writer })
    }

    pub(crate) fn push(
        &mut self,
        path_index: u32,
        record: u64,
        signature: &Signature,
    ) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(RECORD_BYTES);
        bytes.extend(path_index.to_le_bytes());
        bytes.extend(record.to_le_bytes());
        bytes.extend(signature.iter().flat_map(|value| value.to_le_bytes()));
        self.writer.write_all(&bytes)
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        self.aside.commit()
    }
}

/// The signatures of all tasks. Documents are numbered over all files, from 0.
pub(crate) struct SignatureFiles {
    files: Vec<SignatureFile>,
}

/// The signatures of one task.
struct SignatureFile {
    path: PathBuf,
    file: File,
    n_documents: u32,
}

impl SignatureFiles {
    pub(crate) fn open(paths: &[PathBuf]) -> Result<Self, PrepareError> {
        let open = |path: &PathBuf| {
            SignatureFile::open(path).map_err(|source| PrepareError::report(path, source))
        };
        Ok(Self {
            files: paths.iter().map(open).collect::<Result<_, _>>()?,
        })
    }

    /// The number of documents.
    pub(crate) fn len(&self) -> u64 {
        self.files
            .iter()
            .map(|file| u64::from(file.n_documents))
            .sum()
    }

    /// Calls `see` with every document and its number, in order.
    pub(crate) fn each(&mut self, mut see: impl FnMut(u32, &Signed)) -> Result<(), PrepareError> {
        let mut first = 0;
        for file in &mut self.files {
            let read = file.each(|index, signed| see(first + index, signed));
            read.map_err(|source| PrepareError::report(&file.path, source))?;
            first += file.n_documents;
        }
        Ok(())
    }

    /// Reads one document.
    pub(crate) fn get(&mut self, document: u32) -> Result<Signed, PrepareError> {
        let mut index = document;
        for file in &mut self.files {
            if index < file.n_documents {
                let read = file.get(index);
                return read.map_err(|source| PrepareError::report(&file.path, source));
            }
            index -= file.n_documents;
        }
        unreachable!("documents are numbered below `len`")
    }
}

impl SignatureFile {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut head = [0; HEAD_BYTES as usize];
        let bytes = file.metadata()?.len();
        let whole = file.read_exact(&mut head).is_ok()
            && head.starts_with(MAGIC)
            && head[8..] == VERSION.to_le_bytes()
            && (bytes - HEAD_BYTES).is_multiple_of(RECORD_BYTES as u64);
        if !whole {
            return Err(io::Error::other(
                "it is cut short or of another version; run the task again",
            ));
        }
        let n_documents = (bytes - HEAD_BYTES) / RECORD_BYTES as u64;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            n_documents: u32::try_from(n_documents).map_err(io::Error::other)?,
        })
    }

    fn each(&mut self, mut see: impl FnMut(u32, &Signed)) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(HEAD_BYTES))?;
        let mut reader = BufReader::with_capacity(1 << 20, &self.file);
        let mut bytes = [0; RECORD_BYTES];
        for index in 0..self.n_documents {
            reader.read_exact(&mut bytes)?;
            see(index, &parsed(&bytes));
        }
        Ok(())
    }

    fn get(&mut self, index: u32) -> io::Result<Signed> {
        let start = HEAD_BYTES + u64::from(index) * RECORD_BYTES as u64;
        let mut bytes = [0; RECORD_BYTES];
        self.file.seek(SeekFrom::Start(start))?;
        self.file.read_exact(&mut bytes)?;
        Ok(parsed(&bytes))
    }
}

fn parsed(bytes: &[u8; RECORD_BYTES]) -> Signed {
    let mut signature = [0; N_HASHES];
    for (value, bytes) in signature.iter_mut().zip(bytes[12..].chunks_exact(2)) {
        *value = u16::from_le_bytes([bytes[0], bytes[1]]);
    }
    Signed {
        path_index: u32::from_le_bytes(bytes[..4].try_into().expect("4 bytes")),
        record: u64::from_le_bytes(bytes[4..12].try_into().expect("8 bytes")),
        signature,
    }
}
