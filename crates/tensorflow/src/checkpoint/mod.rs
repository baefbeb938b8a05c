//! Reads checkpoints of TensorFlow 1.x, without TensorFlow.

mod bundle;
mod cursor;
mod data_type;
mod error;
mod find;
mod messages;
mod older;
mod open;
mod slice_key;
mod table;
mod variable;

pub use data_type::DataType;
pub use error::CheckpointError;
pub use find::{checkpoint_file, data_files};
pub use open::Checkpoint;
pub use variable::Variable;
