//! Devices, optimisers, schedule, the training loop, evaluation and checkpoints.

mod checkpoint;
mod device;
mod error;
mod evaluate;
mod metrics;
mod optimizer;
mod options;
mod restore;
mod schedule;
mod step;
mod tensorboard;
mod train;

pub use checkpoint::{Checkpoints, RunState};
pub use device::{DeviceChoice, device, known_devices};
pub use error::TrainerError;
pub use evaluate::{Evaluation, KindCounts, evaluate, kinds};
pub use optimizer::{Optimizer, OptimizerState, Update};
pub use options::{OptimizerName, OptimizerOptions, TrainOptions};
pub use restore::{Restoration, restore};
pub use schedule::learning_rate;
pub use step::{Step, training_step};
pub use train::{Progress, Run, Start, Summary, train};
