//! Writes the files of both sides, in order.

use std::path::Path;

use corpus::DropReport;
use shard::{Counts, ShardFile, ShardWriter, Split};
use sop::Example;

use crate::chunk::Made;
use crate::error::PrepareError;
use crate::job::PrepareJob;
use crate::quality::tally::Tally;

/// Writes examples to the files of their sides, and adds up the counts of the documents.
pub(crate) struct Sink<'f> {
    folder: &'f Path,
    /// Whether examples are written, or only counted.
    writes: bool,
    n_vocabulary: usize,
    examples_per_shard: u64,
    /// The unfinished file of each side, in the order of [`Split::ALL`].
    open: [Option<ShardWriter>; 2],
    /// The finished files of each side.
    files: [Vec<ShardFile>; 2],
    /// The examples of each side so far.
    n_examples: [u64; 2],
    counts: Counts,
    tally: Tally,
}

impl<'f> Sink<'f> {
    /// Without `writes`, only the files of the quality report go into the folder.
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
            n_examples: [0, 0],
            counts: Counts::default(),
            tally: Tally::new(folder, job.near_duplicates)?,
        })
    }

    /// Writes the results of documents of one file, in order.
    pub(crate) fn write(&mut self, path_index: u32, made: Vec<Made>) -> Result<(), PrepareError> {
        for made in made {
            self.counts += &made.counts;
            let side = usize::from(made.held_out);
            self.n_examples[side] += made.examples.len() as u64;
            let added = self.tally.add(path_index, &made.quality);
            added.map_err(|source| PrepareError::report(self.folder, source))?;
            if !self.writes {
                continue;
            }
            for example in made.examples {
                self.push(side, path_index, example)?;
            }
        }
        Ok(())
    }

    /// The number of documents so far.
    pub(crate) const fn n_documents(&self) -> u64 {
        self.counts.documents
    }

    /// Whether examples were made, and all of them are held out.
    pub(crate) const fn holds_out_all(&self) -> bool {
        self.n_examples[0] == 0 && self.n_examples[1] > 0
    }

    /// The counts so far, together with the records that the reader dropped.
    pub(crate) fn counts(&self, drops: &DropReport) -> Counts {
        let mut counts = self.counts.clone();
        for (reason, count) in &drops.counts {
            let name = serde_json::to_value(reason).ok();
            let name = name.and_then(|name| name.as_str().map(str::to_owned));
            counts
                .dropped_records
                .insert(name.expect("a reason is serialised as its name"), *count);
        }
        counts
    }

    /// Finishes the last file of each side. Returns the files of the sides and the tally, which is not finished yet.
    pub(crate) fn finish(mut self) -> Result<([Vec<ShardFile>; 2], Tally), PrepareError> {
        for (side, writer) in self.open.into_iter().enumerate() {
            if let Some(writer) = writer {
                self.files[side].push(writer.finish()?);
            }
        }
        Ok((self.files, self.tally))
    }

    fn push(&mut self, side: usize, path_index: u32, example: Example) -> Result<(), PrepareError> {
        let mut writer = if let Some(writer) = self.open[side].take() {
            writer
        } else {
            let index = self.files[side].len();
            ShardWriter::create(self.folder, Split::ALL[side], index, self.n_vocabulary)?
        };
        writer.push(path_index, example)?;
        if writer.n_examples() >= self.examples_per_shard {
            self.files[side].push(writer.finish()?);
        } else {
            self.open[side] = Some(writer);
        }
        Ok(())
    }
}
