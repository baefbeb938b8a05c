//! The pre-training loop: steps, evaluation, checkpoints and metrics.
//!
//! [`train()`] is the loop: it takes a [`Run`], says how it goes through a channel, and returns a [`Summary`];
//! [`training_step`] is one step of it, [`evaluate()`] what it is judged by.
//! Section numbers such as §5 are those of `docs/method.md`.
//!
//! ```
//! use model::BertConfig;
//! use trainer::{Start, TrainOptions};
//!
//! // A run starts from random weights or from a checkpoint; its options say what cannot be, by the key.
//! let start = Start::Scratch(BertConfig::new(21_128, 4, 256));
//! let options = TrainOptions { steps: 0, ..TrainOptions::for_steps(100) };
//! assert!(options.problem().unwrap().starts_with("train.steps: expected at least 1"));
//! # let _ = start;
//! ```

mod begin;
mod checkpoint;
mod error;
mod evaluate;
mod flops;
mod metrics;
mod options;
mod run;
mod saver;
mod state;
mod step;
mod train;

pub use checkpoint::Checkpoints;
pub use error::TrainerError;
pub use evaluate::{Evaluation, KindCounts, evaluate, kinds};
pub use flops::step_flops;
pub use options::TrainOptions;
pub use run::{Progress, Run, Start, Summary};
pub use state::{RunState, Window};
pub use step::training_step;
pub use train::train;
