//! Word vectors and word lists to a similar-word table by number of pieces.
//!
//! Section numbers such as §2.5 are those of `docs/method.md`.
//!
//! ```
//! use segment::{PieceTokenizer, Vocabulary};
//! use synonym::{CompileOptions, Entry, SimilarWords, compile};
//!
//! let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "语", "言", "法", "模", "型"];
//! let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec())?;
//! let tokenizer = PieceTokenizer::new(&vocabulary, true);
//! let entries = [Entry::new("语言", "语法", 1.0), Entry::new("语言", "模型", 0.5)];
//! let compiled = compile(&entries, &tokenizer, &vocabulary, &CompileOptions::default(), "an example");
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("similar_words.table");
//! compiled.table.write(&path)?;
//! let table = SimilarWords::open(&path, &vocabulary)?;
//! let ids: Vec<_> = tokenizer.pieces("语言").iter().map(|piece| piece.id).collect();
//! let candidates = table.candidates(table.word(&ids).expect("in the table"));
//! assert_eq!(table.text(candidates.word(0)), "语法");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod antonyms;
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
mod report;
mod show;
mod source;
mod spelling;
mod table;
mod thesaurus;
mod toolkit;
mod train;
mod vectors;

pub use antonyms::Antonyms;
pub use class::WordClass;
pub use compile::{CompileOptions, Compiled, Weights, compile};
pub use coverage::{Coverage, FunctionWords};
pub use filters::Filters;
pub use format::{TableBytes, TableError};
pub use frequencies::{Frequencies, write_counts};
pub use judge::{
    Agreement, Bands, HumanPair, N_BANDS, OppositeCount, Placed, PrecisionCount, agreement,
    opposites, place, precision, read_human, spearman,
};
pub use list::{Entry, ListError, read_list};
pub use nearest::{NearestEntries, NearestOptions, nearest_entries, nearest_to};
pub use options::{RankMode, SimilarWordsSection, TableSource, ThesaurusUse, UnknownSource};
pub use report::{CompileReport, DropReason};
pub use show::{Neighbour, Proposal, neighbours, proposals};
pub use source::{LeftOut, Made, Source, SourceError, TableJob, TableRules};
pub use table::{Candidates, SimilarWords, WordIndex};
pub use thesaurus::Thesaurus;
pub use toolkit::toolkit_entries;
pub use train::{
    PackedText, TextBuilder, TrainError, TrainOptions, TrainProgress, TrainedVectors, train,
};
pub use vectors::{VectorFormat, VectorReport, Vectors, VectorsError, read_vectors, write_vectors};
