//! Turns shards on disk into batches of plain arrays. Order, boundaries and masks are drawn when an example is read.
//!
//! The seed, the shards and the number of a step determine its examples. Threads, micro-batches, devices and restarts do not
//! matter. Section numbers such as §3.3 are those of `docs/method.md`.
//!
//! | file | what it gives |
//! | --- | --- |
//! | `folders.rs`, `mixture.rs` | one or several folders of shards → for each position in an epoch, the example there ([`Mixture`]) |
//! | `shuffle.rs` | the order of an epoch ([`EpochOrder`]) |
//! | `dataset.rs` | a position → [`Drawn`], an example with boundary, order and masks; a step → [`StepBatch`] |
//! | `batch.rs`, `step_batch.rs` | examples → the arrays of a [`Batch`]; the micro-batches of a step |
//! | `loader.rs` | steps, drawn ahead on threads ([`Loader`]) |
//! | `held_out.rs`, `unigram.rs` | batches of held-out examples; the unigram baseline |
//! | `export/` | examples for other programs: Parquet, `TFRecord`, Megatron's indexed dataset |
//!
//! ```
//! # use std::sync::{atomic::AtomicBool, mpsc::channel};
//! use std::sync::Arc;
//!
//! use dataset::{Loader, TrainingExamples};
//! use masking::{Masker, ObjectiveName};
//! use segment::Vocabulary;
//! use shard::{ShardSet, Split};
//! use sop::PairObjective;
//!
//! # let home = tempfile::tempdir()?;
//! # std::fs::write(home.path().join("a.txt"), "天气好。我们去。天气好。\n\n".repeat(10))?;
//! # let folder = &home.path().join("shards");
//! let vocabulary = Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n天\n气\n好\n我\n们\n去\n。\n")?;
//! let vocabulary = Arc::new(vocabulary);
//! # prepare::prepare(
//! #     &prepare::PrepareJob {
//! #         corpus: &corpus::Corpus::open(home.path(), &corpus::CorpusOptions::of("a.txt"))?,
//! #         segmenter: &segment::Segmenter::new(&vocabulary, &segment::SegmentOptions::default())?,
//! #         table: None,
//! #         function_words: &synonym::FunctionWords::default(),
//! #         examples: &sop::ExampleOptions { max_length: 128, short_share: 0.0 },
//! #         pairs: PairObjective::Sop,
//! #         held_out_share: 0.0,
//! #         seed: 1,
//! #         examples_per_shard: 1000,
//! #         task: None,
//! #         allow_unknown: false,
//! #         near_duplicates: None,
//! #         folder,
//! #         config: serde_json::json!({}),
//! #     },
//! #     &channel().0,
//! #     &AtomicBool::new(false),
//! # )?;
//! // `folder` has the shards of ten documents with this vocabulary: one example of 12 pieces each.
//! let shards = ShardSet::open(folder, Split::Train)?;
//! let masker = Arc::new(Masker::new(ObjectiveName::Wwm.objective(), vocabulary, None)?);
//! let examples = Arc::new(TrainingExamples::new(shards, masker, PairObjective::Sop, 1)?);
//! assert_eq!(examples.len(), 10);
//!
//! // Steps of four examples in micro-batches of two. One loader thread draws them ahead.
//! let mut loader = Loader::start(&examples, 1..=5, 4, 2, 1);
//! let step = loader.next_step()?;
//! let batch = &step.micro_batches[0];
//! assert_eq!((step.micro_batches.len(), batch.n_examples, batch.length), (2, 2, 15));
//! assert_eq!(batch.input_ids.len(), 2 * 15);
//! assert_eq!(step.n_order_labels, 4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batch;
mod dataset;
mod detection;
mod drawn;
mod error;
mod export;
mod folders;
mod held_out;
mod loader;
mod mixture;
mod open;
mod sample;
mod shuffle;
mod step_batch;
mod unigram;

pub use batch::{Batch, NO_ORDER_LABEL};
pub use dataset::TrainingExamples;
pub use detection::detection_without_context;
pub use drawn::Drawn;
pub use error::DatasetError;
pub use export::megatron::{MegatronCounts, megatron_files, write_megatron};
pub use export::parquet::write_parquet;
pub use export::predictions::max_predictions;
pub use export::tfrecord::write_tfrecord;
pub use folders::WeightedShards;
pub use held_out::{EVALUATION_EPOCH, evaluation_batches, part_of_evaluation_batches};
pub use loader::Loader;
pub use mixture::{Location, Mixture};
pub use open::{
    OpenError, WeightedFolder, open_examples, open_masker, open_mixture, open_vocabulary,
};
pub use shuffle::EpochOrder;
pub use step_batch::StepBatch;
pub use unigram::{Baseline, label_counts, unigram_baseline};
