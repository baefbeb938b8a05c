//! What an optimizer remembers, and its file.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::update::Moments;
use crate::error::TrainerError;

/// Moments by Hugging Face's names, and how many updates there were.
#[derive(Clone, Debug, Default)]
pub struct OptimizerState {
    /// Updates so far: the t of the bias correction.
    pub n_updates: u64,
    moments: BTreeMap<String, Moments>,
}

impl OptimizerState {
    /// A parameter's moments; 0 before its first update.
    pub(crate) fn take(&mut self, name: &str, parameter: &Tensor<1>) -> Moments {
        self.moments.remove(name).unwrap_or_else(|| Moments {
            first: parameter.zeros_like(),
            second: parameter.zeros_like(),
        })
    }

    pub(crate) fn put(&mut self, name: &str, moments: Moments) {
        self.moments.insert(name.to_owned(), moments);
    }

    /// Writes all moments as safetensors: `NAME.m` and `NAME.v`, f32, flat.
    pub(crate) fn write(&self, path: &Path) -> Result<(), TrainerError> {
        let mut bytes: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (name, moments) in &self.moments {
            for (suffix, tensor) in [("m", &moments.first), ("v", &moments.second)] {
                let data = tensor.clone().into_data().convert::<f32>();
                bytes.insert(
                    format!("{name}.{suffix}"),
                    data.iter::<f32>().flat_map(f32::to_le_bytes).collect(),
                );
            }
        }
        let views = bytes.iter().map(|(name, bytes)| {
            let view = TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes);
            (name, view.expect("four bytes an element"))
        });
        let file = safetensors::serialize(views, None).map_err(std::io::Error::other);
        file.and_then(|file| std::fs::write(path, file))
            .map_err(TrainerError::file(path))
    }

    /// Reads what [`Self::write`] wrote.
    pub(crate) fn read(path: &Path, n_updates: u64, device: &Device) -> Result<Self, TrainerError> {
        let bytes = std::fs::read(path).map_err(TrainerError::file(path))?;
        let damaged = |reason: String| TrainerError::DamagedCheckpoint {
            path: path.to_path_buf(),
            reason,
        };
        let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
        let mut state = Self {
            n_updates,
            moments: BTreeMap::new(),
        };
        for name in file.names() {
            let Some(name) = name.strip_suffix(".m") else {
                continue;
            };
            let tensor = |suffix: &str| -> Result<Tensor<1>, TrainerError> {
                let view = file
                    .tensor(&format!("{name}.{suffix}"))
                    .map_err(|error| damaged(error.to_string()))?;
                let numbers = view
                    .data()
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|bytes| f32::from_le_bytes(*bytes));
                let numbers: Vec<f32> = numbers.collect();
                let length = numbers.len();
                Ok(Tensor::from_data(
                    TensorData::new(numbers, [length]),
                    device,
                ))
            };
            let moments = Moments {
                first: tensor("m")?,
                second: tensor("v")?,
            };
            state.moments.insert(name.to_owned(), moments);
        }
        Ok(state)
    }
}
