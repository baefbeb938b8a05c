//! A task's share of a corpus: a range of its bytes, laid end to end in the order of the files.

use std::ops::Range;

use crate::error::CorpusError;
use crate::files::{Corpus, CorpusFile};
use crate::format::{Format, Packing};
use crate::parquet_rows::row_groups;

/// The documents of a file whose records begin in a range: of bytes, or of rows in Parquet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// The file's place in the corpus.
    pub file: usize,
    /// Where the records begin.
    pub records: Range<u64>,
    /// About so many bytes are read for them.
    pub bytes: u64,
}

/// A share of a corpus that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("task {index} of {n_tasks}: tasks count from 0 and there is at least one")]
pub struct ShareError {
    /// The task, from 0.
    pub index: u64,
    /// How many there are.
    pub n_tasks: u64,
}

/// Task `index` of `n_tasks`, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    index: u64,
    n_tasks: u64,
}

impl Share {
    /// The whole corpus.
    pub const WHOLE: Self = Self {
        index: 0,
        n_tasks: 1,
    };

    /// A share, checked.
    pub const fn new(index: u64, n_tasks: u64) -> Result<Self, ShareError> {
        if index < n_tasks {
            Ok(Self { index, n_tasks })
        } else {
            Err(ShareError { index, n_tasks })
        }
    }

    /// The task, from 0.
    pub const fn index(self) -> u64 {
        self.index
    }

    /// How many tasks there are.
    pub const fn n_tasks(self) -> u64 {
        self.n_tasks
    }

    /// The task's bytes of so many.
    fn of(self, total: u64) -> Range<u64> {
        let boundary =
            |task: u64| (u128::from(task) * u128::from(total) / u128::from(self.n_tasks)) as u64;
        boundary(self.index)..boundary(self.index + 1)
    }
}

impl Corpus {
    /// The parts of files that a task reads, in order.
    ///
    /// A record belongs to the task whose bytes hold its first one; in Parquet a row group is read by the task whose
    /// bytes hold the group's first one, and a packed file by the task whose bytes hold the file's first one. So every
    /// record belongs to one task, and the tasks in order give the records in order, for any number of tasks.
    pub fn parts(&self, share: Share) -> Result<Vec<FilePart>, CorpusError> {
        let total = self.files().iter().map(CorpusFile::bytes).sum();
        let mine = share.of(total);
        let is_last = share.index + 1 == share.n_tasks;
        let (mut parts, mut before) = (Vec::new(), 0);
        for (index, file) in self.files().iter().enumerate() {
            // An empty file at the very end begins behind all bytes.
            let end = if is_last { u64::MAX } else { mine.end };
            let records = file.records_in(mine.start, end, before)?;
            if !records.is_empty() {
                parts.push(FilePart {
                    file: index,
                    records,
                    bytes: overlap(&mine, before, file),
                });
            }
            before += file.bytes();
        }
        Ok(parts)
    }
}

fn overlap(mine: &Range<u64>, before: u64, file: &CorpusFile) -> u64 {
    if file.packing != Packing::None {
        return file.bytes();
    }
    let end = mine.end.min(before + file.bytes());
    end.saturating_sub(mine.start.max(before))
}

impl CorpusFile {
    /// Whether tasks may begin and end inside the file, between any two documents.
    fn is_cut_anywhere(&self) -> bool {
        self.packing == Packing::None && self.format != Format::Parquet
    }

    /// The records that begin in bytes `start..end` of the corpus, where the file begins at byte `before`.
    fn records_in(&self, start: u64, end: u64, before: u64) -> Result<Range<u64>, CorpusError> {
        if self.is_cut_anywhere() {
            let first = start.saturating_sub(before).min(self.bytes());
            let last = end.saturating_sub(before);
            // A file that grows meanwhile is read to its end by the task that has its last byte.
            let last = if last >= self.bytes() { u64::MAX } else { last };
            let is_behind = first == self.bytes() && start > before;
            return Ok(if is_behind || end <= before {
                0..0
            } else {
                first..last
            });
        }
        let has = |place: u64| (start..end).contains(&(before + place));
        if self.packing != Packing::None {
            return Ok(if has(0) { 0..u64::MAX } else { 0..0 });
        }
        let (mut rows, mut row) = (0..0, 0);
        for group in row_groups(self)? {
            if has(group.first_byte) {
                rows.start = if rows.is_empty() { row } else { rows.start };
                rows.end = row + group.n_rows;
            }
            row += group.n_rows;
        }
        Ok(rows)
    }
}
