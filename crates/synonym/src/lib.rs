//! Builds the table of similar words that masking draws from, and evaluates word vectors and tables.
//!
//! MacBERT replaces a masked word with a similar one. This crate finds similar words in word vectors or reads them from
//! lists, and compiles them into a table that is bound to one vocabulary. The data flows through these types:
//!
//! 1. **Sources.** [`read_vectors`] reads [`Vectors`] from a file in any [`VectorFormat`]. [`train`] makes
//!    [`TrainedVectors`] from segmented text ([`TextBuilder`], [`PackedText`]), and [`write_vectors`] saves them.
//!    [`read_list`] reads a list of similar words, and [`Thesaurus`] reads groups of synonyms.
//! 2. **Entries.** [`nearest_entries`] turns vectors into [`Entry`] values: a word, a similar word, a score.
//!    [`Filters`] drop opposites and words of another part of speech. [`Frequencies`] weigh candidates by frequency.
//! 3. **Table.** [`compile`] keeps the entries that the method allows and lays them out as [`TableBytes`], with a
//!    [`CompileReport`] of what it dropped. A similar word has as many pieces as the word that it replaces.
//! 4. **Look-up.** [`SimilarWords::open`] maps the file into memory. It finds the [`Candidates`] of a word by the word's piece ids.
//! 5. **Judgement.** [`agreement`] compares vectors with human similarity judgements. [`precision`] and [`opposites`] compare a
//!    table with a thesaurus and a list of opposites, and [`Coverage`] counts the words of a text that a table knows.
//!
//! Section numbers such as §2.5, and tags of sources such as \[P\], are those of `docs/method.md`.
//!
//! ```
//! use segment::{PieceTokenizer, Vocabulary};
//! use synonym::{CompileOptions, Filters, NearestOptions, SimilarWords, Vectors, compile, nearest_entries};
//!
//! let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "语", "言", "法", "模", "型"];
//! let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec())?;
//! let tokenizer = PieceTokenizer::new(&vocabulary, true);
//!
//! let rows = [("语言", [1.0, 0.0]), ("语法", [1.0, 0.1]), ("模型", [0.5, 1.0]), ("语", [1.0, 0.0])];
//! let (vectors, _) = Vectors::from_rows(rows.map(|(word, row)| (word.to_owned(), row.to_vec())));
//! let options = NearestOptions { top_k: 10, min_similarity: 0.3 };
//! let found = nearest_entries(&vectors, &tokenizer, options, &Filters::default());
//!
//! let options = CompileOptions::default();
//! let compiled = compile(&found.entries, &tokenizer, &vocabulary, &options, "an example");
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("similar_words.table");
//! compiled.table.write(&path)?;
//!
//! let table = SimilarWords::open(&path, &vocabulary)?;
//! let ids: Vec<_> = tokenizer.pieces("语言").iter().map(|piece| piece.id).collect();
//! let candidates = table.candidates(table.word(&ids).expect("in the table"));
//! let similar: Vec<&str> = (0..candidates.len()).map(|rank| table.text(candidates.word(rank))).collect();
//! assert_eq!(similar, ["语法", "模型"]); // 语 has another number of pieces
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod antonyms;
mod by_count;
mod check;
mod class;
mod compile;
mod coverage;
mod filters;
mod format;
mod frequencies;
mod judge;
mod list;
mod nearest;
mod options;
mod plan;
mod report;
mod show;
mod source;
mod spread;
mod table;
mod thesaurus;
mod toolkit;
mod train;
mod vectors;
mod word_ids;

pub use antonyms::Antonyms;
pub use class::WordClass;
pub use compile::{CompileOptions, Compiled, Weights, compile};
pub use coverage::{Coverage, FunctionWords};
pub use filters::Filters;
pub use format::{TableBytes, TableError};
pub use frequencies::{Frequencies, write_counts};
pub use judge::bands::{Bands, N_BANDS};
pub use judge::human::{Agreement, HumanPair, agreement, read_human};
pub use judge::map::{Placed, place};
pub use judge::precision::{OppositeCount, PrecisionCount, opposites, precision};
pub use list::{Entry, ListError, read_list};
pub use nearest::{
    LeftOut, NearestEntries, NearestOptions, NearestSearch, nearest_entries, nearest_to,
};
pub use options::{RankMode, SimilarWordsSection, TableSource, ThesaurusUse, UnknownSource};
pub use plan::SearchPlan;
pub use report::{CompileReport, DropReason};
pub use show::{Neighbour, Proposal, neighbours, proposals};
pub use source::content::Source;
pub use source::{Made, SourceError, TableJob, TableRules};
pub use table::{Candidates, SimilarWords, WordIndex};
pub use thesaurus::Thesaurus;
pub use toolkit::toolkit_entries;
pub use train::error::TrainError;
pub use train::options::TrainOptions;
pub use train::run::{TrainProgress, train};
pub use train::text::{PackedText, TextBuilder};
pub use train::trained::TrainedVectors;
pub use vectors::collection::Vectors;
pub use vectors::error::VectorsError;
pub use vectors::format::{UnknownVectorFormat, VectorFormat};
pub use vectors::read::read_vectors;
pub use vectors::report::{NamedRow, RowFault, VectorReport, WrongCount};
pub use vectors::write::write_vectors;
