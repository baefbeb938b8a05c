//! Collects the quality report, document by document.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::PrepareError;
use crate::quality::duplicates::DuplicateSketch;
use crate::quality::report::{HASHES, Quality, SIGNATURES, Wrapped};
use crate::quality::signature::Signature;
use crate::quality::signature_file::SignatureWriter;
use crate::quality::unknown::Unknown;

/// The contribution of one document, computed by the threads that cut text.
pub(crate) struct DocumentQuality {
    pub record: u64,
    pub content_hash: u64,
    pub unknown: Unknown,
    pub signature: Option<Box<Signature>>,
    /// Line ends inside sentences, if the lines of the document were broken at a fixed width; otherwise 0.
    pub n_broken_lines: u64,
}

/// The report so far.
#[derive(Default)]
pub(crate) struct Tally {
    unknown: Unknown,
    /// Counts by the index of the file in the corpus.
    wrapped: BTreeMap<u32, Wrapped>,
    sketch: DuplicateSketch,
    threshold: Option<f64>,
    signatures: Option<SignatureWriter>,
}

impl Tally {
    /// Starts a report. If near duplicates are to be searched (`threshold`), signatures are written to the folder.
    pub(crate) fn new(folder: &Path, threshold: Option<f64>) -> Result<Self, PrepareError> {
        let path = folder.join(SIGNATURES);
        let create = |_| {
            let created = SignatureWriter::create(&path);
            created.map_err(|source| PrepareError::report(&path, source))
        };
        Ok(Self {
            threshold,
            signatures: threshold.map(create).transpose()?,
            ..Self::default()
        })
    }

    /// Adds a document of the file at `path_index`.
    pub(crate) fn add(
        &mut self,
        path_index: u32,
        document: &DocumentQuality,
    ) -> std::io::Result<()> {
        self.unknown.merge(&document.unknown);
        self.sketch.add(document.content_hash, 1);
        if document.n_broken_lines > 0 {
            let wrapped = self.wrapped.entry(path_index).or_default();
            wrapped.documents += 1;
            wrapped.lines += document.n_broken_lines;
        }
        match (&mut self.signatures, &document.signature) {
            (Some(writer), Some(signature)) => writer.push(path_index, document.record, signature),
            _ => Ok(()),
        }
    }

    /// Finishes the report, without near duplicates. A task also writes the files that the merge needs. `paths` are the
    /// files of the corpus.
    pub(crate) fn finish(
        self,
        folder: &Path,
        paths: &[String],
        is_task: bool,
    ) -> Result<Quality, PrepareError> {
        if let Some(writer) = self.signatures {
            writer
                .finish()
                .map_err(|source| PrepareError::report(&folder.join(SIGNATURES), source))?;
        }
        if is_task {
            let path = folder.join(HASHES);
            let written = self.sketch.write(&path);
            written.map_err(|source| PrepareError::report(&path, source))?;
        }
        Ok(Quality {
            version: Quality::VERSION,
            unknown: self.unknown,
            wrapped: self
                .wrapped
                .into_iter()
                .map(|(index, wrapped)| (paths[index as usize].clone(), wrapped))
                .collect(),
            duplicates: self.sketch.duplicates(),
            likeness: self.threshold,
            near_duplicates: None,
        })
    }
}
