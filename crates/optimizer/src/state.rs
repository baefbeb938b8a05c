//! The state of an optimizer: the moments of all parameters, or the momentum of a matrix, and the number of updates; and its file.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
#[cfg(feature = "tch")]
use device::numbers;
use safetensors::tensor::{Dtype, SafeTensors, View};

use crate::error::OptimizerError;
use crate::options::OptimizerName;
use crate::update::Moments;

/// The state of an optimizer: moments and momenta by the names of their parameters, and the number of updates.
#[derive(Clone, Debug, Default)]
pub struct OptimizerState {
    n_updates: Count,
    moments: BTreeMap<String, Moments>,
    /// Muon's running sums of the gradients of matrices, which then have no moments; `[elements]` each.
    momenta: BTreeMap<String, Tensor<1>>,
}

/// The number of updates, on the side that counts them.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "tch",
    expect(clippy::large_enum_variant, reason = "a state has one of them")
)]
enum Count {
    /// The host counts.
    Host(u64),
    /// The device counts, in f32; `[1]`. The number is exact up to 2²⁴ and stays there. That changes no update, because
    /// 1 − βᵗ has long been 1 by then.
    #[cfg(feature = "tch")]
    Device(Tensor<1>),
}

impl Default for Count {
    fn default() -> Self {
        Self::Host(0)
    }
}

impl OptimizerState {
    /// The number of updates so far, without skipped ones: the t of the bias correction. If the device counts them, this
    /// waits for it.
    pub fn n_updates(&self) -> u64 {
        match &self.n_updates {
            Count::Host(n_updates) => *n_updates,
            #[cfg(feature = "tch")]
            Count::Device(n_updates) => numbers(n_updates.clone())[0] as u64,
        }
    }

    /// The names of the parameters that were updated so far. A parameter that no loss reached is not one of them (method
    /// §5).
    pub fn updated(&self) -> BTreeSet<&str> {
        if self.n_updates() == 0 {
            return BTreeSet::new(); // a skipped update may have made moments of 0
        }
        let names = self.moments.keys().chain(self.momenta.keys());
        names.map(String::as_str).collect()
    }

    /// Refuses a state that another optimizer cannot continue from: `muon` keeps a momentum where all others keep two moments.
    pub fn check_made_by(&self, name: OptimizerName) -> Result<(), OptimizerError> {
        let is_new = self.moments.is_empty() && self.momenta.is_empty();
        let is_muons = !self.momenta.is_empty();
        if is_new || is_muons == (name == OptimizerName::Muon) {
            return Ok(());
        }
        let (found, expected) = if is_muons {
            ("a momentum", "two moments")
        } else {
            ("two moments", "a momentum")
        };
        Err(OptimizerError::OtherKind { found, expected })
    }

    /// Counts an update, and returns its number, from 1.
    pub(crate) fn count_update(&mut self) -> u64 {
        let t = self.n_updates() + 1;
        self.n_updates = Count::Host(t);
        t
    }

    /// Counts an update on the device, unless it is skipped, and returns its number, `[1]`. `skipped`, `[1]`, is 1 if the
    /// update is skipped, and 0 otherwise.
    #[cfg(feature = "tch")]
    pub(crate) fn count_on_device(&mut self, skipped: Tensor<1>) -> Tensor<1> {
        let before = match &self.n_updates {
            Count::Host(n_updates) => skipped.full_like(*n_updates as f32),
            Count::Device(n_updates) => n_updates.clone(),
        };
        let t = before + 1.0 - skipped;
        self.n_updates = Count::Device(t.clone());
        t
    }

    /// Removes the moments of a parameter, and returns them; before its first update they are 0.
    pub(crate) fn take(&mut self, name: &str, parameter: &Tensor<1>) -> Moments {
        self.moments.remove(name).unwrap_or_else(|| Moments {
            first: parameter.zeros_like(),
            second: parameter.zeros_like(),
        })
    }

    /// Stores the moments of a parameter.
    pub(crate) fn put(&mut self, name: &str, moments: Moments) {
        self.moments.insert(name.to_owned(), moments);
    }

    /// Removes the momentum of a matrix, and returns it; before its first update it is 0.
    pub(crate) fn take_momentum(&mut self, name: &str, gradient: &Tensor<1>) -> Tensor<1> {
        let momentum = self.momenta.remove(name);
        momentum.unwrap_or_else(|| gradient.zeros_like())
    }

