//! Reads checkpoints of TensorFlow 1.x, without TensorFlow.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `find.rs` | the names that people give a checkpoint: prefix, file, folder |
//! | `open.rs` | [`Checkpoint`]: opens an index and reads the bytes of variables |
//! | `table.rs`, `cursor.rs` | the sorted table of keys and values, in blocks with checksums, plain or packed with Snappy |
//! | `bundle.rs`, `slice_key.rs` | the format since TensorFlow 0.12: an index and data files; variables in slices |
//! | `older.rs` | the format before: one file |
//! | `messages.rs`, `data_type.rs`, `variable.rs` | protobuf messages, element types, putting a variable together from its slices |

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
