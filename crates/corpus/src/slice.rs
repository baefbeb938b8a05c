//! Divides a corpus between tasks: each reads a range of the corpus's bytes, with the files laid end to end.

use std::ops::Range;

use crate::error::CorpusError;
use crate::files::{Corpus, CorpusFile};
use crate::format::Format;
use crate::packing::Packing;
use crate::parquet_rows::row_groups;

/// A part of a file: the documents whose records begin in a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// The file's index in [`Corpus::files`].
    pub file_index: usize,
    /// Where the records begin: a range of bytes, or of rows in Parquet.
    pub records: Range<u64>,
    /// About how many bytes of the disk are read for them.
    pub bytes: u64,
}

/// A task number that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no task {index} of {n_tasks}: tasks are numbered from 0")]
pub struct ShareError {
    /// The task, from 0.
    pub index: u64,
    /// How many tasks there are.
    pub n_tasks: u64,
}

/// The share of a corpus that task `index` of `n_tasks` reads.
///
/// Invariant: `index` is below `n_tasks`.
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

    /// The share of a task, numbered from 0.
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

    /// The task's range of `total` bytes.
    fn of(self, total: u64) -> Range<u64> {
        let first_byte =
            |task: u64| (u128::from(task) * u128::from(total) / u128::from(self.n_tasks)) as u64;
        first_byte(self.index)..first_byte(self.index + 1)
    }
}

impl Corpus {
    /// The parts of files that a task reads, in order.
    ///
    /// A record belongs to the task whose range has its first byte. Parquet is divided between row groups only: the
    /// group's first byte decides for all of its rows. A packed file is not divided: its first byte decides for all of
    /// its records. So every record belongs to exactly one task, and the tasks in order give the records in order, for
    /// any number of tasks.
    pub fn parts(&self, share: Share) -> Result<Vec<FilePart>, CorpusError> {
        let total = self.files().iter().map(CorpusFile::bytes).sum();
        let range = share.of(total);
        let is_last = share.index + 1 == share.n_tasks;
        let (mut parts, mut before) = (Vec::new(), 0);
        for (index, file) in self.files().iter().enumerate() {
            // The last task has no end, because an empty last file begins behind all bytes.
            let end = if is_last { u64::MAX } else { range.end };
            let records = file.records_in(range.start, end, before)?;
            if !records.is_empty() {
                parts.push(FilePart {
                    file_index: index,
                    records,
                    bytes: overlap(&range, before, file),
                });
            }
            before += file.bytes();
        }
        Ok(parts)
    }
}

/// How many bytes of a file are read for a range of the corpus's bytes; the file begins at byte `before` of the corpus.
fn overlap(range: &Range<u64>, before: u64, file: &CorpusFile) -> u64 {
    if file.packing != Packing::None {
        return file.bytes();
    }
    let end = range.end.min(before + file.bytes());
    end.saturating_sub(range.start.max(before))
}

impl CorpusFile {
    /// Whether the file can be divided between any two records.
    fn is_divisible(&self) -> bool {
        self.packing == Packing::None && self.format != Format::Parquet
    }

    /// The file's records that begin in bytes `start..end` of the corpus; the file begins at byte `before` of it.
    fn records_in(&self, start: u64, end: u64, before: u64) -> Result<Range<u64>, CorpusError> {
        if self.is_divisible() {
            let first = start.saturating_sub(before).min(self.bytes());
            let last = end.saturating_sub(before);
            // The task that has the file's last byte reads to the end, even if the file grows in the meantime.
            let last = if last >= self.bytes() { u64::MAX } else { last };
            let is_behind = first == self.bytes() && start > before;
            return Ok(if is_behind || end <= before {
                0..0
            } else {
                first..last
            });
        }
        let has = |byte: u64| (start..end).contains(&(before + byte));
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
