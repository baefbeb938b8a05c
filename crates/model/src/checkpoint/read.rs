//! Reads a checkpoint into a model, with a report of what the files held.

use std::fmt;
use std::path::{Path, PathBuf};

use burn::tensor::Device;

use super::locate::{read_config, weight_files};
use super::stored::ElementType;
use super::tensors::{StoredTensors, open};
use crate::config::BertConfig;
use crate::error::ModelError;
use crate::initialise::initial_values;
use crate::names;
use crate::parameters::fill;
use crate::pretraining::BertForPreTraining;

/// A model that was read from a checkpoint.
#[derive(Debug)]
pub struct Loaded {
    /// The model.
    pub model: BertForPreTraining,
    /// The content of `config.json`.
    pub config: BertConfig,
    /// What the files held.
    pub report: LoadReport,
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
    /// Tensors that are expected and not needed: copies of tied parameters, and stored position ids.
    pub passed_over: Vec<String>,
    /// Parameters widened to f32 from f16 or bf16.
    pub widened: Vec<String>,
}

impl LoadReport {
    /// Whether every parameter was found.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} parameters found", self.found.len())?;
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

/// Reads a checkpoint from a folder, or from a file with `config.json` beside it.
///
/// It reads every form that Hugging Face has had: safetensors or pickle, whole or in parts, with and without heads, with
/// `gamma` and `beta`. Parameters that the files lack are drawn from `seed`, as [`BertForPreTraining::new`] draws them.
pub fn load(folder_or_file: &Path, device: &Device, seed: u64) -> Result<Loaded, ModelError> {
    let config = read_config(folder_or_file)?;
    let files = weight_files(folder_or_file)?;
    let mut tensors = open(&files)?;
    let mut report = LoadReport {
        files,
        ..LoadReport::default()
    };
    pass_over(&mut tensors, &mut report)?;
    let model = BertForPreTraining::zeros(&config, device);
    let model = fill(model, device, &mut |name, shape| {
        let Some(tensor) = tensors.remove(name) else {
            report.missing.push(name.to_owned());
            return Ok(initial_values(name, shape, config.initializer_range, seed));
        };
        tensor.check_shape(shape)?;
        if tensor.element_type != Ok(ElementType::F32) {
            report.widened.push(name.to_owned());
        }
        report.found.push(name.to_owned());
        tensor.values()
    })?;
    report.unexpected = tensors.into_values().map(|tensor| tensor.name).collect();
    finish(&mut report)?;
    Ok(Loaded {
        model,
        config,
        report,
    })
}

/// Takes out buffers and copies of tied parameters. A copy without its original takes the place of the original. A copy that
/// differs from its original belongs to another kind of model, and is an error.
fn pass_over(tensors: &mut StoredTensors, report: &mut LoadReport) -> Result<(), ModelError> {
    let extra = |name: &&String| names::is_buffer(name) || names::tied_to(name).is_some();
    let extra: Vec<String> = tensors.keys().filter(extra).cloned().collect();
    for name in extra {
        let tensor = tensors
            .remove(&name)
            .expect("the name was taken from there");
        let Some(original) = names::tied_to(&name) else {
            report.passed_over.push(name);
            continue;
        };
        match tensors.get(original) {
            None => {
                tensors.insert(original.to_owned(), tensor);
            }
            Some(tied) if tied.shape == tensor.shape && tied.values()? == tensor.values()? => {
                report.passed_over.push(name);
            }
            Some(tied) => {
                return Err(ModelError::Untied {
                    path: tensor.path,
                    original: tied.name.clone(),
                    copy: tensor.name,
                });
            }
        }
    }
    Ok(())
}

/// Sorts the names, and refuses a checkpoint of which nothing was found.
fn finish(report: &mut LoadReport) -> Result<(), ModelError> {
    for names in [
        &mut report.found,
        &mut report.missing,
        &mut report.unexpected,
        &mut report.widened,
    ] {
        names.sort_unstable();
    }
    if report.found.is_empty() {
        return Err(ModelError::NotBert {
            path: report.files.first().cloned().unwrap_or_default(),
            n_tensors: report.unexpected.len(),
            first: report.unexpected.first().cloned().unwrap_or_default(),
        });
    }
    Ok(())
}
