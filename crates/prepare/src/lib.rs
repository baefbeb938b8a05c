//! The parallel driver from documents to shards.
//!
//! Documents are read in order, cut into sentences, units and examples by all cores a chunk at a time, and written in
//! order: the shards are the same bytes for any number of threads. While a chunk is cut, the next ones are read and the
//! ones before are written. Memory is bounded by so few chunks of text ([`CHUNK_BYTES`], [`CHUNK_DOCUMENTS`]), what
//! their examples take, and the longest document.
//!
//! Section numbers such as §6 are those of `docs/method.md`.
//!
//! ```
//! # use std::sync::{Arc, atomic::AtomicBool, mpsc::channel};
//! use corpus::{Corpus, CorpusOptions};
//! use prepare::{PrepareJob, prepare};
//! use segment::{SegmentOptions, Segmenter, Vocabulary};
//! use shard::{ShardSet, Split};
//! use sop::ExampleOptions;
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
//!     held_out_share: 0.0,
//!     seed: 1,
//!     examples_per_shard: 1000,
//!     task: None,
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
mod sink;
mod task;

pub use difference::config_difference;
pub use driver::{prepare, survey};
pub use error::PrepareError;
pub use job::{Finished, PrepareJob, Progress, Times};
pub use merge::{MergeError, merge};
pub use plan::{Plan, plan};
pub use quality::{DROP_LIST, Duplicates, NearDuplicates, QUALITY, Quality, Unknown, Wrapped};

/// Text that is worked on at once, in bytes; a document larger than that is a chunk of its own.
pub const CHUNK_BYTES: usize = 8 << 20;
/// The most documents that are worked on at once.
pub const CHUNK_DOCUMENTS: usize = 4096;
