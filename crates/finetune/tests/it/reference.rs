//! The folder of reference values beside the repository, and its packed files.

use std::fs::File;

use fixtures::beside;
use serde_json::Value;

/// The expected values of all published evaluation programs.
pub(crate) fn metrics() -> Option<Value> {
    let path = beside("reference/metrics/metrics.json")?;
    Some(serde_json::from_reader(File::open(path).unwrap()).unwrap())
}

/// The text of a packed file below the folder.
pub(crate) fn unpacked(path: &str) -> String {
    let file = File::open(beside(path).unwrap()).unwrap();
    String::from_utf8(zstd::decode_all(file).unwrap()).unwrap()
}

/// The strings of an array.
pub(crate) fn strings(value: &Value) -> Vec<&str> {
    let items = value.as_array().unwrap().iter();
    items.map(|item| item.as_str().unwrap()).collect()
}

/// Compares a number to 1e-9.
#[track_caller]
pub(crate) fn assert_close(found: f64, expect: &Value, what: &str) {
    let expect = expect.as_f64().unwrap();
    assert!(
        (found - expect).abs() < 1e-9,
        "{what}: {found}, expected {expect}"
    );
}
