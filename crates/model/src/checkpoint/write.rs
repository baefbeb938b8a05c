//! Writes a model as a checkpoint, the way transformers writes `BertForPreTraining`.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use burn::tensor::Tensor;
use repro::AtomicFile;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};

use crate::config::BertConfig;
use crate::error::ModelError;
use crate::parameters::{
    Named, ParameterInfo, ParameterVisitor, stored_shape, stored_values, visit_parameters,
};
use crate::pretraining::BertForPreTraining;

/// The length of the header is a multiple of this, so that tensors are aligned.
const ALIGNMENT: usize = 8;

/// A copy of a model in the host's memory, 4 bytes per parameter. It can be written while training goes on.
pub struct Snapshot {
    config: BertConfig,
    /// In the order of their names.
    weights: Vec<Weight>,
}

impl Snapshot {
    /// Copies a model from its device. On a GPU this blocks until all earlier work is done.
    pub fn of(model: &BertForPreTraining) -> Result<Self, ModelError> {
        Self::of_parameters(model, model.config(), |_| true)
    }

    /// Copies the parameters that are written, by their names.
    pub(super) fn of_parameters<M: Named>(
        model: &M,
        config: &BertConfig,
        is_written: impl Fn(&str) -> bool,
    ) -> Result<Self, ModelError> {
        let mut copier = Copier {
            is_written,
            weights: Vec::new(),
        };
        visit_parameters(model, &mut copier)?;
        let mut weights = copier.weights;
        weights.sort_unstable_by(|left, right| left.name.cmp(&right.name));
        Ok(Self {
            config: config.clone(),
            weights,
        })
    }

    /// Removes the trained parameters from the list of parameters that are not trained.
    #[must_use]
    pub fn with_trained(mut self, is_trained: impl Fn(&str) -> bool) -> Self {
        let untrained = &mut self.config.untrained_parameters;
        untrained.retain(|name, _| !is_trained(name));
        self
    }

    /// Writes `config.json` and `model.safetensors` into a folder, which is made if it does not exist.
    pub fn save(&self, folder: &Path) -> Result<(), ModelError> {
        fs::create_dir_all(folder).map_err(ModelError::io(folder))?;
        save_config(&self.config, &folder.join("config.json"))?;
        self.save_weights(&folder.join("model.safetensors"))
    }

    pub(super) fn save_weights(&self, path: &Path) -> Result<(), ModelError> {
        let header = header(&self.weights);
        whole_or_not(path, |file| {
            file.write_all(&(header.len() as u64).to_le_bytes())?;
            file.write_all(&header)?;
            self.weights
                .iter()
                .try_for_each(|weight| file.write_all(&weight.stored_bytes()))
        })
    }
}

/// Writes `config.json` and `model.safetensors` into a folder, which is made if it does not exist.
pub fn save(model: &BertForPreTraining, folder: &Path) -> Result<(), ModelError> {
    Snapshot::of(model)?.save(folder)
}

/// Writes a config as transformers lays it out, whole or not at all.
fn save_config(config: &BertConfig, path: &Path) -> Result<(), ModelError> {
    save_text(path, &config.to_json())
}

/// Writes a text whole or not at all.
pub(super) fn save_text(path: &Path, text: &str) -> Result<(), ModelError> {
    whole_or_not(path, |file| file.write_all(text.as_bytes()))
}

/// Writes the parameters as safetensors, whole or not at all.
///
/// The tensors are f32 and sorted by name, the tied decoder is left out, and the metadata is the `format: pt` that
/// transformers asks for.
pub fn save_weights(model: &BertForPreTraining, path: &Path) -> Result<(), ModelError> {
    Snapshot::of(model)?.save_weights(path)
}

/// A parameter in the layout of the model.
struct Weight {
    name: String,
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Weight {
    /// Returns the shape in Hugging Face's layout.
    fn stored_shape(&self) -> Vec<usize> {
        stored_shape(&self.name, &self.shape)
    }

    /// Returns the values in Hugging Face's layout, little-endian.
    fn stored_bytes(&self) -> Vec<u8> {
        let values = stored_values(&self.name, &self.shape, &self.values);
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }
}

/// Copies each parameter that is written.
struct Copier<F> {
    is_written: F,
    weights: Vec<Weight>,
}

impl<F: Fn(&str) -> bool> ParameterVisitor for Copier<F> {
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) {
        if !(self.is_written)(&parameter.name) {
            return;
        }
        let shape = tensor.dims().to_vec();
        let values = tensor.into_data().convert::<f32>();
        self.weights.push(Weight {
            name: parameter.name.clone(),
            shape,
            values: values.try_into_vec().expect("f32 was asked for"),
        });
    }
}

/// Returns the header's JSON, padded with spaces. Its layout is that of the library `safetensors`, so that a file that
/// transformers wrote is written again to the byte.
fn header(weights: &[Weight]) -> Vec<u8> {
    let mut offset = 0;
    let infos = weights.iter().map(|weight| {
        let from = offset;
        offset += weight.values.len() * size_of::<f32>();
        let info = TensorInfo {
            dtype: Dtype::F32,
            shape: weight.stored_shape(),
            data_offsets: (from, offset),
        };
        (weight.name.clone(), info)
    });
    let format = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let metadata = Metadata::new(Some(format), infos.collect()).expect("ranges follow each other");
    let mut text = serde_json::to_vec(&metadata).expect("names and numbers are JSON");
    text.resize(text.len().next_multiple_of(ALIGNMENT), b' ');
    text
}

/// Writes a file whole or not at all (invariant 7 of `ARCHITECTURE.md`).
fn whole_or_not(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> std::io::Result<()>,
) -> Result<(), ModelError> {
    let write_and_place = || {
        let file = AtomicFile::create(path)?;
        let mut buffered = BufWriter::with_capacity(1 << 20, file.file());
        write(&mut buffered)?;
        buffered.flush()?;
        drop(buffered);
        file.commit()
    };
    write_and_place().map_err(ModelError::io(path))
}
