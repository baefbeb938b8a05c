//! Near duplicates: documents whose signatures agree in a band are compared, and those alike are joined to groups.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use corpus::{Source, write_dropped};
use repro::AtomicFile;
use serde::{Deserialize, Serialize};

use super::failed;
use super::signature::{N_HASHES, Signature, likeness};
use super::signature_file::SignatureFiles;
use crate::error::PrepareError;

/// Two documents are compared where all hashes of a band agree: with 16 bands of 8, 95 % of the pairs that are alike to
/// 0.8, 61 % at 0.7, and 6 % at 0.5.
const BAND: usize = 8;

/// Documents that are alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearDuplicates {
    /// Documents that were compared: those with a letter or a Chinese character.
    pub compared: u64,
    /// Groups of documents that are alike, directly or through others.
    pub groups: u64,
    /// Documents of the groups but the first of each: what the drop list names.
    pub listed: u64,
}

/// Finds groups in the signatures of all tasks, and writes a list of all documents of a group but its first.
///
/// Memory: 16 bytes a document; signatures stay on disk and are read once a band. `paths` are the corpus's files.
pub(crate) fn search(
    files: &[PathBuf],
    paths: &[String],
    threshold: f64,
    list: &Path,
) -> Result<NearDuplicates, PrepareError> {
    let wrong = |(path, error): (PathBuf, io::Error)| failed(&path, error);
    let mut files = SignatureFiles::open(files).map_err(wrong)?;
    let n_documents = u32::try_from(files.len());
    let n_documents = n_documents.map_err(|error| failed(list, io::Error::other(error)))?;
    let mut groups = Groups::new(n_documents);
    for band in 0..N_HASHES / BAND {
        let mut keys: Vec<(u64, u32)> = Vec::with_capacity(n_documents as usize);
        let keep = |document, signature: &Signature| (key(signature, band), document);
        files
            .each(|document, signed| keys.push(keep(document, &signed.signature)))
            .map_err(wrong)?;
        keys.sort_unstable();
        for bucket in keys.chunk_by(|a, b| a.0 == b.0) {
            join(bucket, threshold, &mut files, &mut groups).map_err(wrong)?;
        }
    }
    let written = write_list(list, &mut groups, &mut files, paths);
    written.map_err(|error| failed(list, error))
}

fn write_list(
    list: &Path,
    groups: &mut Groups,
    files: &mut SignatureFiles,
    paths: &[String],
) -> io::Result<NearDuplicates> {
    let n_documents = groups.parents.len() as u32;
    let mut found = NearDuplicates {
        compared: u64::from(n_documents),
        ..NearDuplicates::default()
    };
    let aside = AtomicFile::create(list)?;
    let mut writer = BufWriter::new(aside.file());
    writeln!(writer, "# file\trecord\tthe document that is kept")?;
    let mut source = |document| -> io::Result<Source> {
        let signed = files.get(document).map_err(|(_, error)| error)?;
        let path = paths.get(signed.path as usize);
        Ok(Source {
            path: path.ok_or(io::ErrorKind::InvalidData)?.as_str().into(),
            record: signed.record,
        })
    };
    let mut is_first = vec![false; n_documents as usize];
    for document in 0..n_documents {
        let kept = groups.first(document);
        if kept != document {
            found.listed += 1;
            found.groups += u64::from(!std::mem::replace(&mut is_first[kept as usize], true));
            write_dropped(&mut writer, &source(document)?, &source(kept)?)?;
        }
    }
    writer.flush()?;
    drop(writer);
    aside.commit()?;
    Ok(found)
}

/// What documents of a bucket share.
fn key(signature: &Signature, band: usize) -> u64 {
    let hashes = &signature[band * BAND..(band + 1) * BAND];
    // Two documents that share a key by chance are compared for nothing.
    hashes.iter().fold(0xcbf2_9ce4_8422_2325, |key: u64, hash| {
        (key ^ u64::from(*hash)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Compares each document of a bucket with its first and with the one before it, and joins those alike.
fn join(
    bucket: &[(u64, u32)],
    threshold: f64,
    files: &mut SignatureFiles,
    groups: &mut Groups,
) -> Result<(), (PathBuf, io::Error)> {
    let first = bucket[0].1;
    for pair in bucket.windows(2) {
        let (before, document) = (pair[0].1, pair[1].1);
        for other in [first, before] {
            if groups.first(other) != groups.first(document) {
                let [a, b] = [files.get(other)?, files.get(document)?];
                if likeness(&a.signature, &b.signature) >= threshold {
                    groups.join(other, document);
                }
            }
        }
    }
    Ok(())
}

/// Which documents belong together; each group is known by its first document.
struct Groups {
    parents: Vec<u32>,
}

impl Groups {
    fn new(n_documents: u32) -> Self {
        Self {
            parents: (0..n_documents).collect(),
        }
    }

    fn first(&mut self, mut document: u32) -> u32 {
        while self.parents[document as usize] != document {
            let parent = self.parents[document as usize];
            self.parents[document as usize] = self.parents[parent as usize];
            document = self.parents[document as usize];
        }
        document
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.first(a), self.first(b));
        self.parents[a.max(b) as usize] = a.min(b);
    }
}
