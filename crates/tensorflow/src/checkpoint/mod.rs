//! Reads checkpoints of TensorFlow 1.x, without TensorFlow.

mod bundle;
mod cursor;
mod data_type;
mod error;
mod messages;
mod older;
mod open;
mod slice_key;
mod table;
mod variable;

pub use data_type::DataType;
pub use error::CheckpointError;
pub use open::{Checkpoint, checkpoint_file};
pub use variable::Variable;
