//! The folder of reference values beside the repository, and its packed files.

use std::fs::File;
use std::path::PathBuf;

use serde_json::Value;

/// The folder of reference values, if it lies beside the repository.
#[expect(clippy::print_stderr, reason = "a test that compares nothing says so")]
pub(crate) fn shared() -> Option<PathBuf> {
    let shared = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    if shared.join("reference/metrics/metrics.json").is_file() {
        return Some(shared);
    }
    eprintln!(
        "nothing compared: no reference values at {}",
        shared.display()
    );
    None
}

/// The expected values of all published evaluation programs.
pub(crate) fn metrics() -> Option<Value> {
    let path = shared()?.join("reference/metrics/metrics.json");
    Some(serde_json::from_reader(File::open(path).unwrap()).unwrap())
}

/// The text of a packed file below the folder.
pub(crate) fn unpacked(path: &str) -> String {
    let file = File::open(shared().unwrap().join(path)).unwrap();
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
