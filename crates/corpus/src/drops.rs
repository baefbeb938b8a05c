//! Counts the records that are dropped on reading, and keeps the first few of each reason.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::place::Place;

/// Records that a report keeps for each reason.
const N_FIRST: usize = 5;

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
    /// The document is in the list of documents to leave out.
    Listed,
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
}

/// How many records were dropped, and the first few of each reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropReport {
    /// The number of dropped records, by reason.
    pub counts: BTreeMap<DropReason, u64>,
    /// The first few records of each reason, in the order of reading.
    pub first: Vec<Dropped>,
}

impl DropReport {
    pub(crate) fn add(&mut self, reason: DropReason, path: &Arc<str>, place: Place) {
        self.keep(Dropped {
            reason,
            path: Arc::clone(path),
            place,
        });
        *self.counts.entry(reason).or_default() += 1;
    }

    /// Adds the report of records that come after those of this report.
    pub fn merge(&mut self, other: &Self) {
        for dropped in &other.first {
            self.keep(dropped.clone());
        }
        for (reason, count) in &other.counts {
            *self.counts.entry(*reason).or_default() += count;
        }
    }

    /// How many records were dropped for any reason.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    fn keep(&mut self, dropped: Dropped) {
        let n_alike = self
            .first
            .iter()
            .filter(|other| other.reason == dropped.reason)
            .count();
        if n_alike < N_FIRST {
            self.first.push(dropped);
        }
    }
}
