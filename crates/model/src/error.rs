//! The errors of this crate: in a model's config, and in the files of a checkpoint.

use std::path::{Path, PathBuf};

/// The reason why a model could not be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The config describes a model that this crate does not support.
    #[error("`{key}` of the model's config: {what}")]
    Config {
        /// The key, as in `config.json`.
        key: &'static str,
        /// What was expected, and what was found.
        what: String,
    },
    /// The operations of the device multiply in f32 only.
    #[error(
        "train.precision: this device has no bf16; set it to \"f32\", or train on tch:cpu or tch:N"
    )]
    NoBf16,
    /// A parameter has no Hugging Face name: a field was added to the model, but not to the table of names.
    #[error(
        "the model's parameter `{path}` has no Hugging Face name; add it to the table of names"
    )]
    UnnamedParameter {
        /// The path of fields.
        path: String,
    },
    /// `config.json` is not a config.
    #[error("{}: not a model's config: {what}", path.display())]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column or with the key.
        what: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// There is no config in the folder of the weights.
    #[error("{}: neither config.json nor bert_config.json here; copy the one that belongs to the weights", folder.display())]
    NoConfig {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder has none of the files that hold weights.
    #[error("{}: no weights here; expected one of model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json, or a TensorFlow 1.x checkpoint (PREFIX.index and PREFIX.data-00000-of-00001)", folder.display())]
    NoWeights {
        /// The folder.
        folder: PathBuf,
    },
    /// The weights have a format that this crate does not read.
    #[error("{}: cannot be read, because it holds {format}; {cure}", path.display())]
    Foreign {
        /// A file of this format.
        path: PathBuf,
        /// The format.
        format: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// A checkpoint of TensorFlow 1.x cannot be read.
    #[error(transparent)]
    TensorFlow(#[from] tensorflow::CheckpointError),
    /// Git left a pointer in the place of the file.
    #[error("{}: a Git LFS pointer and not the file itself; install Git LFS and run `git lfs pull`", path.display())]
    Pointer {
        /// The file.
        path: PathBuf,
    },
    /// A file that the index names does not exist.
    #[error("{}: no such file, but {} names it; copy it too", path.display(), index.display())]
    MissingPart {
        /// The file.
        path: PathBuf,
        /// The index.
        index: PathBuf,
    },
    /// A file lacks a tensor that the index says is in it.
    #[error("{}: lacks `{name}`, which {} says is in it; copy both files again", path.display(), index.display())]
    IndexedTensor {
        /// The file.
        path: PathBuf,
        /// The index.
        index: PathBuf,
        /// The name of the tensor.
        name: String,
    },
    /// The file breaks its own format.
    #[error("{}: damaged or not a checkpoint: {what}; fetch or copy the file again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// None of the tensors in the file belongs to a BERT.
    #[error("{}: none of its {n_tensors} tensors belongs to a BERT, the first is `{first}`", path.display())]
    NotBert {
        /// The file.
        path: PathBuf,
        /// The number of tensors in the file.
        n_tensors: usize,
        /// The name of the first tensor.
        first: String,
    },
    /// The file holds several models.
    #[error("{}: holds several models, with names that begin with `{first}` and `{second}`; save the wanted one alone", path.display())]
    SeveralModels {
        /// The file.
        path: PathBuf,
        /// What the names of one model begin with.
        first: String,
        /// What the names of another begin with.
        second: String,
    },
    /// The encoder lacks parameters.
    #[error("{}: the encoder is not whole: it lacks {missing} (the config says num_hidden_layers = {n_layers}); copy the checkpoint again, or correct the config; to draw what is missing at random, ask for it (export --partial, model.partial = true)", path.display())]
    MissingParameters {
        /// The first file.
        path: PathBuf,
        /// The parameters or whole layers.
        missing: String,
        /// The number of layers by the config.
        n_layers: usize,
    },
    /// The file has more layers than the config.
    #[error("{}: the config says num_hidden_layers = {n_layers}, but the file also holds {layers}; correct the config, or ask for the first {n_layers} alone (export --partial, model.partial = true)", path.display())]
    SurplusLayers {
        /// The first file.
        path: PathBuf,
        /// The layers.
        layers: String,
        /// The number of layers by the config.
        n_layers: usize,
    },
    /// The decoder's weight or bias is not tied: it differs from the parameter that it should be equal to.
    #[error("{}: `{copy}` differs from `{original}`, but this model supports only tied weights", path.display())]
    Untied {
        /// The file.
        path: PathBuf,
        /// The name of the parameter in the file.
        original: String,
        /// The name of the tensor that should be equal to it.
        copy: String,
    },
    /// Two tensors stand for the same parameter.
    #[error("{}: both `{first}` and `{second}` stand for `{parameter}`", path.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The parameter's current name in Hugging Face.
        parameter: String,
        /// The name of one tensor in the file.
        first: String,
        /// The name of the other.
        second: String,
    },
    /// The shape of a tensor is not the one that follows from the config.
    #[error("{}: `{name}` has shape {found:?}, expected {expected:?} by the config", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The name of the tensor in the file.
        name: String,
        /// The shape that follows from the config.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// The elements of a tensor are not floating-point numbers that fit into f32.
    #[error("{}: `{name}` holds {found}, expected F32, F16 or BF16", path.display())]
    ElementType {
        /// The file.
        path: PathBuf,
        /// The name of the tensor in the file.
        name: String,
        /// The tensor's element type.
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
