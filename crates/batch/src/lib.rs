//! Shards to batches: epoch order, borders and masks drawn when read.
//!
//! A step's examples follow from (seed, shards, step) alone: not from threads, micro-batches, devices or restarts.
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
mod examples_parquet;
mod loader;
mod order;
mod source;
mod unigram;

pub use arrays::{Batch, Drawn};
pub use evaluation::{EVALUATION_EPOCH, evaluation_batches};
pub use examples_parquet::{ExportError, write_examples};
pub use loader::{Loader, LoaderError};
pub use order::EpochOrder;
pub use source::{ExampleSourceError, StepBatch, TrainingExamples};
pub use unigram::{Baseline, label_counts, unigram_baseline};
