//! Shards to batches: epoch order, boundaries and masks drawn when read.
//!
//! A step's examples follow from (seed, shards, step) alone: not from threads, micro-batches, devices or restarts.
//! Section numbers such as §3.3 are those of `docs/method.md`.
//!
//! ```
//! use dataset::EpochOrder;
//!
//! // Every epoch has every example once, in an order of its own that is computed place by place.
//! let order = |epoch| (0..5).map(|place| EpochOrder::new(1, epoch, 5).example(place)).collect::<Vec<_>>();
//! let mut first = order(0);
//! assert_ne!(first, order(1));
//! first.sort_unstable();
//! assert_eq!(first, [0, 1, 2, 3, 4]);
//! ```

mod batch;
mod dataset;
mod export;
mod held_out;
mod loader;
mod mixture;
mod open;
mod shuffle;
mod unigram;

pub use batch::{Batch, Drawn};
pub use dataset::{ExampleSourceError, StepBatch, TrainingExamples};
pub use export::ExportError;
pub use export::megatron::{MegatronCounts, write_megatron};
pub use export::parquet::write_parquet;
pub use export::tfrecord::{max_predictions, write_tfrecord};
pub use held_out::{EVALUATION_EPOCH, evaluation_batches};
pub use loader::{Loader, LoaderError};
pub use mixture::{Mixed, Mixture};
pub use open::{
    OpenError, WeightedFolder, open_examples, open_masker, open_mixture, open_vocabulary,
};
pub use shuffle::EpochOrder;
pub use unigram::{Baseline, label_counts, unigram_baseline};
