//! What the order head learns.

use serde::{Deserialize, Serialize};

/// What the order head learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairObjective {
    /// Sentence order: the label is 1 if B comes before A, and 0 otherwise (\[A\], \[M\]).
    Sop,
    /// Next sentence: the label is 1 if B comes from another document, and 0 if it follows A (\[B\]).
    Nsp,
    /// Nothing: the input is one text, `[CLS] run [SEP]`, without an order label.
    None,
}

impl PairObjective {
    /// The number of sentences that an example needs: two for a pair, one without pairs (method §3.1, §3.5).
    pub const fn least_sentences(self) -> usize {
        match self {
            Self::Sop | Self::Nsp => 2,
            Self::None => 1,
        }
    }
}
