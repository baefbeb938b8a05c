//! An index of a TensorFlow checkpoint is refused, or gives variables inside the data files, whose bytes have the sizes of
//! their shapes. Checksums always pass here, and the magic number at the end is always right.
#![no_main]

use std::sync::LazyLock;

use fuzz::checkpoints::{n_bytes_of_variables, with_magic};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use tensorflow::Checkpoint;

const DATA_BYTES: usize = 4096;
const DATA_FILES: [&str; 3] = ["00000-of-00001", "00000-of-00002", "00001-of-00002"];

/// A folder with data files; every run writes its own index.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in DATA_FILES {
        let path = folder.path().join(format!("x.ckpt.data-{name}"));
        std::fs::write(path, [0; DATA_BYTES]).expect("written");
    }
    folder
});

fuzz_target!(|bytes: &[u8]| {
    let index = FOLDER.path().join("x.ckpt.index");
    std::fs::write(&index, with_magic(bytes)).expect("written");
    let Ok(checkpoint) = Checkpoint::open(&index) else {
        return;
    };
    assert!(n_bytes_of_variables(&checkpoint) <= DATA_FILES.len() * DATA_BYTES);
});
