//! Runs pre-training: steps, evaluations, checkpoints and metrics.
//!
//! [`train()`] trains a [`Run`] from its start or its newest checkpoint, reports [`Progress`] through a channel, and returns
//! a [`Summary`]. Section numbers such as §5 are those of `docs/method.md`.
//!
//! | file | what it gives |
//! | --- | --- |
//! | `train.rs` | the loop: learning rate, step, statistics, metrics, evaluation, checkpoint |
//! | `run.rs`, `options.rs` | the inputs and settings of a run ([`Run`], [`TrainOptions`]) |
//! | `start.rs` | the state that a run starts with |
//! | `together.rs` | how a run is divided among processes that train together |
//! | `step.rs`, `flops.rs` | one step ([`training_step`]), and how many floating-point operations it needs |
//! | `evaluate.rs` | the metrics of a model on held-out examples ([`evaluate()`]) |
//! | `state.rs`, `snapshot.rs` | the state of a run between two steps, and a copy of it |
//! | `checkpoint.rs`, `saver.rs` | the checkpoints of a run ([`Checkpoints`]), written in the background |
//! | `journal.rs` | what a run writes and reports: `metrics.rs`, `timing.rs`, `progress.rs` |
//!
//! One step of a small model, without a run around it:
//!
//! ```
//! use dataset::{Batch, StepBatch};
//! use model::{BertConfig, BertForPreTraining};
//! use optimizer::{Optimizer, OptimizerName, OptimizerOptions, OptimizerState, learning_rate};
//! use trainer::training_step;
//!
//! let device = device::by_name("flex")?.autodiff();
//! let config = BertConfig { num_attention_heads: 2, ..BertConfig::new(50, 2, 16) };
//! let model = BertForPreTraining::new(&config, &device, 42)?;
//!
//! // Two examples of five pieces. The second piece of each is masked; the second example is swapped.
//! let batch = Batch {
//!     n_examples: 2,
//!     length: 5,
//!     input_ids: vec![2, 7, 8, 9, 3, 2, 5, 6, 7, 3],
//!     segment_ids: vec![0; 10],
//!     lengths: vec![5, 5],
//!     masked_indices: vec![1, 6],
//!     masked_labels: vec![10, 11],
//!     order_labels: vec![0, 1],
//!     ..Batch::default()
//! };
//! let batch = StepBatch::new(1, 0, vec![batch]);
//!
//! let optimizer = Optimizer::new(OptimizerOptions {
//!     name: OptimizerName::Adamw,
//!     peak_rate: 1e-3,
//!     warmup_steps: 10,
//!     beta1: 0.9,
//!     beta2: 0.999,
//!     epsilon: 1e-6,
//!     momentum: None,
//!     weight_decay: 0.01,
//!     clip_norm: 1.0,
//! });
//! let mut state = OptimizerState::default();
//! let rate = learning_rate(batch.step, 1e-3, 10, 100);
//! let (model, stats) = training_step(model, &batch, &optimizer, &mut state, rate)?;
//! let [masked_loss, order_loss] = stats.read().losses;
//! // An untrained model is about as good as guessing.
//! assert!((masked_loss - 50_f64.ln()).abs() < 0.2 && (order_loss - 2_f64.ln()).abs() < 0.2);
//! # let _ = model;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoint;
mod error;
mod evaluate;
mod flops;
mod journal;
mod metrics;
mod options;
mod progress;
mod run;
mod saver;
mod settings;
mod snapshot;
mod start;
mod state;
mod step;
mod timing;
mod together;
mod train;

pub use checkpoint::Checkpoints;
pub use error::TrainerError;
pub use evaluate::{Evaluation, KindCounts, evaluate, kinds};
pub use flops::step_flops;
pub use options::{ReducePrecision, TrainOptions};
pub use progress::Progress;
pub use run::{Judge, Run, Start, Summary};
pub use settings::{KeyClass, SettingChange, Settings};
pub use step::training_step;
pub use train::train;
