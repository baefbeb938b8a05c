//! What can go wrong with an optimizer: the file of its state, and parameters without a name.

use std::path::{Path, PathBuf};

use device::WorldError;
use model::ModelError;

/// An error of an optimizer.
#[derive(Debug, thiserror::Error)]
pub enum OptimizerError {
    /// A parameter of the model has no name.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Another process failed, or is out of reach.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The file of the state could not be read or written.
    #[error("could not write or read {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The state is that of another kind of optimizer.
    #[error(
        "the optimizer's state has {found} for the matrices of the encoder's layers, expected {expected}: muon keeps a momentum, all \
         other optimizers keep two moments; set optimizer.name back, or start a new run from the checkpoint (model.start_from)"
    )]
    OtherKind {
        /// What the state has.
        found: &'static str,
        /// What the optimizer keeps.
        expected: &'static str,
    },
    /// The file of the state does not have its format.
    #[error("the optimizer's state {path} is damaged: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl OptimizerError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}
