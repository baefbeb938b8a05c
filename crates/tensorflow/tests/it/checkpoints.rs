//! Checkpoints that TensorFlow wrote, in all their forms (`tests/data/make_checkpoints.py`).

use std::path::{Path, PathBuf};

use tensorflow::{Checkpoint, DataType};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Opens a form, and returns the bytes of a variable.
fn bytes(form: &str, name: &str) -> Vec<u8> {
    let checkpoint = Checkpoint::open(&data().join(form)).unwrap();
    let variable = checkpoint.variables().iter().find(|one| one.name == name);
    checkpoint.bytes(variable.unwrap()).unwrap()
}

fn floats(first: f32, n: usize) -> Vec<u8> {
    let numbers = (0..n).map(|index| first + index as f32);
    numbers.flat_map(f32::to_le_bytes).collect()
}

#[test]
fn every_form_gives_the_same_variables() {
    for form in ["whole.ckpt", "parts.ckpt", "older.ckpt"] {
        assert_eq!(bytes(form, "word"), floats(0.5, 15), "{form}");
        assert_eq!(bytes(form, "kernel"), floats(100.0, 12), "{form}");
        assert_eq!(bytes(form, "step"), 20_i64.to_le_bytes(), "{form}");
    }
}

#[test]
fn shapes_and_types_are_those_that_were_saved() {
    let checkpoint = Checkpoint::open(&data().join("whole.ckpt")).unwrap();
    let variables = checkpoint.variables().iter();
    let found: Vec<(&str, DataType, &[u64])> = variables
        .map(|one| (&*one.name, one.data_type, &*one.shape))
        .collect();
    let expected: [(&str, DataType, &[u64]); 11] = [
        ("kernel", DataType::Float32, &[3, 4]),
        ("step", DataType::Int64, &[]),
        ("types/bfloat16", DataType::BFloat16, &[2]),
        ("types/bool", DataType::Bool, &[2]),
        ("types/double", DataType::Float64, &[2]),
        ("types/empty", DataType::Float32, &[0, 3]),
        ("types/half", DataType::Float16, &[2]),
        ("types/int32", DataType::Int32, &[2]),
        ("types/text", DataType::String, &[2]),
        ("types/uint8", DataType::UInt8, &[2]),
        ("word", DataType::Float32, &[5, 3]),
    ];
    assert_eq!(found, expected);
    assert_eq!(
        bytes("whole.ckpt", "types/bfloat16"),
        [0xc0, 0x3f, 0x20, 0xc0]
    );
    assert_eq!(bytes("whole.ckpt", "types/half"), [0x00, 0x3e, 0x00, 0xc1]);
    assert_eq!(bytes("whole.ckpt", "types/bool"), [1, 0]);
    assert!(bytes("whole.ckpt", "types/empty").is_empty());
    let text = checkpoint
        .variables()
        .iter()
        .find(|one| one.name == "types/text");
    let error = checkpoint.bytes(text.unwrap()).unwrap_err().to_string();
    assert!(error.contains("types/text"), "{error}");
}
