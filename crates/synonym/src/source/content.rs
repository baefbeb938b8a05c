//! What the source of a table holds, and what was read of it.

use crate::list::Entry;
use crate::vectors::collection::Vectors;
use crate::vectors::report::VectorReport;

/// What a source file holds.
pub enum Source {
    /// The entries of a list.
    List(Vec<Entry>),
    /// Word vectors, and what was left out when they were read.
    Vectors(Vectors, VectorReport),
}

impl Source {
    /// The words in the order of the file, which is by falling frequency in most files. A list's words come once each.
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::List(entries) => {
                let mut words: Vec<String> =
                    entries.iter().map(|entry| entry.word.clone()).collect();
                words.dedup();
                words
            }
            Self::Vectors(vectors, _) => vectors.words().to_vec(),
        }
    }

    /// The vectors, if these are vectors.
    pub const fn vectors(&self) -> Option<&Vectors> {
        match self {
            Self::List(_) => None,
            Self::Vectors(vectors, _) => Some(vectors),
        }
    }

    /// What was read of a file of vectors and what was left out, in words, then a line for each row that is named and each
    /// warning; `None` for a list.
    pub fn what_was_read(&self) -> Option<String> {
        let Self::Vectors(vectors, report) = self else {
            return None;
        };
        let encoding = report.encoding.map(|name| format!(" with words in {name}"));
        let limit = report.stopped_after.map(|limit| {
            format!(
                "; the limit of {limit} rows was reached, and the rest of the file was not read"
            )
        });
        let count = report
            .wrong_count
            .map(|count| format!("\nwarning: {count}"));
        let left_out = Some(report.to_string()).filter(|text| !text.is_empty());
        Some(format!(
            "{} vectors of {} dimensions{}{}{}{}",
            report.n_words,
            vectors.n_dimensions(),
            encoding.unwrap_or_default(),
            limit.unwrap_or_default(),
            left_out.map(|text| format!("; {text}")).unwrap_or_default(),
            count.unwrap_or_default()
        ))
    }
}
