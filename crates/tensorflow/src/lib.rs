//! TensorFlow's file forms: records with masked checksums, and TensorBoard's event files.
//!
//! ```
//! // A `TFRecord` file is such records end to end: length, checksum, bytes, checksum.
//! let record = tensorflow::framed_record("语言模型".as_bytes());
//! assert_eq!(record.len(), 8 + 4 + 12 + 4);
//! ```

mod events;
mod record;

pub use events::EventWriter;
pub use record::framed_record;
