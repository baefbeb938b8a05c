//! The whole stage: a document's text to sentences of units of pieces.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cut;
use crate::fast_pieces::{PieceRow, WordBuffer};
use crate::pieces::{Piece, PieceTokenizer};
use crate::sentence::append_sentence_spans;
use crate::spans::{ByteSpan, PieceId};
use crate::units::unit_ends;
use crate::vocabulary::Vocabulary;
use crate::words::{Word, WordSegmenter};

/// Raised whenever a rule of this crate changes what text becomes.
const RULES: u32 = 2;
const SEGMENTER: &str = concat!("jieba-rs ", env!("JIEBA_VERSION"));
const TOKENIZER: &str = "tokenizers 0.23.2";

/// How text is cut (`[segment]` of a config).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentOptions {
    /// Lower-case and strip accents, as BERT's Chinese vocabulary wants it.
    pub lower_case: bool,
    /// Let jieba find words that its dictionary lacks (hidden Markov model).
    pub hmm: bool,
    /// A user dictionary for jieba: `word [frequency] [tag]` a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dictionary: Option<PathBuf>,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            lower_case: true,
            hmm: true,
            dictionary: None,
        }
    }
}

/// What went wrong with a segmenter.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The user dictionary could not be read.
    #[error("could not read the user dictionary {path}: {source}")]
    ReadDictionary {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of the user dictionary makes no sense.
    #[error("{path}:{line}: expected `word [frequency] [tag]`, found `{found}`")]
    DictionaryLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
}

/// What decides how text is cut, besides the vocabulary; shards are bound to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Program and version that cuts words.
    pub segmenter: String,
    /// Whether it looks for unknown words.
    pub hmm: bool,
    /// SHA-256 of the user dictionary.
    pub dictionary_sha256: Option<String>,
    /// Program and version that cuts pieces.
    pub tokenizer: String,
    /// Whether text is lower-cased and stripped of accents.
    pub lower_case: bool,
    /// Version of the rules for sentences and units.
    pub rules: u32,
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
        write!(
            formatter,
            "{}, case {case}, rules {}",
            self.tokenizer, self.rules
        )
    }
}

/// A sentence of a segmented document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentenceSpan {
    /// Its bytes in the document's text.
    pub text: ByteSpan,
    /// Its pieces, as positions in [`Segmented::pieces`].
    pub pieces: Range<u32>,
    /// Its units, as positions in [`Segmented::unit_ends`].
    pub units: Range<u32>,
}

/// A document as sentences of units of pieces.
///
/// Invariants: spans lie in order; unit ends rise and end at the number of pieces; every sentence has a piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segmented {
    /// Ids of all sentences, end to end.
    pub pieces: Vec<PieceId>,
    /// Where each piece stands in the document's text.
    pub piece_spans: Vec<ByteSpan>,
    /// One past each unit's last piece.
    pub unit_ends: Vec<u32>,
    /// The sentences.
    pub sentences: Vec<SentenceSpan>,
    /// Sentences without a piece (control characters only), left out.
    pub n_empty_sentences: u32,
}

impl Segmented {
    fn clear(&mut self) {
        self.pieces.clear();
        self.piece_spans.clear();
        self.unit_ends.clear();
        self.sentences.clear();
        self.n_empty_sentences = 0;
    }
}

/// What is kept from document to document, for its memory: one a thread.
#[derive(Default)]
pub struct Scratch {
    segmented: Segmented,
    sentences: Vec<ByteSpan>,
    word: WordBuffer,
    cut: cut::Scratch,
    word_ends: Vec<u32>,
}

/// Cuts documents; shared by all threads.
pub struct Segmenter {
    words: WordSegmenter,
    pieces: PieceTokenizer,
    vocabulary: Arc<Vocabulary>,
    fingerprint: Fingerprint,
}

