//! TensorFlow's file formats: writes records with TensorFlow's "masked" CRC-32C checksums and TensorBoard's event files, and
//! reads checkpoints of TensorFlow 1.x.
//!
//! | file | what it gives |
//! | --- | --- |
//! | `record.rs` | [`framed_record`]: the bytes of a record in a `TFRecord` file |
//! | `checkpoint/` | [`Checkpoint`]: the variables of a checkpoint, whatever its form |
//! | `events.rs` | [`EventWriter`]: writes scalars for TensorBoard, as a file of these records |
//!
//! ```
//! use tensorflow::{EventWriter, Scalar, framed_record};
//!
//! // Length, checksum of the length, bytes, checksum of the bytes.
//! let record = framed_record("语言模型".as_bytes());
//! assert_eq!(record.len(), 8 + 4 + 12 + 4);
//!
//! let folder = tempfile::tempdir()?;
//! let mut events = EventWriter::create(folder.path(), 0)?;
//! let loss = Scalar { tag: "train/masked_loss".to_owned(), value: 9.9 };
//! events.scalars(1, [loss])?; // `tensorboard --logdir FOLDER` shows it
//! assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
//! # Ok::<(), std::io::Error>(())
//! ```

mod checkpoint;
mod events;
mod record;

pub use checkpoint::{
    Checkpoint, CheckpointError, DataType, Variable, checkpoint_file, data_files,
};
pub use events::{EventWriter, Scalar};
pub use record::framed_record;
