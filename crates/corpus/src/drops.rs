//! Counts the records that are dropped or mended on reading, and keeps the first few places of each file.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::place::Place;

/// Places that a report keeps for each reason and file.
const N_FIRST: u64 = 5;
/// Places that a report keeps for each reason, over all files.
const N_PLACES: usize = 100;

/// Why a record was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The record is not UTF-8.
    InvalidUtf8,
    /// The text is white space only.
    Empty,
    /// The text is longer than `max_document_bytes`.
    TooLong,
    /// The JSONL line is not a JSON object.
    Malformed,
    /// The JSONL line nests arrays and objects deeper than 1,024 levels.
    TooDeep,
    /// The document is in the list of documents to leave out.
    Listed,
}

impl fmt::Display for DropReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::InvalidUtf8 => "not UTF-8",
            Self::Empty => "no text",
            Self::TooLong => "longer than corpus.max_document_bytes",
            Self::Malformed => "malformed JSON",
            Self::TooDeep => "JSON nested too deeply",
            Self::Listed => "in corpus.drop_list",
        })
    }
}

/// Why a record was dropped, and where in the record the cause is.
#[derive(Debug)]
pub(crate) struct Loss {
    pub(crate) reason: DropReason,
    /// The character of the record's first line, from 1.
    pub(crate) column: Option<u64>,
    pub(crate) cause: Option<String>,
}

impl From<DropReason> for Loss {
    fn from(reason: DropReason) -> Self {
        Self {
            reason,
            column: None,
            cause: None,
        }
    }
}

/// A dropped record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Why it was dropped.
    pub reason: DropReason,
    /// The recorded path of its file.
    pub path: Arc<str>,
    /// Its position in the file.
    pub place: Place,
    /// The character of the record's first line that shows the cause, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// What exactly is wrong with it, if the reason alone does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.path, self.place)?;
        if let Some(column) = self.column {
            write!(formatter, ":{column}")?;
        }
        write!(formatter, ": {}", self.reason)?;
        match &self.cause {
            Some(cause) => write!(formatter, ": {cause}"),
            None => Ok(()),
        }
    }
}

/// What became of the records of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecords {
    /// Records that became documents.
    pub kept: u64,
    /// Records among them whose text was mended: lone surrogates in JSON strings became U+FFFD.
    pub mended: u64,
    /// Dropped records, by reason.
    pub dropped: BTreeMap<DropReason, u64>,
}

impl FileRecords {
    /// How many records were dropped for any reason.
    pub fn n_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Whether the file has records, and none of them can become a document. A list of documents to leave out may empty
    /// a file, because its documents can be read. A file with a single record that has no text is an empty file.
    pub fn is_lost(&self) -> bool {
        let is_empty = self.n_dropped() == 1 && self.dropped.contains_key(&DropReason::Empty);
        let is_listed = self.dropped.contains_key(&DropReason::Listed);
        self.kept == 0 && self.n_dropped() > 0 && !is_listed && !is_empty
    }

    /// The reasons with their counts, as messages show them.
    pub fn reasons(&self) -> String {
        reasons(&self.dropped)
    }

    fn merge(&mut self, other: &Self) {
        self.kept += other.kept;
        self.mended += other.mended;
        add_counts(&mut self.dropped, &other.dropped);
    }
}

/// How many records were dropped or mended, and where the first of them are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropReport {
    /// The number of dropped records, by reason.
    pub counts: BTreeMap<DropReason, u64>,
    /// The first few dropped records of each reason and file, in the order of reading.
    pub first: Vec<Dropped>,
    /// The records of every file that was read.
    pub files: BTreeMap<Arc<str>, FileRecords>,
}

impl DropReport {
    pub(crate) fn add(&mut self, path: &Arc<str>, place: Place, loss: Loss) {
        let reason = loss.reason;
        let of_file = self.file(path).dropped.entry(reason).or_default();
        *of_file += 1;
        if *of_file <= N_FIRST {
            self.keep(Dropped {
                reason,
                path: Arc::clone(path),
                place,
                column: loss.column,
                cause: loss.cause,
            });
        }
        *self.counts.entry(reason).or_default() += 1;
    }

    /// Counts a record that became a document.
    pub(crate) fn add_kept(&mut self, path: &Arc<str>, is_mended: bool) {
        let file = self.file(path);
        file.kept += 1;
        file.mended += u64::from(is_mended);
    }

    /// Adds the report of records that come after those of this report.
    pub fn merge(&mut self, other: &Self) {
        for dropped in &other.first {
            let is_alike =
                |kept: &&Dropped| (kept.reason, &kept.path) == (dropped.reason, &dropped.path);
            if (self.first.iter().filter(is_alike).count() as u64) < N_FIRST {
                self.keep(dropped.clone());
            }
        }
        add_counts(&mut self.counts, &other.counts);
        for (path, records) in &other.files {
            self.file(path).merge(records);
        }
    }

    /// How many records were dropped for any reason.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many records became documents.
    pub fn n_kept(&self) -> u64 {
        self.files.values().map(|file| file.kept).sum()
    }

    /// How many documents have a text that was mended.
    pub fn n_mended(&self) -> u64 {
        self.files.values().map(|file| file.mended).sum()
    }

    /// The reasons with their counts, as messages show them.
    pub fn reasons(&self) -> String {
        reasons(&self.counts)
    }

    /// The records of a file and the first of them that was dropped, if the file has records and none of them can become
    /// a document.
    pub fn lost_file(&self, path: &Arc<str>) -> Option<(&FileRecords, &Dropped)> {
        let records = self.files.get(path).filter(|records| records.is_lost())?;
        let first = self.first.iter().find(|dropped| dropped.path == *path)?;
        Some((records, first))
    }

    fn file(&mut self, path: &Arc<str>) -> &mut FileRecords {
        if !self.files.contains_key(path) {
            self.files.insert(Arc::clone(path), FileRecords::default());
        }
        self.files.get_mut(path).expect("it was inserted")
    }

    /// Keeps a place, unless there are many of its reason already.
    fn keep(&mut self, dropped: Dropped) {
        let is_alike = |other: &&Dropped| other.reason == dropped.reason;
        if self.first.iter().filter(is_alike).count() < N_PLACES {
            self.first.push(dropped);
        }
    }
}

fn add_counts(to: &mut BTreeMap<DropReason, u64>, from: &BTreeMap<DropReason, u64>) {
    for (reason, count) in from {
        *to.entry(*reason).or_default() += count;
    }
}

fn reasons(counts: &BTreeMap<DropReason, u64>) -> String {
    let reasons = counts
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"));
    reasons.collect::<Vec<_>>().join(", ")
}