impl Segmenter {
    /// A segmenter for a vocabulary; reads the user dictionary where there is one.
    pub fn new(
        vocabulary: &Arc<Vocabulary>,
        options: &SegmentOptions,
    ) -> Result<Self, SegmentError> {
        let words = WordSegmenter::new(options.hmm, options.dictionary.as_deref().map(Path::new))?;
        Ok(Self {
            pieces: PieceTokenizer::new(vocabulary, options.lower_case),
            fingerprint: Fingerprint {
                segmenter: SEGMENTER.to_owned(),
                hmm: options.hmm,
                dictionary_sha256: words.dictionary_sha256().map(str::to_owned),
                tokenizer: TOKENIZER.to_owned(),
                lower_case: options.lower_case,
                rules: RULES,
            },
            vocabulary: Arc::clone(vocabulary),
            words,
        })
    }

    /// What decides how text is cut, besides the vocabulary.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The vocabulary that pieces are taken from.
    pub fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.vocabulary
    }

    /// The words of a text.
    pub fn words<'t>(&self, text: &'t str) -> Vec<Word<'t>> {
        self.words.words(text)
    }

    /// The pieces of a text.
    pub fn pieces(&self, text: &str) -> Vec<Piece> {
        self.pieces.pieces(text)
    }

    /// A document's text as sentences of units of pieces.
    pub fn segment(&self, text: &str) -> Segmented {
        let mut scratch = Scratch::default();
        self.segment_in(text, &mut scratch);
        scratch.segmented
    }

    /// The same in memory that is there already.
    pub fn segment_in<'s>(&self, text: &str, scratch: &'s mut Scratch) -> &'s Segmented {
        let mut sentences = std::mem::take(&mut scratch.sentences);
        sentences.clear();
        append_sentence_spans(text, &mut sentences);
        scratch.segmented.clear();
        for span in &sentences {
            self.append(text, *span, scratch);
        }
        scratch.sentences = sentences;
        &scratch.segmented
    }

    /// Appends a sentence.
    fn append(&self, text: &str, span: ByteSpan, scratch: &mut Scratch) {
        let segmented = &mut scratch.segmented;
        let first_piece = segmented.pieces.len();
        let first_unit = segmented.unit_ends.len() as u32;
        let mut row = PieceRow {
            ids: &mut segmented.pieces,
            spans: &mut segmented.piece_spans,
        };
        self.pieces.append(text, span, &mut scratch.word, &mut row);
        if segmented.pieces.len() == first_piece {
            segmented.n_empty_sentences += 1;
            return;
        }
        let pieces = (
            &segmented.pieces[first_piece..],
            &segmented.piece_spans[first_piece..],
        );
        scratch.word_ends.clear();
        self.words
            .append_ends(text, span, &mut scratch.cut, &mut scratch.word_ends);
        unit_ends(
            &scratch.word_ends,
            pieces,
            &self.vocabulary,
            first_piece as u32,
            &mut segmented.unit_ends,
        );
        segmented.sentences.push(SentenceSpan {
            text: span,
            pieces: first_piece as u32..segmented.pieces.len() as u32,
            units: first_unit..segmented.unit_ends.len() as u32,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{SEGMENTER, SegmentOptions, Segmenter, TOKENIZER};
    use crate::Vocabulary;

    #[test]
    fn the_fingerprint_is_stable() {
        let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(String::from);
        let vocabulary = Vocabulary::from_pieces(pieces.to_vec())
            .expect("a vocabulary")
            .into();
        let segmenter = Segmenter::new(&vocabulary, &SegmentOptions::default()).expect("jieba");
        insta::assert_snapshot!(segmenter.fingerprint(), @"jieba-rs 0.11.0 with hmm, no dictionary, tokenizers 0.23.2, case lower, rules 2");
        let json = serde_json::to_string(segmenter.fingerprint()).expect("JSON");
        insta::assert_snapshot!(json, @r#"{"segmenter":"jieba-rs 0.11.0","hmm":true,"dictionary_sha256":null,"tokenizer":"tokenizers 0.23.2","lower_case":true,"rules":2}"#);
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
