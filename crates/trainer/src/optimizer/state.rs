//! What an optimizer remembers, and its file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, View};

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
    pub(super) fn take(&mut self, name: &str, parameter: &Tensor<1>) -> Moments {
        self.moments.remove(name).unwrap_or_else(|| Moments {
            first: parameter.zeros_like(),
            second: parameter.zeros_like(),
        })
    }

    pub(super) fn put(&mut self, name: &str, moments: Moments) {
        self.moments.insert(name.to_owned(), moments);
    }

    /// Writes all moments as safetensors: `NAME.m` and `NAME.v`, f32, flat.
    pub(crate) fn write(&self, path: &Path) -> Result<(), TrainerError> {
        let stored = self.moments.iter().flat_map(|(name, moments)| {
            [
                (format!("{name}.m"), Stored::new(&moments.first)),
                (format!("{name}.v"), Stored::new(&moments.second)),
            ]
        });
        safetensors::serialize_to_file(stored, None, path)
            .map_err(std::io::Error::other)
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
        let tensor = |name: &str| match file.tensor(name) {
            Ok(view) if view.dtype() == Dtype::F32 => Ok(loaded(view.data(), device)),
            Ok(view) => Err(damaged(format!(
                "{name} is {:?}, expected F32",
                view.dtype()
            ))),
            Err(error) => Err(damaged(error.to_string())),
        };
        let mut moments = BTreeMap::new();
        for name in file
            .names()
            .into_iter()
            .filter_map(|name| name.strip_suffix(".m"))
        {
            let first = tensor(&format!("{name}.m"))?;
            let second = tensor(&format!("{name}.v"))?;
            moments.insert(name.to_owned(), Moments { first, second });
        }
        Ok(Self { n_updates, moments })
    }
}

fn loaded(bytes: &[u8], device: &Device) -> Tensor<1> {
    let numbers = bytes.as_chunks().0.iter();
    let numbers: Vec<f32> = numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let length = numbers.len();
    Tensor::from_data(TensorData::new(numbers, [length]), device)
}

/// A tensor that is read from its device when its turn comes.
struct Stored<'t> {
    tensor: &'t Tensor<1>,
    shape: [usize; 1],
}

impl<'t> Stored<'t> {
    fn new(tensor: &'t Tensor<1>) -> Self {
        let shape = tensor.dims();
        Self { tensor, shape }
    }
}

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let data = self.tensor.clone().into_data().convert::<f32>();
        let numbers: &[f32] = data.as_slice().expect("f32 was asked for");
        let mut bytes = vec![0; self.data_len()];
        for (place, number) in bytes.as_chunks_mut().0.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
        Cow::Owned(bytes)
    }

    fn data_len(&self) -> usize {
        self.shape[0] * size_of::<f32>()
    }
}
