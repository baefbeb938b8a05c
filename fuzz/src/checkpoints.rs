//! Checkpoints of TensorFlow 1.x: a valid end of a table, and the check of what a checkpoint gives.

use tensorflow::Checkpoint;

/// The last eight bytes of a table.
const MAGIC: u64 = 0xdb47_7524_8b80_fb57;

/// Returns a table's bytes with the magic number at their end, so that the rest is read.
pub fn with_magic(bytes: &[u8]) -> Vec<u8> {
    [bytes, &MAGIC.to_le_bytes()].concat()
}

/// Reads all variables and returns their number of bytes. The bytes of a variable must have the size of its shape; a variable
/// that is refused has none.
pub fn n_bytes_of_variables(checkpoint: &Checkpoint) -> usize {
    let mut n_bytes = 0;
    for variable in checkpoint.variables() {
        let Ok(bytes) = checkpoint.bytes(variable) else {
            continue;
        };
        n_bytes += bytes.len();
        let n_elements: u64 = variable.shape.iter().product();
        let expected = n_elements * variable.data_type.n_bytes().expect("a type of known size");
        assert_eq!(bytes.len() as u64, expected, "{}", variable.name);
    }
    n_bytes
}
