//! Updates a model: sums and clips gradients, applies `AdamW`, LAMB or Muon, and reports the statistics of each step.
//!
//! Everything here works on any model whose parameters have names ([`model::Named`]), so pre-training and fine-tuning can
//! share it. The rules are those of `docs/method.md` §5.
//!
//! | file | what it gives |
//! | --- | --- |
//! | `options.rs` | the section `[optimizer]` of a config: [`OptimizerOptions`] |
//! | `schedule.rs` | the learning rate of a step: [`learning_rate`] |
//! | `gradients.rs`, `norm.rs` | [`Gradients`] of a step, summed over its micro-batches, and their global norm |
//! | `all_reduce.rs` | the sum of gradients over several processes |
//! | `optimizer.rs` | [`Optimizer::step`], one update: norm, clip, skip, apply |
//! | `update.rs` | the formulas, on any device |
//! | `muon.rs` | the formula of Muon for matrices, on any device |
//! | `host.rs`, `libtorch.rs` | the same formulas, faster, for the pure-Rust device and for LibTorch's devices |
//! | `state.rs` | [`OptimizerState`]: moments, momenta and the number of updates; reads and writes them as a file |
//! | `step_stats.rs` | [`StepStats`]: losses and gradient norm, read from the device for many steps at once |
//!
//! One update of a model with two parameters, by `AdamW`:
//!
//! ```
//! use burn::module::{Module, Param};
//! use burn::tensor::{Device, Tensor};
//! use model::Named;
//! use optimizer::{Gradients, Optimizer, OptimizerName, OptimizerOptions, OptimizerState, learning_rate};
//!
//! /// y = w · x + b.
//! #[derive(Module, Debug)]
//! struct Line {
//!     weight: Param<Tensor<1>>,
//!     bias: Param<Tensor<1>>,
//! }
//!
//! impl Named for Line {
//!     fn hugging_face_name(path: &str) -> Option<String> {
//!         Some(format!("line.{path}")) // `line.bias` has no weight decay, because it is a bias
//!     }
//! }
//!
//! let device = Device::flex().autodiff();
//! let model = Line {
//!     weight: Param::from_data([2.0_f32, -1.0], &device),
//!     bias: Param::from_data([0.5_f32], &device),
//! };
//! let optimizer = Optimizer::new(OptimizerOptions {
//!     name: OptimizerName::Adamw,
//!     peak_rate: 0.1,
//!     warmup_steps: 2,
//!     beta1: 0.9,
//!     beta2: 0.999,
//!     epsilon: 1e-6,
//!     momentum: None,
//!     weight_decay: 0.01,
//!     clip_norm: 1.0,
//! });
//! let mut state = OptimizerState::default();
//!
//! // The squared error of the prediction 2 · 3 − 1 · 1 + 0.5 = 5.5; 4.5 was right.
//! let x = Tensor::<1>::from_data([3.0_f32, 1.0], &device);
//! let error = (model.weight.val() * x).sum() + model.bias.val() - 4.5;
//! let loss = error.clone() * error;
//!
//! let mut gradients = Gradients::default();
//! gradients.add(&loss, &model)?;
//! let rate = learning_rate(1, 0.1, 2, 10); // step 1 of 10, two of which are warm-up
//! let losses = [loss.without_autodiff()];
//! let (model, stats) = optimizer.step(model, gradients, losses, rate, &mut state)?;
//!
//! let stats = stats.read();
//! assert!((stats.losses[0] - 1.0).abs() < 1e-6 && !stats.skipped);
//! assert!((stats.gradient_norm - 44_f64.sqrt()).abs() < 1e-5); // of the gradient (6, 2) and 2, before clipping
//! assert_eq!(state.n_updates(), 1);
//! // The first update of AdamW moves each parameter by about the learning rate, against its gradient.
//! let bias = model.bias.val().into_scalar::<f32>();
//! assert!((bias - (0.5 - rate as f32)).abs() < 1e-4);
//! # Ok::<(), optimizer::OptimizerError>(())
//! ```

mod all_reduce;
mod error;
mod gradients;
mod host;
#[cfg(feature = "tch")]
mod libtorch;
mod muon;
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
pub use schedule::{Schedule, learning_rate};
pub use state::{MomentsSnapshot, OptimizerState};
pub use step_stats::{MeasuredStep, PendingSteps, QueuedStats, StepStats};
