//! Signatures of a task's documents on disk, in the documents' order.
//!
//! `MBMINHSH`, version (4 bytes), then a record a document: file (4), record (8), signature (256), little endian. The
//! number of records follows from the length, which `quality.json` does not repeat: what is cut short is no multiple.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use repro::AtomicFile;

use super::signature::{N_HASHES, Signature};

const MAGIC: &[u8; 8] = b"MBMINHSH";
const VERSION: u32 = 1;
const HEAD_BYTES: u64 = 12;
const RECORD_BYTES: usize = 12 + 2 * N_HASHES;

/// A document and its signature.
pub(crate) struct Signed {
    /// The file's place in the corpus.
    pub path: u32,
    pub record: u64,
    pub signature: Signature,
}

/// Writes signatures aside.
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

    pub(crate) fn push(&mut self, path: u32, record: u64, signature: &Signature) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(RECORD_BYTES);
        bytes.extend(path.to_le_bytes());
        bytes.extend(record.to_le_bytes());
        bytes.extend(signature.iter().flat_map(|value| value.to_le_bytes()));
        self.writer.write_all(&bytes)
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        self.aside.commit()
    }
}

/// Signatures of all tasks, by the documents' number.
pub(crate) struct SignatureFiles {
    /// Each with its number of documents.
    files: Vec<(PathBuf, File, u32)>,
}

impl SignatureFiles {
    pub(crate) fn open(paths: &[PathBuf]) -> Result<Self, (PathBuf, io::Error)> {
        let open = |path: &PathBuf| -> io::Result<(PathBuf, File, u32)> {
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
            let n_documents = u32::try_from(n_documents).map_err(io::Error::other)?;
            Ok((path.clone(), file, n_documents))
        };
        let files = paths
            .iter()
            .map(|path| open(path).map_err(|error| (path.clone(), error)));
        Ok(Self {
            files: files.collect::<Result<_, _>>()?,
        })
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> u64 {
        self.files.iter().map(|(.., n)| u64::from(*n)).sum()
    }

    /// Goes through all documents, in order.
    pub(crate) fn each(
        &mut self,
        mut see: impl FnMut(u32, &Signed),
    ) -> Result<(), (PathBuf, io::Error)> {
        let mut document = 0;
        for (path, file, n_documents) in &mut self.files {
            let mut read = || -> io::Result<()> {
                file.seek(SeekFrom::Start(HEAD_BYTES))?;
                let mut reader = BufReader::with_capacity(1 << 20, &*file);
                let mut bytes = [0; RECORD_BYTES];
                for _ in 0..*n_documents {
                    reader.read_exact(&mut bytes)?;
                    see(document, &parsed(&bytes));
                    document += 1;
                }
                Ok(())
            };
            read().map_err(|error| (path.clone(), error))?;
        }
        Ok(())
    }

    /// One document.
    pub(crate) fn get(&mut self, document: u32) -> Result<Signed, (PathBuf, io::Error)> {
        let mut place = document;
        for (path, file, n_documents) in &mut self.files {
            if place >= *n_documents {
                place -= *n_documents;
                continue;
            }
            let at = HEAD_BYTES + u64::from(place) * RECORD_BYTES as u64;
            let mut bytes = [0; RECORD_BYTES];
            let mut read = || {
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(&mut bytes)
            };
            read().map_err(|error| (path.clone(), error))?;
            return Ok(parsed(&bytes));
        }
        unreachable!("documents are numbered below the files' sum")
    }
}

fn parsed(bytes: &[u8; RECORD_BYTES]) -> Signed {
    let mut signature = [0; N_HASHES];
    for (value, bytes) in signature.iter_mut().zip(bytes[12..].chunks_exact(2)) {
        *value = u16::from_le_bytes([bytes[0], bytes[1]]);
    }
    Signed {
        path: u32::from_le_bytes(bytes[..4].try_into().expect("4 bytes")),
        record: u64::from_le_bytes(bytes[4..12].try_into().expect("8 bytes")),
        signature,
    }
}