    /// Stores the momentum of a matrix.
    pub(crate) fn put_momentum(&mut self, name: &str, momentum: Tensor<1>) {
        self.momenta.insert(name.to_owned(), momentum);
    }

    /// Copies all moments and momenta to the host; waits for their device.
    pub fn snapshot(&self) -> MomentsSnapshot {
        let copies = self.moments.iter().flat_map(|(name, moments)| {
            [
                (format!("{name}.m"), Copied::of(&moments.first)),
                (format!("{name}.v"), Copied::of(&moments.second)),
            ]
        });
        let momenta = self.momenta.iter();
        let momenta = momenta.map(|(name, sum)| (format!("{name}.momentum"), Copied::of(sum)));
        MomentsSnapshot(copies.chain(momenta).collect())
    }

    /// Reads a file that [`MomentsSnapshot::write`] wrote, onto a device. The number of updates is not in the file.
    pub fn read(path: &Path, n_updates: u64, device: &Device) -> Result<Self, OptimizerError> {
        let bytes = std::fs::read(path).map_err(OptimizerError::file(path))?;
        let damaged = |reason: String| OptimizerError::Damaged {
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
        let mut state = Self {
            n_updates: Count::Host(n_updates),
            ..Self::default()
        };
        for name in file.names() {
            if let Some(name) = name.strip_suffix(".m") {
                let first = tensor(&format!("{name}.m"))?;
                let second = tensor(&format!("{name}.v"))?;
                state.put(name, Moments { first, second });
            } else if let Some(matrix) = name.strip_suffix(".momentum") {
                state.put_momentum(matrix, tensor(name)?);
            }
        }
        Ok(state)
    }
}

/// A flat tensor of f32 numbers, from their little-endian bytes.
fn loaded(bytes: &[u8], device: &Device) -> Tensor<1> {
    let numbers = bytes.as_chunks().0.iter();
    let numbers: Vec<f32> = numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let length = numbers.len();
    Tensor::from_data(TensorData::new(numbers, [length]), device)
}

/// A copy of all moments and momenta in the host's memory: 8 bytes per parameter, or 4 if it has a momentum. Later updates do
/// not change it.
#[derive(Debug)]
pub struct MomentsSnapshot(Vec<(String, Copied)>);

impl MomentsSnapshot {
    /// Writes a safetensors file with the flat f32 tensors `NAME.m` and `NAME.v` of every parameter, or `NAME.momentum` if it has
    /// a momentum.
    pub fn write(&self, path: &Path) -> Result<(), OptimizerError> {
        let named = self.0.iter().map(|(name, copied)| (name, copied));
        safetensors::serialize_to_file(named, None, path)
            .map_err(std::io::Error::other)
            .map_err(OptimizerError::file(path))
    }

    /// All moments and then all momenta end to end, each in the order of names.
    pub fn values(&self) -> Vec<f32> {
        let copies = self.0.iter();
        copies
            .flat_map(|(_, copied)| copied.numbers.clone())
            .collect()
    }

    /// The first moments end to end, in the order of names.
    pub fn first_values(&self) -> Vec<f32> {
        let first = self
            .0
            .iter()
            .filter(|(name, _)| name.strip_suffix(".m").is_some());
        first
            .flat_map(|(_, copied)| copied.numbers.clone())
            .collect()
    }
}

/// The numbers of a flat tensor.
#[derive(Debug)]
struct Copied {
    numbers: Vec<f32>,
    shape: [usize; 1],
}

impl Copied {
    fn of(tensor: &Tensor<1>) -> Self {
        let data = tensor.clone().into_data().convert::<f32>();
        Self {
            numbers: data.try_into_vec().expect("f32 was asked for"),
            shape: tensor.dims(),
        }
    }
}

impl View for &Copied {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = vec![0; self.data_len()];
        for (place, number) in bytes.as_chunks_mut().0.iter_mut().zip(&self.numbers) {
            *place = number.to_le_bytes();
        }
        Cow::Owned(bytes)
    }

    fn data_len(&self) -> usize {
        self.shape[0] * size_of::<f32>()
    }
}
