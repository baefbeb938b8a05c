//! Adds up the gradients of a step over the processes of a world.
//!
//! Gradients travel in *buckets*: the gradients of neighbouring parameters, end to end. The sum of a bucket is under way
//! while the next one is put together.

use burn::tensor::{Device, Tensor};
use device::{PendingSum, World, WorldError};
use model::{Named, ParameterInfo, ParameterVisitor, visit_parameters};

use crate::error::OptimizerError;
use crate::gradients::Gradients;

/// The numbers of a bucket, unless one parameter alone has more: 25 MB in f32, as in PyTorch's `DistributedDataParallel`.
const BUCKET: usize = 25 << 18;
/// What errors call the operation.
const WHAT: &str = "the sum of gradients";

impl Gradients {
    /// Adds up the gradients of all processes of a world.
    ///
    /// `is_reached` says which parameters the loss of the whole step reaches, by their names. A process whose part of the
    /// step does not reach such a parameter adds zeros. In bf16 half as many bytes travel, and the sum is rounded to bf16.
    pub fn sum_over<M: Named>(
        self,
        world: &World,
        model: &M,
        is_reached: &dyn Fn(&str) -> bool,
        in_bf16: bool,
    ) -> Result<Self, OptimizerError> {
        if world.is_alone() {
            return Ok(self);
        }
        let mut started: Vec<(Bucket, PendingSum<'_>)> = Vec::new();
        each_bucket(self, model, is_reached, |mut bucket| {
            let sum = world.start_sum(WHAT, bucket.flat(), in_bf16)?;
            started.push((bucket, sum));
            Ok(())
        })?;
        let mut total = Self::default();
        for (bucket, sum) in started {
            for (name, gradient) in bucket.parts(sum.wait()?) {
                total.put(name, gradient);
            }
        }
        Ok(total)
    }

    /// Adds the gradients of one micro-batch of each process, in the order of ranks and in f32, as one process would add them
    /// that computed the micro-batches one after the other.
    ///
    /// `is_reached` says whether the loss of a rank's micro-batch reaches a parameter. It is false for every name if the rank
    /// has no micro-batch. Every process receives the gradients of all: (1 + number of processes) × 4 bytes per parameter.
    pub fn add_in_order<M: Named>(
        &mut self,
        mine: Self,
        world: &World,
        model: &M,
        is_reached: &dyn Fn(usize, &str) -> bool,
    ) -> Result<(), OptimizerError> {
        let by_any = |name: &str| (0..world.size()).any(|rank| is_reached(rank, name));
        each_bucket(mine, model, &by_any, |mut bucket| {
            let gathered = world.gather(WHAT, bucket.flat())?;
            for (rank, flat) in gathered.into_iter().enumerate() {
                let parts = bucket.parts(flat).into_iter();
                for (name, gradient) in parts.filter(|(name, _)| is_reached(rank, name)) {
                    self.add_to(name, gradient);
                }
            }
            Ok(())
        })
    }
}

/// Gradients of neighbouring parameters.
#[derive(Debug, Default)]
struct Bucket {
    names: Vec<String>,
    sizes: Vec<usize>,
    gradients: Vec<Tensor<1>>,
}

impl Bucket {
    fn n_numbers(&self) -> usize {
        self.sizes.iter().sum()
    }

    /// Puts the gradients end to end.
    fn flat(&mut self) -> Tensor<1> {
        let mut gradients = std::mem::take(&mut self.gradients);
        match gradients.len() {
            1 => gradients.remove(0),
            _ => Tensor::cat(gradients, 0),
        }
    }

    /// Cuts numbers that lie end to end into the gradients of the bucket's parameters.
    fn parts(&self, flat: Tensor<1>) -> Vec<(String, Tensor<1>)> {
        let parts = split(flat, &self.sizes).into_iter();
        self.names.iter().cloned().zip(parts).collect()
    }
}

#[cfg(feature = "tch")]
fn split(flat: Tensor<1>, sizes: &[usize]) -> Vec<Tensor<1>> {
    device::split_libtorch(flat, sizes)
}

/// Without LibTorch every process is alone.
#[cfg(not(feature = "tch"))]
fn split(flat: Tensor<1>, sizes: &[usize]) -> Vec<Tensor<1>> {
    flat.split_with_sizes(sizes.to_vec(), 0)
}

/// Puts the gradients of all parameters that are reached into buckets, in the order of the model, which is the same in every
/// process. Missing gradients are zeros.
fn each_bucket<M: Named>(
    gradients: Gradients,
    model: &M,
    is_reached: &dyn Fn(&str) -> bool,
    full: impl FnMut(Bucket) -> Result<(), WorldError>,
) -> Result<(), OptimizerError> {
    let mut pack = Pack {
        gradients,
        is_reached,
        bucket: Bucket::default(),
        full,
        outcome: Ok(()),
    };
    visit_parameters(model, &mut pack)?;
    pack.close();
    assert!(
        pack.gradients.by_name().is_empty(),
        "a loss reached a parameter that it does not read: {:?}",
        pack.gradients.by_name().keys()
    );
    Ok(pack.outcome?)
}

struct Pack<'a, F> {
    gradients: Gradients,
    is_reached: &'a dyn Fn(&str) -> bool,
    bucket: Bucket,
    full: F,
    outcome: Result<(), WorldError>,
}

impl<F: FnMut(Bucket) -> Result<(), WorldError>> Pack<'_, F> {
    /// Hands on the bucket, unless it is empty, or an earlier one failed.
    fn close(&mut self) {
        let bucket = std::mem::take(&mut self.bucket);
        if !bucket.names.is_empty() && self.outcome.is_ok() {
            self.outcome = (self.full)(bucket);
        }
    }
}

impl<F: FnMut(Bucket) -> Result<(), WorldError>> ParameterVisitor for Pack<'_, F> {
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) {
        if !(self.is_reached)(&parameter.name) {
            return;
        }
        let size = tensor.shape().num_elements();
        let zeros = |device: Device| Tensor::zeros([size], &device.without_autodiff());
        let gradient = self.gradients.take(&parameter.name);
        let gradient = gradient.unwrap_or_else(|| zeros(tensor.device()));
        if self.bucket.n_numbers() + size > BUCKET {
            self.close();
        }
        self.bucket.names.push(parameter.name.clone());
        self.bucket.sizes.push(size);
        self.bucket.gradients.push(gradient);
    }
}
