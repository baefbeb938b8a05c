//! What was dropped on reading: counted, with the first few places.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::place::Place;

/// So many places are kept for each reason.
const N_FIRST: usize = 5;

/// Why a record was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// It is not UTF-8.
    InvalidUtf8,
    /// It holds white space only.
    Empty,
    /// It is longer than `max_document_bytes`.
    TooLong,
    /// A line of JSONL that is no JSON object.
    Malformed,
    /// It stands in the list of documents to leave out.
    Listed,
}

/// A dropped record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Why.
    pub reason: DropReason,
    /// The file.
    pub path: Arc<str>,
    /// The record.
    pub place: Place,
}

/// Counts of dropped records, and the first few of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropReport {
    /// How many, by reason.
    pub counts: BTreeMap<DropReason, u64>,
    /// The first few of each.
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

    /// Adds a report of records that come after this one's.
    pub fn merge(&mut self, other: &Self) {
        for dropped in &other.first {
            self.keep(dropped.clone());
        }
        for (reason, count) in &other.counts {
            *self.counts.entry(*reason).or_default() += count;
        }
    }

    /// How many records were dropped.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    fn keep(&mut self, dropped: Dropped) {
        let alike = self
            .first
            .iter()
            .filter(|other| other.reason == dropped.reason)
            .count();
        if alike < N_FIRST {
            self.first.push(dropped);
        }
    }
}
