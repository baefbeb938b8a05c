//! Gradients, their norm and clipping, `AdamW`, LAMB, the learning rate, and what a step came to.
//!
//! Everything here works on any model whose parameters have Hugging Face's names ([`model::Named`]): pre-training and
//! fine-tuning share it. The rules are those of `docs/method.md` §5.
//!
//! | file | what |
//! | --- | --- |
//! | `gradients.rs` | gradients of a step, summed over its micro-batches |
//! | `norm.rs` | their global norm |
//! | `optimizer.rs` | one update: clip, skip, apply |
//! | `update.rs` | the formulas, on any device |
//! | `host.rs`, `libtorch.rs` | the same formulas for the pure-Rust device and for LibTorch's |
//! | `state.rs` | moments and the number of updates, and their file |
//! | `schedule.rs` | the learning rate of a step |
//! | `step_stats.rs` | losses and gradient norm of steps, read from the device many at a time |
//!
//! ```
//! use optimizer::learning_rate;
//!
//! // Warm-up over 3 of 10 steps, counted from 1: the first step already moves the weights.
//! let rates: Vec<f64> = (1..=4).map(|step| learning_rate(step, 0.3, 3, 10)).collect();
//! assert!((rates[0] - 0.1).abs() < 1e-12 && (rates[2] - 0.3).abs() < 1e-12 && rates[3] < rates[2]);
//! ```

mod error;
mod gradients;
mod host;
#[cfg(feature = "tch")]
mod libtorch;
mod norm;
mod optimizer;
mod options;
mod schedule;
mod state;
mod step_stats;
#[cfg(test)]
mod tests;
mod update;

pub use error::OptimizerError;
pub use gradients::Gradients;
pub use optimizer::Optimizer;
pub use options::{OptimizerName, OptimizerOptions};
pub use schedule::learning_rate;
pub use state::{MomentsSnapshot, OptimizerState};
pub use step_stats::{PendingSteps, QueuedStats, StepStats};
