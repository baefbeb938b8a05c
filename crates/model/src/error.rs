//! What can go wrong with a model: its config, and the files of a checkpoint.

use std::path::{Path, PathBuf};

/// Why a model could not be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A config describes no BERT that this crate computes.
    #[error("`{key}` of the model's config: {what}")]
    Config {
        /// The key, as in `config.json`.
        key: &'static str,
        /// What was expected and found.
        what: String,
    },
    /// The device's operations multiply in f32 only.
    #[error(
        "train.precision: this device has no bf16; set it to \"f32\", or train on tch:cpu or tch:N"
    )]
    NoBf16,
    /// A field of the model that Hugging Face has no name for: it was added to the model, and not to the table of names.
    #[error("the model's parameter `{path}` has no Hugging Face name")]
    UnnamedParameter {
        /// The path of fields.
        path: String,
    },
    /// `config.json` is no config.
    #[error("{}: not a model's config: {source}", path.display())]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// Line, column and cause.
        source: serde_json::Error,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A folder without any of the files that hold weights.
    #[error("{}: no weights here; expected one of model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json", folder.display())]
    NoWeights {
        /// The folder.
        folder: PathBuf,
    },
    /// A file that breaks its own format.
    #[error("{}: damaged or not a checkpoint: {what}; fetch or copy the file again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        what: String,
    },
    /// A file of tensors none of which belongs to a BERT.
    #[error("{}: none of its {n_tensors} tensors belongs to a BERT, the first is `{first}`", path.display())]
    NotBert {
        /// The file.
        path: PathBuf,
        /// Tensors in the file.
        n_tensors: usize,
        /// The first of them, by name.
        first: String,
    },
    /// A decoder with weights of its own.
    #[error("{}: `{copy}` differs from `{original}`; the model here ties them", path.display())]
    Untied {
        /// The file.
        path: PathBuf,
        /// The parameter, by its name in the file.
        original: String,
        /// What should be equal to it.
        copy: String,
    },
    /// Two tensors of one file stand for the same parameter.
    #[error("{}: both `{first}` and `{second}` stand for `{parameter}`", path.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The parameter, by its name of today.
        parameter: String,
        /// One of the two names in the file.
        first: String,
        /// The other.
        second: String,
    },
    /// A tensor of another shape than the config makes it.
    #[error("{}: `{name}` has shape {found:?}, the config makes it {expected:?}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor, by its name in the file.
        name: String,
        /// Shape by the config.
        expected: Vec<usize>,
        /// Shape in the file.
        found: Vec<usize>,
    },
    /// A tensor whose elements are no floating-point numbers that fit into f32.
    #[error("{}: `{name}` holds {found}, expected F32, F16 or BF16", path.display())]
    ElementType {
        /// The file.
        path: PathBuf,
        /// The tensor, by its name in the file.
        name: String,
        /// Its element type.
        found: String,
    },
}

impl ModelError {
    pub(crate) fn config(key: &'static str, what: String) -> Self {
        Self::Config { key, what }
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io {
            path: path.into(),
            source,
        }
    }

    pub(crate) fn damaged(path: &Path, what: impl std::fmt::Display) -> Self {
        Self::Damaged {
            path: path.into(),
            what: what.to_string(),
        }
    }
}
