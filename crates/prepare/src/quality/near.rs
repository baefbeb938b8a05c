//! Finds near duplicates: compares documents whose signatures agree in a band, and joins similar ones to groups.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use corpus::{Source, write_dropped};
use repro::AtomicFile;
use serde::{Deserialize, Serialize};

use crate::error::PrepareError;
use crate::quality::signature::{N_HASHES, Signature, similarity};
use crate::quality::signature_file::SignatureFiles;

/// Hashes per band. Two documents are compared if all hashes of a band agree. With 16 bands of 8 hashes that is the case
/// for 95 % of the pairs of similarity 0.8, for 61 % at 0.7, and for 6 % at 0.5.
const BAND: usize = 8;

/// Counts of near duplicates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearDuplicates {
    /// Documents that were compared: those with at least one letter, digit or Chinese character.
    pub compared: u64,
    /// Groups of documents that are similar, directly or through other documents.
    pub groups: u64,
    /// Documents of the groups without the first of each; the list names these.
    pub listed: u64,
}

/// A document in a band; documents with the same key are compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Banded {
    key: u64,
    document: u32,
}

/// Finds groups of documents whose similarity is at least `threshold`, and lists all documents of a group but its first.
///
/// `files` are the signatures of all tasks, and `paths` the files of the corpus. Memory: 16 bytes per document. The
/// signatures stay on disk and are read once per band.
pub(crate) fn search(
    files: &[PathBuf],
    paths: &[String],
    threshold: f64,
    list: &Path,
) -> Result<NearDuplicates, PrepareError> {
    let mut files = SignatureFiles::open(files)?;
    let n_documents = u32::try_from(files.len())
        .map_err(|error| PrepareError::report(list, io::Error::other(error)))?;
    let mut groups = Groups::new(n_documents);
    for band in 0..N_HASHES / BAND {
        let mut banded: Vec<Banded> = Vec::with_capacity(n_documents as usize);
        files.each(|document, signed| {
            let key = key(&signed.signature, band);
            banded.push(Banded { key, document });
        })?;
        banded.sort_unstable();
        for bucket in banded.chunk_by(|a, b| a.key == b.key) {
            join(bucket, threshold, &mut files, &mut groups)?;
        }
    }
    write_list(list, &mut groups, &mut files, paths)
}

fn write_list(
    list: &Path,
    groups: &mut Groups,
    files: &mut SignatureFiles,
    paths: &[String],
) -> Result<NearDuplicates, PrepareError> {
    let failed = |source| PrepareError::report(list, source);
    let n_documents = groups.parents.len() as u32;
    let mut found = NearDuplicates {
        compared: u64::from(n_documents),
        ..NearDuplicates::default()
    };
    let aside = AtomicFile::create(list).map_err(failed)?;
    let mut writer = BufWriter::new(aside.file());
    writeln!(writer, "# file\trecord\tthe document that is kept").map_err(failed)?;
    let mut source = |document| -> Result<Source, PrepareError> {
        let signed = files.get(document)?;
        let path = paths.get(signed.path_index as usize);
        let path = path.ok_or_else(|| failed(io::ErrorKind::InvalidData.into()))?;
        Ok(Source {
            path: path.as_str().into(),
            record: signed.record,
        })
    };
    let mut is_first = vec![false; n_documents as usize];
    for document in 0..n_documents {
        let kept = groups.first(document);
        if kept != document {
            found.listed += 1;
            found.groups += u64::from(!std::mem::replace(&mut is_first[kept as usize], true));
            let written = write_dropped(&mut writer, &source(document)?, &source(kept)?);
            written.map_err(failed)?;
        }
    }
    writer.flush().map_err(failed)?;
    drop(writer);
    aside.commit().map_err(failed)?;
    Ok(found)
}

/// The hashes of a band as one number. If two documents have the same key by chance, they are compared in vain.
fn key(signature: &Signature, band: usize) -> u64 {
    let hashes = &signature[band * BAND..(band + 1) * BAND];
    hashes.iter().fold(0xcbf2_9ce4_8422_2325, |key: u64, hash| {
        (key ^ u64::from(*hash)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Compares each document of a bucket with the first one and with the one before it, and joins similar ones.
fn join(
    bucket: &[Banded],
    threshold: f64,
    files: &mut SignatureFiles,
    groups: &mut Groups,
) -> Result<(), PrepareError> {
    let first = bucket[0].document;
    for pair in bucket.windows(2) {
        let (before, document) = (pair[0].document, pair[1].document);
        for other in [first, before] {
            if groups.first(other) != groups.first(document) {
                let [a, b] = [files.get(other)?, files.get(document)?];
                if similarity(&a.signature, &b.signature) >= threshold {
                    groups.join(other, document);
                }
            }
        }
    }
    Ok(())
}

/// Groups of documents, as a union-find structure. A group is identified by its first document.
struct Groups {
    parents: Vec<u32>,
}

impl Groups {
    fn new(n_documents: u32) -> Self {
        Self {
            parents: (0..n_documents).collect(),
        }
    }

    /// The first document of the group of a document; shortens the path to it.
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
