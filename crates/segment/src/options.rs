//! Defines the `[segment]` section of a config.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::punctuation::PunctuationMap;

/// How text is segmented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the config that is true or false"
)]
pub struct SegmentOptions {
    /// Whether text is lower-cased and stripped of accents, as BERT's Chinese vocabulary expects.
    pub lower_case: bool,
    /// Whether jieba finds words that its dictionary lacks, with a hidden Markov model.
    pub hmm: bool,
    /// A user dictionary for jieba, with one `word [frequency] [tag]` per line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dictionary: Option<PathBuf>,
    /// Punctuation marks that are read as others, each only if the vocabulary lacks it.
    #[serde(default, skip_serializing_if = "PunctuationMap::is_empty")]
    pub punctuation: PunctuationMap,
    /// Whether lines that were broken at a fixed width, in mid-sentence, are joined before sentences are found.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub join_wrapped_lines: bool,
    /// Whether another segmenter has cut the text already. Then white space separates words, and jieba is not used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
}

impl SegmentOptions {
    /// The message about two options that contradict each other, if any; it begins with the config key.
    pub fn problem(&self) -> Option<&'static str> {
        if !self.is_cut {
            None
        } else if self.dictionary.is_some() {
            Some(
                "segment.dictionary: the dictionary is for jieba, which is not used if segment.is_cut is true; remove one of the two keys",
            )
        } else {
            self.join_wrapped_lines.then_some(
                "segment.join_wrapped_lines: if segment.is_cut is true, joining lines would also join words; remove one of the two keys",
            )
        }
    }
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            lower_case: true,
            hmm: true,
            dictionary: None,
            punctuation: PunctuationMap::new(),
            join_wrapped_lines: false,
            is_cut: false,
        }
    }
}
