//! The folder of reference values, `tests/data`: a small model in six forms, and what transformers computes with it.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use model::{BertForPreTraining, Labels, Loaded, Loss, ModelInput, load};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize_to_file};
use tempfile::TempDir;

use crate::numbers::ByName;

/// The files with all parameters; the sixth form, `bare`, has the encoder only.
pub(crate) const FORMS: [&str; 5] = [
    "model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.legacy.bin",
    "pytorch_model.gamma_beta.bin",
    "model.gamma_beta.safetensors",
];

/// The folder.
pub(crate) fn reference_folder() -> PathBuf {
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

/// The first of them.
pub(crate) fn device() -> Device {
    devices().remove(0)
}

/// Loads one of [`FORMS`].
pub(crate) fn load_form(form: &str, device: &Device) -> Loaded {
    load(&reference_folder().join(form), device, 1).unwrap()
}

/// A tensor as a file holds it.
#[derive(Clone)]
pub(crate) struct StoredTensor {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

/// A folder with the reference model's config, and with its tensors after a change.
pub(crate) fn changed(change: impl FnOnce(&mut Vec<StoredTensor>)) -> TempDir {
    let bytes = fs::read(reference_folder().join("model.safetensors")).unwrap();
    let read = SafeTensors::deserialize(&bytes).unwrap();
    let stored = |(name, view): (String, TensorView<'_>)| StoredTensor {
        name,
        dtype: view.dtype(),
        shape: view.shape().to_vec(),
        bytes: view.data().to_vec(),
    };
    let mut tensors: Vec<StoredTensor> = read.tensors().into_iter().map(stored).collect();
    change(&mut tensors);
    let folder = folder_with_config();
    let views = tensors.iter().map(|tensor| {
        let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes);
        (&tensor.name, view.unwrap())
    });
    serialize_to_file(views, None, &folder.path().join("model.safetensors")).unwrap();
    folder
}

/// A folder that holds only the reference model's config.
pub(crate) fn folder_with_config() -> TempDir {
    let folder = TempDir::new().unwrap();
    let config = reference_folder().join("config.json");
    fs::copy(config, folder.path().join("config.json")).unwrap();
    folder
}

/// `forward.safetensors`: one batch, and what transformers computes for it.
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
        let bytes = self.bytes_of(name);
        let numbers = bytes.as_chunks::<4>().0.iter();
        numbers.map(|&bytes| f32::from_le_bytes(bytes)).collect()
    }

    pub(crate) fn ints(&self, name: &str) -> Vec<i32> {
        let bytes = self.bytes_of(name);
        let numbers = bytes.as_chunks::<8>().0.iter();
        numbers
            .map(|&bytes| i64::from_le_bytes(bytes) as i32)
            .collect()
    }

    fn bytes_of(&self, name: &str) -> Vec<u8> {
        self.tensors().tensor(name).unwrap().data().to_vec()
    }

    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).unwrap()
    }

    pub(crate) fn shape(&self, name: &str) -> Vec<usize> {
        self.tensors().tensor(name).unwrap().shape().to_vec()
    }

    /// The gradient of each parameter.
    pub(crate) fn gradients(&self) -> ByName {
        let tensors = self.tensors();
        let names = tensors.names().into_iter();
        let parameters = names.filter_map(|name| name.strip_prefix("grad."));
        parameters
            .map(|name| (name.to_owned(), self.floats(&format!("grad.{name}"))))
            .collect()
    }

    /// The number of pieces of each example.
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

    /// The losses of a model for the batch.
    pub(crate) fn losses(&self, model: &BertForPreTraining) -> Loss {
        let (masked, order) = (self.ints("masked.label"), self.ints("order_labels"));
        let labels = Labels {
            masked_indices: &self.masked_indices(),
            masked: &masked,
            order: &order,
            n_of_step: masked.len() as u64,
            n_order_of_step: order.len() as u64,
        };
        model.losses(&self.input(&model.device()), &labels)
    }

    /// The indices of the masked positions in the flattened batch.
    pub(crate) fn masked_indices(&self) -> Vec<i32> {
        let length = self.shape("input_ids")[1] as i32;
        let rows = self.ints("masked.row").into_iter();
        rows.zip(self.ints("masked.position"))
            .map(|(row, position)| row * length + position)
            .collect()
    }
}
