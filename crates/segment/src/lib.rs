//! Text to sentences, words, pieces and units; owns the vocabulary and builds one.
//!
//! Section numbers such as §1 are those of `docs/method.md`.
//!
//! ```
//! use segment::{SegmentOptions, Segmenter, Vocabulary};
//!
//! let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "语", "言", "模", "型", "。"];
//! let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec())?.into();
//! let segmenter = Segmenter::new(&vocabulary, &SegmentOptions::default())?;
//! let segmented = segmenter.segment("语言模型。");
//! assert_eq!(segmented.pieces.len(), 5);
//! assert_eq!(segmented.unit_ends, [2, 4, 5]); // 语言 | 模型 | 。
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod characters;
mod cut;
mod cut_text;
mod dictionary;
mod export;
mod fast_pieces;
mod piece_trie;
mod pieces;
mod pretrained;
mod punctuation;
mod segmenter;
mod sentence;
mod spans;
mod units;
mod vocabulary;
mod vocabulary_build;
mod words;
mod wrapped;

pub use export::{special_tokens_map, tokenizer_config, tokenizer_json};
pub use pieces::{Piece, PieceTokenizer};
pub use pretrained::{CheckpointTokenizer, PretrainedError, TokenizerFile};
pub use punctuation::PunctuationMap;
pub use segmenter::{
    Fingerprint, Scratch, SegmentError, SegmentOptions, Segmented, Segmenter, SentenceSpan,
};
pub use sentence::sentence_spans;
pub use spans::{ByteSpan, PieceId, UnitSpan};
pub use units::unit_ends;
pub use vocabulary::{Specials, Vocabulary, VocabularyError};
pub use vocabulary_build::{VocabularyBuildOptions, VocabularyBuilder, is_cjk};
pub use words::{Word, WordSegmenter};
pub use wrapped::{WrappedLines, join_wrapped_lines, wrapped_lines};
