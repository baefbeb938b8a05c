//! A small checkpoint that tests can damage.

use std::path::{Path, PathBuf};

use fixtures::{TensorFlowTensor, tensorflow_checkpoint};
use tensorflow::{Checkpoint, CheckpointError};

pub(crate) const INDEX: &str = "small.ckpt.index";
pub(crate) const DATA: &str = "small.ckpt.data-00000-of-00001";

/// Writes a checkpoint of two tensors, `a` of three and `b` of two by two numbers, and returns its prefix.
pub(crate) fn write(folder: &Path) -> PathBuf {
    let tensor = |name: &str, shape: &[u64], numbers: &[f32]| TensorFlowTensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        bytes: numbers.iter().flat_map(|one| one.to_le_bytes()).collect(),
    };
    let tensors = [
        tensor("a", &[3], &[0.0, 1.0, 2.0]),
        tensor("b", &[2, 2], &[3.0, 4.0, 5.0, 6.0]),
    ];
    tensorflow_checkpoint(folder, "small.ckpt", tensors)
}

/// The bytes of all variables, or the error.
pub(crate) fn read_all(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let read = || -> Result<Vec<Vec<u8>>, CheckpointError> {
        let checkpoint = Checkpoint::open(path)?;
        let variables = checkpoint.variables().iter();
        variables.map(|one| checkpoint.bytes(one)).collect()
    };
    read().map_err(|error| error.to_string())
}
