//! The whole stage: a document's text to sentences of units of pieces.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cut;
use crate::cut_text;
use crate::fast_pieces::{PieceRow, WordBuffer};
use crate::pieces::{Piece, PieceTokenizer};
use crate::punctuation::{PunctuationMap, needed};
use crate::sentence::append_sentence_spans;
use crate::spans::{ByteSpan, PieceId};
use crate::units::unit_ends;
use crate::vocabulary::Vocabulary;
use crate::words::{Word, WordSegmenter};
use crate::wrapped::{Joined, WrappedLines, wrapped_lines};

/// Raised whenever a rule of this crate changes what text becomes.
const RULES: u32 = 2;
const SEGMENTER: &str = concat!("jieba-rs ", env!("JIEBA_VERSION"));
/// What cuts words where the text is cut already.
const WHITE_SPACE: &str = "white space";
const TOKENIZER: &str = "tokenizers 0.23.2";

/// How text is cut (`[segment]` of a config).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of the config that is true or false"
)]
pub struct SegmentOptions {
    /// Lower-case and strip accents, as BERT's Chinese vocabulary wants it.
    pub lower_case: bool,
    /// Let jieba find words that its dictionary lacks (hidden Markov model).
    pub hmm: bool,
    /// A user dictionary for jieba: `word [frequency] [tag]` a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dictionary: Option<PathBuf>,
    /// Punctuation marks that are read as others, each where the vocabulary lacks it.
    #[serde(default, skip_serializing_if = "PunctuationMap::is_empty")]
    pub punctuation: PunctuationMap,
    /// Join lines that were broken at a width, in mid-sentence, where a document's lines are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub join_wrapped_lines: bool,
    /// The text is cut already: words are what white space divides, as another segmenter left them, and jieba is not asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
}

impl SegmentOptions {
    /// What is wrong with them, the key in front.
    pub fn problem(&self) -> Option<&'static str> {
        if !self.is_cut {
            None
        } else if self.dictionary.is_some() {
            Some(
                "segment.dictionary: it is jieba's, which is not asked where segment.is_cut is true; leave one of them out",
            )
        } else {
            self.join_wrapped_lines.then_some(
                "segment.join_wrapped_lines: words of cut text would grow together; leave it or segment.is_cut out",
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
    /// The map of punctuation is about something else.
    #[error(
        "segment.punctuation: `{character}` is no punctuation mark; letters, digits, Chinese characters and white space stay as they are"
    )]
    NoPunctuation {
        /// What stands there.
        character: char,
    },
    /// The map of punctuation would turn one `[UNK]` into another.
    #[error(
        "segment.punctuation: `{mark}` is to be read as `{read_as}`, which the vocabulary lacks too; name a mark that it has"
    )]
    UnknownPunctuation {
        /// The mark.
        mark: char,
        /// What it was to be read as.
        read_as: char,
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
    /// Punctuation marks that the vocabulary lacks, and what they are read as.
    #[serde(default, skip_serializing_if = "PunctuationMap::is_empty")]
    pub punctuation: PunctuationMap,
    /// Whether lines that were broken in mid-sentence are joined.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub join_wrapped_lines: bool,
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
        let punctuation = needed(&options.punctuation, vocabulary)?;
        Ok(Self {
            pieces: PieceTokenizer::with_punctuation(vocabulary, options.lower_case, &punctuation),
            fingerprint: Fingerprint {
                segmenter: words.as_ref().map_or(WHITE_SPACE, |_| SEGMENTER).to_owned(),
                hmm: options.hmm && !options.is_cut,
                dictionary_sha256: dictionary.map(str::to_owned),
                tokenizer: TOKENIZER.to_owned(),
                lower_case: options.lower_case,
                punctuation,
                join_wrapped_lines: options.join_wrapped_lines,
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
        let mut scratch = Scratch::default();
        let joins = self.fingerprint.join_wrapped_lines;
        let wrapped = joins.then(|| wrapped_lines(text)).flatten();
        self.segment_in(text, wrapped.as_ref(), &mut scratch);
        scratch.segmented
    }

    /// The same in memory that is there already; `wrapped` is what [`wrapped_lines`] says of the text.
    pub fn segment_in<'s>(
        &self,
        text: &str,
        wrapped: Option<&WrappedLines>,
        scratch: &'s mut Scratch,
    ) -> &'s Segmented {
        if self.fingerprint.join_wrapped_lines
            && let Some(wrapped) = wrapped
        {
            let joined = Joined::new(text, wrapped);
            self.cut(&joined.text, scratch);
            joined.give_back(&mut scratch.segmented);
        } else {
            self.cut(text, scratch);
        }
        &scratch.segmented
    }

    fn cut(&self, text: &str, scratch: &mut Scratch) {
        let mut sentences = std::mem::take(&mut scratch.sentences);
        sentences.clear();
        append_sentence_spans(text, self.words.is_none(), &mut sentences);
        scratch.segmented.clear();
        for span in &sentences {
            self.append(text, *span, scratch);
        }
        scratch.sentences = sentences;
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
        match &self.words {
            Some(words) => {
                words.append_ends(text, span, &mut scratch.cut, &mut scratch.word_ends);
            }
            None => cut_text::append_ends(text, span, &mut scratch.word_ends),
        }
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
