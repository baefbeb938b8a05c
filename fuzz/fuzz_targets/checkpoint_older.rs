//! A TensorFlow checkpoint in the format before 0.12 is refused, or gives variables whose bytes have the sizes of their shapes.
//! Checksums always pass here, and the magic number at the end is always right.
#![no_main]

use fuzz::checkpoints::{n_bytes_of_variables, with_magic};
use libfuzzer_sys::fuzz_target;
use tensorflow::Checkpoint;

/// The most bytes of values that a byte of a file can become: a varint of one byte is a number of eight, and Snappy makes 22
/// bytes of one.
const MOST_BYTES_OF_A_BYTE: usize = 8 * 22;

fuzz_target!(|bytes: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), with_magic(bytes)).expect("written");
    let Ok(checkpoint) = Checkpoint::open(file.path()) else {
        return;
    };
    assert!(n_bytes_of_variables(&checkpoint) <= bytes.len() * MOST_BYTES_OF_A_BYTE);
});
