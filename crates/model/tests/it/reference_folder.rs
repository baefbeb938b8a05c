//! A folder of reference values: a small model in six forms, and what transformers computes with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use model::{
    BertForPreTraining, Loaded, ModelInput, ParameterInfo, ParameterVisitor, load, visit_parameters,
};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize_to_file};
use tempfile::TempDir;

/// Every form with all parameters.
pub(crate) const FORMS: [&str; 5] = [
    "model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.legacy.bin",
    "pytorch_model.gamma_beta.bin",
    "model.gamma_beta.safetensors",
];

/// The fixture of this crate.
pub(crate) fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Every device that this build has.
pub(crate) fn devices() -> Vec<Device> {
    vec![
        #[cfg(feature = "flex")]
        Device::flex(),
        #[cfg(feature = "tch")]
        #[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
        Device::libtorch(),
    ]
}

/// One of them.
pub(crate) fn device() -> Device {
    devices().remove(0)
}

pub(crate) fn load_fixture(form: &str, device: &Device) -> Loaded {
    load(&fixture().join(form), device, 1).unwrap()
}

/// Name, element type, shape and bytes of a tensor in a file.
pub(crate) type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

/// A folder with the fixture's config and its tensors after a change.
pub(crate) fn changed(change: impl FnOnce(&mut Vec<Stored>)) -> TempDir {
    let bytes = fs::read(fixture().join("model.safetensors")).unwrap();
    let read = SafeTensors::deserialize(&bytes).unwrap();
    let owned = |(name, view): (String, TensorView<'_>)| {
        (
            name,
            view.dtype(),
            view.shape().to_vec(),
            view.data().to_vec(),
        )
    };
    let mut tensors: Vec<Stored> = read.tensors().into_iter().map(owned).collect();
    change(&mut tensors);
    let folder = TempDir::new().unwrap();
    fs::copy(
        fixture().join("config.json"),
        folder.path().join("config.json"),
    )
    .unwrap();
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    serialize_to_file(views, None, &folder.path().join("model.safetensors")).unwrap();
    folder
}

/// `forward.safetensors`: one batch, and what comes of it.
pub(crate) struct Forward {
    bytes: Vec<u8>,
}

impl Forward {
    pub(crate) fn read(file: &Path) -> Self {
        Self {
            bytes: fs::read(file).unwrap(),
        }
    }

    pub(crate) fn floats(&self, name: &str) -> Vec<f32> {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let bytes = tensors.tensor(name).unwrap().data().as_chunks::<4>().0;
        bytes
            .iter()
            .map(|&bytes| f32::from_le_bytes(bytes))
            .collect()
    }

    pub(crate) fn ints(&self, name: &str) -> Vec<i32> {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let bytes = tensors.tensor(name).unwrap().data().as_chunks::<8>().0;
        bytes
            .iter()
            .map(|&bytes| i64::from_le_bytes(bytes) as i32)
            .collect()
    }

    pub(crate) fn shape(&self, name: &str) -> Vec<usize> {
        SafeTensors::deserialize(&self.bytes)
            .unwrap()
            .tensor(name)
            .unwrap()
            .shape()
            .to_vec()
    }

    /// The gradients' names without `grad.`.
    pub(crate) fn gradient_names(&self) -> Vec<String> {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        tensors
            .names()
            .iter()
            .filter_map(|name| Some(name.strip_prefix("grad.")?.to_owned()))
            .collect()
    }

    pub(crate) fn lengths(&self) -> Vec<u32> {
        let length = self.shape("input_ids")[1];
        self.ints("attention_mask")
            .chunks(length)
            .map(|row| row.iter().sum::<i32>() as u32)
            .collect()
    }

    pub(crate) fn input(&self, device: &Device) -> ModelInput {
        let length = self.shape("input_ids")[1];
        ModelInput::new(
            &self.ints("input_ids"),
            &self.ints("token_type_ids"),
            &self.lengths(),
            length,
            0,
            device,
        )
    }

    /// Masked positions in the flattened batch.
    pub(crate) fn masked_indices(&self) -> Vec<i32> {
        let length = self.shape("input_ids")[1] as i32;
        let rows = self.ints("masked.row").into_iter();
        rows.zip(self.ints("masked.position"))
            .map(|(row, position)| row * length + position)
            .collect()
    }
}

/// Largest difference over the positions that are no padding: rows end to end `[t, h]` against a padded `[b, s, h]`.
pub(crate) fn largest_where_filled(
    found: &[f32],
    expected: &[f32],
    lengths: &[u32],
    length: usize,
) -> f64 {
    let width = expected.len() / (lengths.len() * length);
    let rows = expected.chunks(width).enumerate();
    let filled = rows.filter(|(row, _)| ((row % length) as u32) < lengths[row / length]);
    let filled: Vec<f32> = filled.flat_map(|(_, row)| row).copied().collect();
    largest(found, &filled)
}

/// Largest difference between two tensors.
pub(crate) fn largest(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found
        .iter()
        .zip(expected)
        .map(|(&x, &y)| f64::from((x - y).abs()))
        .fold(0.0, f64::max)
}

pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .without_autodiff()
        .into_data()
        .iter::<f32>()
        .collect()
}

/// Each parameter, or each parameter's gradient, in Hugging Face's layout.
pub(crate) fn parameters(model: &BertForPreTraining) -> BTreeMap<String, Vec<f32>> {
    let mut read = Read {
        gradients: None,
        values: BTreeMap::new(),
    };
    visit_parameters(model, &mut read).unwrap();
    read.values
}

pub(crate) fn gradients(
    model: &BertForPreTraining,
    gradients: GradientsParams,
) -> BTreeMap<String, Vec<f32>> {
    let mut read = Read {
        gradients: Some(gradients),
        values: BTreeMap::new(),
    };
    visit_parameters(model, &mut read).unwrap();
    read.values
}

struct Read {
    gradients: Option<GradientsParams>,
    values: BTreeMap<String, Vec<f32>>,
}

impl ParameterVisitor for Read {
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) {
        let tensor = match &self.gradients {
            Some(gradients) => gradients.get::<D>(parameter.id).unwrap(),
            None => tensor,
        };
        // Independent of the crate's own rule: every matrix but an embedding's.
        let linear = D == 2 && !parameter.name.contains("_embeddings");
        let tensor = if linear {
            tensor.swap_dims(0, 1)
        } else {
            tensor
        };
        self.values.insert(parameter.name.clone(), values(tensor));
    }
}
