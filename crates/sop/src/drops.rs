//! Counts what is cut or dropped on the way from sentences to examples.

use serde::{Deserialize, Serialize};

/// How many documents, sentences and units were cut or dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExampleDrops {
    /// Documents without a sentence.
    pub empty_documents: u64,
    /// Documents of one sentence, which give no example because a pair needs two.
    pub single_sentence_documents: u64,
    /// Sentences that were cut at unit boundaries, because they were longer than an example or left alone.
    pub cut_sentences: u64,
    /// Units longer than an example, which were dropped.
    pub overlong_units: u64,
    /// Sentences, or parts of cut ones, that were left alone, fitted nowhere and were dropped.
    pub lone_sentences: u64,
    /// Pieces of the dropped sentences and units.
    pub dropped_pieces: u64,
}

impl std::ops::AddAssign for ExampleDrops {
    fn add_assign(&mut self, other: Self) {
        self.empty_documents += other.empty_documents;
        self.single_sentence_documents += other.single_sentence_documents;
        self.cut_sentences += other.cut_sentences;
        self.overlong_units += other.overlong_units;
        self.lone_sentences += other.lone_sentences;
        self.dropped_pieces += other.dropped_pieces;
    }
}
