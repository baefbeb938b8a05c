//! Reads a checkpoint into a model, with a report of what the files held.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;

use super::locate::{read_config, weight_files};
use super::report::{LoadReport, PaddedRows};
use super::stored::{ElementType, StoredTensor};
use super::tensors::{StoredTensors, open};
use super::whole::{check, surplus_layers};
use crate::config::{BertConfig, Untrained, check_rows};
use crate::error::ModelError;
use crate::initialise::initial_values;
use crate::names;
use crate::parameters::{Named, fill};
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

/// How a checkpoint is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadOptions {
    /// The seed of the parameters that the files lack.
    pub seed: u64,
    /// The number of pieces of the vocabulary beside the weights. More rows of the embeddings are padding, and are left out.
    /// `None` if the rows are known to be as many as the config says.
    pub n_pieces: Option<usize>,
    /// Whether the encoder may lack parameters, which are then drawn from the seed, or layers that the file has.
    pub partial: bool,
}

/// Reads a checkpoint from a folder, or from a file with `config.json` beside it, as [`load_with`] does. The encoder must be
/// whole, and the embeddings must have as many rows as the config says.
pub fn load(folder_or_file: &Path, device: &Device, seed: u64) -> Result<Loaded, ModelError> {
    let options = LoadOptions {
        seed,
        ..LoadOptions::default()
    };
    load_with(folder_or_file, device, options)
}

/// Reads a checkpoint from a folder, or from a file with `config.json` beside it.
///
/// It reads every form that Hugging Face has had: safetensors or pickle, whole or in parts, with and without heads, with
/// `gamma` and `beta`, and with what training programs put before the names. It also reads checkpoints of TensorFlow 1.x,
/// named by their prefix, by one of their files or by their folder. If the files lack the pooler or the heads, their
/// parameters are drawn from the seed, as [`BertForPreTraining::new`] draws them.
pub fn load_with(
    folder_or_file: &Path,
    device: &Device,
    options: LoadOptions,
) -> Result<Loaded, ModelError> {
    let zeros = |config: &BertConfig| BertForPreTraining::zeros(config, device);
    let (model, config, report) = read_into(folder_or_file, device, options, zeros)?;
    Ok(Loaded {
        model: model.with_untrained(config.untrained_parameters.clone()),
        config,
        report,
    })
}

/// Reads a checkpoint into a model that `zeros` makes. Returns it with its config and what the files held.
pub(super) fn read_into<M: Named>(
    folder_or_file: &Path,
    device: &Device,
    options: LoadOptions,
    zeros: impl FnOnce(&BertConfig) -> M,
) -> Result<(M, BertConfig, LoadReport), ModelError> {
    let mut config = read_config(folder_or_file)?;
    if let Some(n_pieces) = options.n_pieces {
        check_rows(config.vocab_size, n_pieces)?;
        config.vocab_size = n_pieces;
    }
    let weights = weight_files(folder_or_file)?;
    let StoredTensors {
        by_name: mut tensors,
        prefix,
        optimizer,
    } = open(&weights)?;
    let mut report = LoadReport {
        files: weights.files,
        prefix,
        optimizer,
        ..LoadReport::default()
    };
    pass_over(&mut tensors, &mut report)?;
    let model = fill(zeros(&config), device, &mut |name, shape| {
        let Some(tensor) = tensors.remove(name) else {
            report.missing.push(name.to_owned());
            let range = config.initializer_range;
            return Ok(initial_values(name, shape, range, options.seed));
        };
        let values = values(&tensor, name, shape, options, &mut report)?;
        if tensor.element_type != Ok(ElementType::F32) {
            report.widened.push(name.to_owned());
        }
        report.found.push(name.to_owned());
        Ok(values)
    })?;
    report.surplus_layers = surplus_layers(tensors.keys(), &config);
    report.unexpected = tensors.into_values().map(|tensor| tensor.name).collect();
    sort(&mut report);
    if !options.partial || report.found.is_empty() {
        check(&report, &config)?;
    }
    let untrained = &mut config.untrained_parameters;
    untrained.retain(|name, _| report.found.contains(name));
    let missing = report.missing.iter();
    untrained.extend(missing.map(|name| (name.clone(), Untrained::InitialValues)));
    Ok((model, config, report))
}

/// Reads the values of a parameter, without the rows that are padding.
fn values(
    tensor: &StoredTensor,
    name: &str,
    shape: &[usize],
    options: LoadOptions,
    report: &mut LoadReport,
) -> Result<Vec<f32>, ModelError> {
    let may_be_padded = options.n_pieces.is_some() && names::has_piece_rows(name);
    match tensor.shape.first() {
        Some(&rows) if may_be_padded && rows > shape[0] && tensor.shape[1..] == shape[1..] => {
            let n_pieces = shape[0];
            check_rows(rows, n_pieces)?;
            report.padded = Some(PaddedRows { rows, n_pieces });
            let mut values = tensor.values()?;
            values.truncate(shape.iter().product());
            Ok(values)
        }
        _ => {
            tensor.check_shape(shape)?;
            tensor.values()
        }
    }
}

/// Takes out buffers and copies of tied parameters. A copy without its original takes the place of the original. A copy that
/// differs from its original belongs to another kind of model, and is an error.
fn pass_over(
    tensors: &mut BTreeMap<String, StoredTensor>,
    report: &mut LoadReport,
) -> Result<(), ModelError> {
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

fn sort(report: &mut LoadReport) {
    for names in [
        &mut report.found,
        &mut report.missing,
        &mut report.unexpected,
        &mut report.widened,
    ] {
        names.sort_unstable();
    }
}
