//! Exports of examples for other training programs: with fixed masks, or as unmasked sentences.

mod draw;
pub(crate) mod megatron;
pub(crate) mod parquet;
pub(crate) mod predictions;
pub(crate) mod tfrecord;
