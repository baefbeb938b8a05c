//! A TensorFlow checkpoint in the format before 0.12 is refused, or gives variables whose bytes have the sizes of their shapes.
//! Checksums always pass here, and the magic number at the end is always right.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tensorflow::Checkpoint;

const MAGIC: u64 = 0xdb47_7524_8b80_fb57;
/// The most bytes of values that a byte of a file can become: a varint of one byte is a number of eight, and Snappy makes 22
/// bytes of one.
const MOST_BYTES_OF_A_BYTE: usize = 8 * 22;

fuzz_target!(|bytes: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), [bytes, &MAGIC.to_le_bytes()].concat()).expect("written");
    let Ok(checkpoint) = Checkpoint::open(file.path()) else {
        return;
    };
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
    assert!(n_bytes <= bytes.len() * MOST_BYTES_OF_A_BYTE);
});
