//! Records what decides how text is segmented, so that shards are never mixed with others of another segmentation.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::options::SegmentOptions;
use crate::punctuation::PunctuationMap;

/// The version of this crate's rules. Raise it whenever a change of a rule changes what a text becomes.
const RULES: u32 = 3;
const SEGMENTER: &str = concat!("jieba-rs ", env!("JIEBA_VERSION"));
/// The segmenter of pre-cut text.
const WHITE_SPACE: &str = "white space";
const TOKENIZER: &str = "tokenizers 0.23.2";

/// Everything apart from the vocabulary that decides how text is segmented. Shards are bound to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The program that finds words, and its version.
    pub segmenter: String,
    /// Whether it looks for words that its dictionary lacks.
    pub hmm: bool,
    /// SHA-256 of the user dictionary.
    pub dictionary_sha256: Option<String>,
    /// The program that finds pieces, and its version.
    pub tokenizer: String,
    /// Whether text is lower-cased and stripped of accents.
    pub lower_case: bool,
    /// Punctuation marks that the vocabulary lacks, and the marks that they are read as.
    #[serde(default, skip_serializing_if = "PunctuationMap::is_empty")]
    pub punctuation: PunctuationMap,
    /// Whether lines that were broken in mid-sentence are joined.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub join_wrapped_lines: bool,
    /// The version of the rules for sentences and units.
    pub rules: u32,
}

impl Fingerprint {
    /// The fingerprint of options; `punctuation` is the part of the map that the vocabulary needs.
    pub(crate) fn new(
        options: &SegmentOptions,
        dictionary_sha256: Option<&str>,
        punctuation: PunctuationMap,
    ) -> Self {
        let segmenter = if options.is_cut {
            WHITE_SPACE
        } else {
            SEGMENTER
        };
        Self {
            segmenter: segmenter.to_owned(),
            hmm: options.hmm && !options.is_cut,
            dictionary_sha256: dictionary_sha256.map(str::to_owned),
            tokenizer: TOKENIZER.to_owned(),
            lower_case: options.lower_case,
            punctuation,
            join_wrapped_lines: options.join_wrapped_lines,
            rules: RULES,
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hmm = if self.hmm { "with" } else { "without" };
        let case = if self.lower_case { "lower" } else { "kept" };
        write!(formatter, "{} {hmm} hmm, ", self.segmenter)?;
        match &self.dictionary_sha256 {
            Some(sha256) => write!(formatter, "dictionary {sha256}, ")?,
            None => write!(formatter, "no dictionary, ")?,
        }
        write!(formatter, "{}, case {case}, ", self.tokenizer)?;
        if !self.punctuation.is_empty() {
            write!(formatter, "punctuation")?;
            for (mark, read_as) in &self.punctuation {
                write!(formatter, " {mark}{read_as}")?;
            }
            write!(formatter, ", ")?;
        }
        if self.join_wrapped_lines {
            write!(formatter, "broken lines joined, ")?;
        }
        write!(formatter, "rules {}", self.rules)
    }
}

#[cfg(test)]
mod tests {
    use super::{SEGMENTER, TOKENIZER};
    use crate::{SegmentOptions, Segmenter, Vocabulary};

    #[test]
    fn the_fingerprint_is_stable() {
        let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(String::from);
        let vocabulary = Vocabulary::from_pieces(pieces.to_vec())
            .expect("a vocabulary")
            .into();
        let segmenter = Segmenter::new(&vocabulary, &SegmentOptions::default()).expect("jieba");
        insta::assert_snapshot!(segmenter.fingerprint(), @"jieba-rs 0.11.0 with hmm, no dictionary, tokenizers 0.23.2, case lower, rules 3");
        let json = serde_json::to_string(segmenter.fingerprint()).expect("JSON");
        insta::assert_snapshot!(json, @r#"{"segmenter":"jieba-rs 0.11.0","hmm":true,"dictionary_sha256":null,"tokenizer":"tokenizers 0.23.2","lower_case":true,"rules":3}"#);
    }

    #[test]
    fn the_versions_are_those_of_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        for named in [SEGMENTER, TOKENIZER] {
            let (name, version) = named.split_once(' ').expect("name and version");
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&entry), "{named} is not what is built");
        }
    }
}
