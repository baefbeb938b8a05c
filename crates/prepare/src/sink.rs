//! The files of both sides, written in order.

use std::path::Path;

use corpus::DropReport;
use shard::{Counts, ShardFile, ShardWriter, Split};
use sop::Example;

use crate::chunk::Made;
use crate::error::PrepareError;
use crate::job::PrepareJob;
use crate::quality::{Tally, failed};

const SIDES: [Split; 2] = [Split::Train, Split::HeldOut];

/// Writes examples to the files of their sides, if at all, and counts what became of the documents.
pub(crate) struct Sink<'f> {
    folder: &'f Path,
    /// Whether examples are written, or only counted.
    writes: bool,
    n_vocabulary: usize,
    examples_per_shard: u64,
    open: [Option<ShardWriter>; 2],
    files: [Vec<ShardFile>; 2],
    counts: Counts,
    tally: Tally,
}

impl<'f> Sink<'f> {
    /// Only the quality report's own files go into the folder where examples are not written.
    pub(crate) fn new(
        folder: &'f Path,
        writes: bool,
        job: &PrepareJob<'_>,
    ) -> Result<Self, PrepareError> {
        Ok(Self {
            folder,
            writes,
            n_vocabulary: job.segmenter.vocabulary().len(),
            examples_per_shard: job.examples_per_shard as u64,
            open: [None, None],
            files: [Vec::new(), Vec::new()],
            counts: Counts::default(),
            tally: Tally::new(folder, job.near_duplicates)?,
        })
    }

    /// Writes what became of documents, in their order; `path` is their file.
    pub(crate) fn write(&mut self, path: u32, made: Vec<Made>) -> Result<(), PrepareError> {
        for made in made {
            self.counts += &made.counts;
            let added = self.tally.add(path, &made.quality);
            added.map_err(|source| failed(self.folder, source))?;
            if !self.writes {
                continue;
            }
            for example in made.examples {
                self.push(usize::from(made.held_out), path, example)?;
            }
        }
        Ok(())
    }

    /// Documents so far.
    pub(crate) const fn n_documents(&self) -> u64 {
        self.counts.documents
    }

    /// What went in and what became of it, with what the reader dropped.
    pub(crate) fn counts(&self, drops: &DropReport) -> Counts {
        let mut counts = self.counts.clone();
        for (reason, count) in &drops.counts {
            let name = serde_json::to_value(reason).ok();
            let name = name.and_then(|name| name.as_str().map(str::to_owned));
            counts
                .dropped_records
                .insert(name.expect("reasons are named"), *count);
        }
        counts
    }

    /// Finishes the last file of each side; the report is still to be finished.
    pub(crate) fn finish(mut self) -> Result<([Vec<ShardFile>; 2], Tally), PrepareError> {
        for (side, writer) in self.open.into_iter().enumerate() {
            if let Some(writer) = writer {
                self.files[side].push(writer.finish()?);
            }
        }
        Ok((self.files, self.tally))
    }

    fn push(&mut self, side: usize, path: u32, example: Example) -> Result<(), PrepareError> {
        let mut writer = if let Some(writer) = self.open[side].take() {
            writer
        } else {
            let index = self.files[side].len();
            ShardWriter::create(self.folder, SIDES[side], index, self.n_vocabulary)?
        };
        writer.push(path, example)?;
        if writer.n_examples() >= self.examples_per_shard {
            self.files[side].push(writer.finish()?);
        } else {
            self.open[side] = Some(writer);
        }
        Ok(())
    }
}
