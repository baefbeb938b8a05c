//! Shards to batches: epoch order, borders and masks drawn when read.
//!
//! A step's examples follow from (seed, shards, step) alone: not from threads, micro-batches, devices or restarts.

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
