//! What a checkpoint held: the report of a load.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Embeddings with more rows than the vocabulary has pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaddedRows {
    /// The number of rows in the file.
    pub rows: usize,
    /// The number of pieces: the rows that the model has.
    pub n_pieces: usize,
}

/// What a checkpoint held. All names are today's names of Hugging Face, sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadReport {
    /// The files that were read.
    pub files: Vec<PathBuf>,
    /// Parameters that the files have.
    pub found: Vec<String>,
    /// Parameters that the files lack. They were drawn from the seed.
    pub missing: Vec<String>,
    /// Tensors that are not parameters of this model, by their names in the file.
    pub unexpected: Vec<String>,
    /// Layers of the file that the config does not have, with their numbers of tensors.
    pub surplus_layers: Vec<String>,
    /// Tensors that are expected and not needed: copies of tied parameters, and stored position ids.
    pub passed_over: Vec<String>,
    /// Parameters widened to f32 from f16 or bf16.
    pub widened: Vec<String>,
    /// What was taken off the names of the file, such as `module.`; empty if nothing was.
    pub prefix: String,
    /// The padding that was left out.
    pub padded: Option<PaddedRows>,
    /// How many tensors of a TensorFlow checkpoint belong to the optimizer, by their kind: `adam_m`, `adam_v`,
    /// `global_step`. They were left out.
    pub optimizer: BTreeMap<String, usize>,
}

impl LoadReport {
    /// Whether every parameter was found.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// The tensors of the optimizer that were left out: `46 adam_m, 46 adam_v, 1 global_step`.
    pub fn left_out(&self) -> String {
        let kinds = self.optimizer.iter();
        let kinds: Vec<String> = kinds.map(|(kind, n)| format!("{n} {kind}")).collect();
        kinds.join(", ")
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} parameters found", self.found.len())?;
        if !self.prefix.is_empty() {
            write!(f, "\ntaken off the names: {}", self.prefix)?;
        }
        if !self.optimizer.is_empty() {
            write!(
                f,
                "\ntensors of the optimizer left out: {}",
                self.left_out()
            )?;
        }
        if let Some(PaddedRows { rows, n_pieces }) = self.padded {
            write!(
                f,
                "\n{rows} rows of the embeddings for {n_pieces} pieces, the rest left out"
            )?;
        }
        for (what, names) in [
            ("missing, drawn anew", &self.missing),
            ("unexpected", &self.unexpected),
            ("passed over", &self.passed_over),
            ("widened to f32", &self.widened),
        ] {
            if !names.is_empty() {
                write!(f, "\n{} {what}: {}", names.len(), names.join(", "))?;
            }
        }
        Ok(())
    }
}
