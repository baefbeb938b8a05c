//! The report as documents come by, in their order.

use std::collections::BTreeMap;
use std::path::Path;

use super::signature_file::SignatureWriter;
use super::{DuplicateSketch, HASHES, Quality, SIGNATURES, Signature, Unknown, Wrapped, failed};
use crate::error::PrepareError;

/// What a document adds to the report; made by the threads that cut.
pub(crate) struct DocumentQuality {
    pub record: u64,
    pub content_hash: u64,
    pub unknown: Unknown,
    pub signature: Option<Box<Signature>>,
    /// Its line ends inside sentences, where its lines were broken at a width.
    pub n_broken_lines: u64,
}

/// The report so far.
#[derive(Default)]
pub(crate) struct Tally {
    unknown: Unknown,
    /// By the file's place in the corpus.
    wrapped: BTreeMap<u32, Wrapped>,
    sketch: DuplicateSketch,
    likeness: Option<f64>,
    signatures: Option<SignatureWriter>,
}

impl Tally {
    /// Signatures are written into `folder` where near duplicates are looked for.
    pub(crate) fn new(folder: &Path, likeness: Option<f64>) -> Result<Self, PrepareError> {
        let path = folder.join(SIGNATURES);
        let create = |_| SignatureWriter::create(&path).map_err(|source| failed(&path, source));
        Ok(Self {
            likeness,
            signatures: likeness.map(create).transpose()?,
            ..Self::default()
        })
    }

    /// `path` is the document's file.
    pub(crate) fn add(&mut self, path: u32, document: &DocumentQuality) -> std::io::Result<()> {
        self.unknown.merge(&document.unknown);
        self.sketch.add(document.content_hash, 1);
        if document.n_broken_lines > 0 {
            let wrapped = self.wrapped.entry(path).or_default();
            wrapped.documents += 1;
            wrapped.lines += document.n_broken_lines;
        }
        match (&mut self.signatures, &document.signature) {
            (Some(writer), Some(signature)) => writer.push(path, document.record, signature),
            _ => Ok(()),
        }
    }

    /// The report, without near duplicates, and what of it a merge needs besides, in `folder`; `paths` are the corpus's
    /// files.
    pub(crate) fn finish(
        self,
        folder: &Path,
        paths: &[String],
        is_task: bool,
    ) -> Result<Quality, PrepareError> {
        if let Some(writer) = self.signatures {
            writer
                .finish()
                .map_err(|source| failed(&folder.join(SIGNATURES), source))?;
        }
        if is_task {
            let path = folder.join(HASHES);
            let written = self.sketch.write(&path);
            written.map_err(|source| failed(&path, source))?;
        }
        Ok(Quality {
            version: Quality::VERSION,
            unknown: self.unknown,
            wrapped: self
                .wrapped
                .into_iter()
                .map(|(path, wrapped)| (paths[path as usize].clone(), wrapped))
                .collect(),
            duplicates: self.sketch.duplicates(),
            likeness: self.likeness,
            near_duplicates: None,
        })
    }
}
