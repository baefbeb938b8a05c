//! Prepares a corpus: turns raw documents into shards, in parallel. The same input and config always give the same bytes.
//!
//! A [`PrepareJob`] names the corpus, the segmenter, the table of similar words, and the folder to write. [`prepare`] runs
//! it: one thread reads documents ahead, all cores cut them into sentences, units and examples, and one thread writes the
//! shards. Documents keep their order, so the shards do not depend on the number of threads. Memory is bounded by a few
//! chunks of text ([`CHUNK_BYTES`], [`CHUNK_DOCUMENTS`]) and their examples, and by the longest document. The result is
//! [`Finished`]: the manifest, a [`Quality`] report and the times.
//!
//! - [`plan`] estimates what a preparation would cost, from a sample of the text.
//! - [`survey`] reads the whole corpus and makes the same counts and quality report, but writes no shards.
//! - [`merge`] joins the folders of several tasks that prepared parts of one corpus.
//!
//! Section numbers such as §6 are those of `docs/method.md`.
//!
//! ```
//! # use std::sync::{Arc, atomic::AtomicBool, mpsc::channel};
//! use corpus::{Corpus, CorpusOptions};
//! use prepare::{PrepareJob, prepare};
//! use segment::{SegmentOptions, Segmenter, Vocabulary};
//! use shard::{ShardSet, Split};
//! use sop::{ExampleOptions, PairObjective};
//! use synonym::FunctionWords;
//!
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("a.txt"), "天气好。我们去。天气好。\n")?;
//! let pieces = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n天\n气\n好\n我\n们\n去\n。\n";
//! let vocabulary = Arc::new(Vocabulary::parse(pieces)?);
//! let job = PrepareJob {
//!     corpus: &Corpus::open(folder.path(), &CorpusOptions::of("a.txt"))?,
//!     segmenter: &Segmenter::new(&vocabulary, &SegmentOptions::default())?,
//!     table: None,
//!     function_words: &FunctionWords::default(),
//!     examples: &ExampleOptions { max_length: 128, short_share: 0.0 },
//!     pairs: PairObjective::Sop,
//!     held_out_share: 0.0,
//!     seed: 1,
//!     examples_per_shard: 1000,
//!     task: None,
//!     allow_unknown: false,
//!     near_duplicates: None,
//!     folder: &folder.path().join("shards"),
//!     config: serde_json::json!({}),
//! };
//! let finished = prepare(&job, &channel().0, &AtomicBool::new(false))?;
//! assert_eq!((finished.manifest.counts.sentences, finished.manifest.counts.pieces), (3, 12));
//!
//! let shards = ShardSet::open(job.folder, Split::Train)?;
//! assert_eq!(shards.example(0)?.sentence_ends().len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chunk;
mod difference;
mod driver;
mod error;
mod folder;
mod job;
mod merge;
mod pipeline;
mod plan;
mod quality;
mod records;
mod sink;
mod task;

pub use chunk::{CHUNK_BYTES, CHUNK_DOCUMENTS};
pub use difference::config_difference;
pub use driver::{prepare, survey};
pub use error::{Failure, PrepareError};
pub use job::{Finished, PrepareJob, Progress, Times};
pub use merge::{MergeError, merge};
pub use plan::{Plan, plan};
pub use quality::duplicates::Duplicates;
pub use quality::near::NearDuplicates;
pub use quality::report::{DROP_LIST, Quality, Wrapped};
pub use quality::unknown::Unknown;
pub use records::task_drops;
