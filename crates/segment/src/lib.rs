//! Turns text into sentences, words, pieces and units. Reads vocabularies, and builds them from a corpus.
//!
//! Every result has its position in the original text. Section numbers such as §1 are those of `docs/method.md`.
//!
//! The types, in the order of the data flow:
//!
//! 1. [`Vocabulary`]: the pieces of a `vocab.txt` or a `tokenizer.json`. [`VocabularyBuilder`] builds one from a corpus.
//! 2. [`SegmentOptions`]: the `[segment]` section of a config.
//! 3. [`Segmenter`]: runs the whole stage, and has a [`Fingerprint`] that shards are bound to.
//!    - [`wrapped_lines`] recognises lines that were broken at a fixed width, and [`join_wrapped_lines`] joins them;
//!    - [`sentence_spans`] finds sentences;
//!    - [`WordSegmenter`] cuts text into [`Word`]s;
//!    - [`PieceTokenizer`] turns text into [`Piece`]s;
//!    - [`unit_ends`] finds units: runs of pieces between the boundaries that words and pieces agree on.
//! 4. [`Segmented`]: a document as sentences of units of pieces.
//! 5. [`CheckpointTokenizer`]: the tokenizer beside a checkpoint's weights, and the files that it is written as.
//!
//! ```
//! use segment::{SegmentOptions, Segmenter, Vocabulary};
//!
//! let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "语", "言", "模", "型", "。"];
//! let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec())?.into();
//! let segmenter = Segmenter::new(&vocabulary, &SegmentOptions::default())?;
//! let text = "语言模型。";
//! let segmented = segmenter.segment(text);
//! assert_eq!(segmented.pieces.len(), 5);
//! assert_eq!(segmented.unit_ends, [2, 4, 5]); // 语言 | 模型 | 。
//! assert_eq!(segmented.piece_spans[2].of(text), "模");
//! assert_eq!(segmented.sentences[0].text.of(text), text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod added_tokens;
mod characters;
mod cut;
mod dictionary;
mod encoding;
mod error;
mod fast_pieces;
mod fingerprint;
mod marked;
mod options;
mod piece_trie;
mod pieces;
mod pre_cut;
mod pretrained;
mod punctuation;
mod segmented;
mod segmenter;
mod sentence;
mod spans;
mod tokenizer_files;
mod tokenizer_json;
mod units;
mod vocabulary;
mod vocabulary_build;
mod vocabulary_file;
mod words;
mod wrapped;

pub use added_tokens::AddedTokensError;
pub use dictionary::{DictionaryReport, NamedWords};
pub use encoding::{OtherEncoding, line_end};
pub use error::{SegmentError, TokenizerJsonError};
pub use fingerprint::Fingerprint;
pub use options::SegmentOptions;
pub use pieces::{Piece, PieceTokenizer};
pub use pretrained::{CheckpointTokenizer, PretrainedError, TokenizerFile};
pub use punctuation::PunctuationMap;
pub use segmented::{Segmented, SentenceSpan};
pub use segmenter::{Scratch, Segmenter};
pub use sentence::sentence_spans;
pub use spans::{ByteSpan, PieceId, UnitSpan};
pub use tokenizer_files::{special_tokens_map, tokenizer_config, tokenizer_json};
pub use units::unit_ends;
pub use vocabulary::{Specials, Vocabulary, VocabularyError};
pub use vocabulary_build::{VocabularyBuildOptions, VocabularyBuilder, is_cjk};
pub use words::{Word, WordSegmenter};
pub use wrapped::{WrappedLines, join_wrapped_lines, wrapped_lines};
