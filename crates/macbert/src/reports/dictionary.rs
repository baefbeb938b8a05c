//! What a user should know of a user dictionary that was read.

use segment::{DictionaryReport, NamedWords};

use crate::numbers::grouped;
use crate::progress::note;

/// Says how many words of the user dictionary can never be cut, and how many have white space inside. Says nothing if
/// there are none.
pub(crate) fn note_dictionary(report: Option<&DictionaryReport>) {
    let Some(report) = report else { return };
    if report.never_cut.n > 0 {
        note(&format!(
            "segment.dictionary: {}, because a sentence ends inside: {}",
            counted(
                report.never_cut.n,
                "word can never be cut",
                "words can never be cut"
            ),
            named(&report.never_cut)
        ));
    }
    if report.spaced.n > 0 {
        note(&format!(
            "segment.dictionary: {}: {}",
            counted(
                report.spaced.n,
                "word has white space inside",
                "words have white space inside"
            ),
            named(&report.spaced)
        ));
    }
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n as u64), if n == 1 { one } else { many })
}

fn named(words: &NamedWords) -> String {
    let mut named: Vec<String> = words.first.iter().map(|word| format!("`{word}`")).collect();
    if words.n > words.first.len() {
        named.push("…".to_owned());
    }
    named.join(", ")
}
