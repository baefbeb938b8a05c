//! What can go wrong with an optimizer: its state's file, and parameters without a name.

use std::path::{Path, PathBuf};

use model::ModelError;

/// What went wrong with an optimizer.
#[derive(Debug, thiserror::Error)]
pub enum OptimizerError {
    /// A parameter of the model has no name.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The file of the state could not be read or written.
    #[error("could not write or read {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file of the state breaks its format.
    #[error("the optimizer's state {path} is damaged: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        reason: String,
    },
}

impl OptimizerError {
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::File { path, source }
    }
}
