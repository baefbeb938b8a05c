//! Shards to batches: epoch order, borders and masks drawn when read.
//!
//! A step's examples follow from (seed, shards, step) alone: not from threads, micro-batches, devices or restarts.
//! Section numbers such as §3.3 are those of `docs/method.md`.
//!
//! ```
//! use batch::EpochOrder;
//!
//! // Every epoch has every example once, in an order of its own that is computed place by place.
//! let order = |epoch| (0..5).map(|place| EpochOrder::new(1, epoch, 5).example(place)).collect::<Vec<_>>();
//! let mut first = order(0);
//! assert_ne!(first, order(1));
//! first.sort_unstable();
//! assert_eq!(first, [0, 1, 2, 3, 4]);
//! ```

mod arrays;
mod evaluation;
mod export;
mod loader;
mod mixture;
mod order;
mod record;
mod source;
mod unigram;

pub use arrays::{Batch, Drawn};
pub use evaluation::{EVALUATION_EPOCH, evaluation_batches};
pub use export::ExportError;
pub use export::megatron::{MegatronCounts, write_megatron};
pub use export::parquet::write_parquet;
pub use export::tfrecord::{max_predictions, write_tfrecord};
pub use loader::{Loader, LoaderError};
pub use mixture::{Mixed, Mixture};
pub use order::EpochOrder;
pub use record::framed_record;
pub use source::{ExampleSourceError, StepBatch, TrainingExamples};
pub use unigram::{Baseline, label_counts, unigram_baseline};
