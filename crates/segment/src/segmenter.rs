//! The whole stage: a document's text to sentences of units of pieces.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cut_text;
use crate::fast_pieces::{PieceRow, WordBuffer};
use crate::pieces::{Piece, PieceTokenizer};
use crate::sentence::{cut_sentence_spans, sentence_spans};
use crate::spans::{ByteSpan, PieceId};
use crate::units::unit_ends;
use crate::vocabulary::Vocabulary;
use crate::words::{Word, WordSegmenter};

/// Raised whenever a rule of this crate changes what text becomes.
const RULES: u32 = 2;
const SEGMENTER: &str = "jieba-rs 0.11.0";
/// What cuts words where the text is cut already.
const WHITE_SPACE: &str = "white space";
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
    /// The text is cut already: words are what white space divides, as another segmenter left them, and jieba is not asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
}

impl SegmentOptions {
    /// What is wrong with them, the key in front.
    pub fn problem(&self) -> Option<&'static str> {
        (self.is_cut && self.dictionary.is_some()).then_some(
            "segment.dictionary: it is jieba's, which is not asked where segment.is_cut is true; leave one of them out",
        )
    }
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            lower_case: true,
            hmm: true,
            dictionary: None,
            is_cut: false,
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

/// About: memory for the pieces is set aside by it (a Chinese character has three bytes, and is one piece).
const BYTES_OF_A_PIECE: usize = 3;

impl Segmented {
    /// An empty one that need not grow for most texts.
    fn with_room(text: &str, word_ends: &[u32]) -> Self {
        let n_pieces = text.len() / BYTES_OF_A_PIECE + 1;
        Self {
            pieces: Vec::with_capacity(n_pieces),
            piece_spans: Vec::with_capacity(n_pieces),
            unit_ends: Vec::with_capacity(word_ends.len()),
            ..Self::default()
        }
    }
}

/// Cuts documents; shared by all threads.
pub struct Segmenter {
    /// None where the text is cut already.
    words: Option<WordSegmenter>,
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
        let dictionary = options.dictionary.as_deref().map(Path::new);
        let words = (!options.is_cut)
            .then(|| WordSegmenter::new(options.hmm, dictionary))
            .transpose()?;
        let dictionary = words.as_ref().and_then(WordSegmenter::dictionary_sha256);
        Ok(Self {
            pieces: PieceTokenizer::new(vocabulary, options.lower_case),
            fingerprint: Fingerprint {
                segmenter: words.as_ref().map_or(WHITE_SPACE, |_| SEGMENTER).to_owned(),
                hmm: options.hmm && !options.is_cut,
                dictionary_sha256: dictionary.map(str::to_owned),
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
        match &self.words {
            Some(segmenter) => segmenter.words(text),
            None => cut_text::words(text),
        }
    }

    /// The pieces of a text.
    pub fn pieces(&self, text: &str) -> Vec<Piece> {
        self.pieces.pieces(text)
    }

    /// A document's text as sentences of units of pieces.
    pub fn segment(&self, text: &str) -> Segmented {
        let (sentences, word_ends) = self.sentences(text);
        let mut words = word_ends.as_slice();
        let mut word = WordBuffer::default();
        let mut segmented = Segmented::with_room(text, &word_ends);
        for span in sentences {
            let n_words = self.append(text, span, words, &mut word, &mut segmented);
            words = &words[n_words..];
        }
        segmented
    }

    /// The sentences of a text, and one past the last byte of every word of theirs.
    fn sentences(&self, text: &str) -> (Vec<ByteSpan>, Vec<u32>) {
        let Some(segmenter) = &self.words else {
            return (cut_sentence_spans(text), cut_text::word_ends(text));
        };
        let sentences = sentence_spans(text);
        let word_ends = segmenter.sentence_word_ends(text, &sentences);
        (sentences, word_ends)
    }

    /// Appends a sentence; `word_ends` are those of it and of what follows. Returns how many of them lie behind.
    fn append(
        &self,
        text: &str,
        span: ByteSpan,
        word_ends: &[u32],
        word: &mut WordBuffer,
        segmented: &mut Segmented,
    ) -> usize {
        let first_piece = segmented.pieces.len();
        let first_unit = segmented.unit_ends.len() as u32;
        let mut row = PieceRow {
            ids: &mut segmented.pieces,
            spans: &mut segmented.piece_spans,
        };
        self.pieces.append(text, span, word, &mut row);
        if segmented.pieces.len() == first_piece {
            segmented.n_empty_sentences += 1;
            return 0;
        }
        let new = first_piece..;
        let pieces = (
            &segmented.pieces[new.clone()],
            &segmented.piece_spans[new.clone()],
        );
        let n_words = unit_ends(
            word_ends,
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
        n_words
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
