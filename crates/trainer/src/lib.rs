//! Devices, optimisers, schedule, the training loop, evaluation and checkpoints.
//!
//! [`train()`] is the loop: it takes a [`Run`], says how it goes through a channel, and returns a [`Summary`];
//! [`training_step`] is one step of it, [`evaluate()`] what it is judged by, [`restore()`] what a model makes of a line.
//! Section numbers such as §5 are those of `docs/method.md`.
//!
//! ```
//! use trainer::{device, learning_rate};
//!
//! // Warm-up over 3 of 10 steps, counted from 1: the first step moves already.
//! let rates: Vec<f64> = (1..=4).map(|step| learning_rate(step, 0.3, 3, 10)).collect();
//! assert!((rates[0] - 0.1).abs() < 1e-12 && (rates[2] - 0.3).abs() < 1e-12 && rates[3] < rates[2]);
//!
//! let refused = device("gpu").unwrap_err().to_string();
//! assert!(refused.contains("there are flex, tch:cpu, tch:0, cuda:0, vulkan:0"));
//! ```

mod begin;
mod checkpoint;
mod device;
mod error;
mod evaluate;
mod figures;
mod flops;
mod memory;
mod metrics;
mod optimizer;
mod options;
mod process;
mod restore;
mod run;
mod saver;
mod schedule;
mod state;
mod step;
mod tensorboard;
mod train;

pub use checkpoint::Checkpoints;
pub use device::{DeviceChoice, device, known_devices, libtorch_gpus};
pub use error::TrainerError;
pub use evaluate::{Evaluation, KindCounts, evaluate, kinds};
pub use figures::{Figures, Step};
pub use flops::step_flops;
pub use optimizer::{Optimizer, OptimizerState};
pub use options::{OptimizerName, OptimizerOptions, TrainOptions};
pub use process::settle;
pub use restore::{Restoration, restore};
pub use run::{Progress, Run, Start, Summary};
pub use schedule::learning_rate;
pub use state::{RunState, Window};
pub use step::training_step;
pub use train::train;
