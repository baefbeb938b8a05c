//! In f32 on the CPU: the passes of the pure-Rust device on LibTorch's memory. Their products take all vector instructions of
//! any CPU, where those of LibTorch's library take the widest on Intel's alone.

use libtorch::host::{numbers, tensor};
use tch::{Device, Kind, Tensor};

use super::node::{Argument, Saved, result};
use crate::input::ModelInput;
use device::libtorch_device;

use crate::ops::flex::{head, in_pool, layer};
use crate::ops::{Dropout, HeadParameters, LayerParameters};
use crate::rows::Rows;

const N_OF_LAYER: usize = LayerParameters::N_ARGUMENTS;
const N_OF_HEAD: usize = HeadParameters::N_ARGUMENTS;

/// Whether a pass that hidden states go through is made here: one that a backward pass can follow, in f32, on the CPU.
pub(super) fn serves(hidden: &burn::tensor::Tensor<2>, kind: Kind) -> bool {
    let device = hidden.device();
    kind == Kind::Float && device.is_autodiff() && libtorch_device(&device) == Some(Device::Cpu)
}

/// [`crate::ops::Operations::encoder_layer`].
pub(super) fn encoder_layer(
    hidden: burn::tensor::Tensor<2>,
    layer: LayerParameters,
    (input, rows): (&ModelInput, &Rows),
    dropout: &Dropout,
) -> burn::tensor::Tensor<2> {
    let [_, h] = hidden.dims();
    let shape = layer::Shape::new(h, &layer, (input, rows), dropout);
    let arguments = layer.arguments(hidden, Argument::new, Argument::new);
    let tensors = arguments.each_ref().map(|a| a.tensor().contiguous());
    let slices = tensors.each_ref().map(numbers);
    let (output, kept) = in_pool(|| layer::forward(&shape, &slices));
    let r = output.len() / h;
    let saved = SavedLayer {
        shape,
        arguments: tensors,
        kept,
    };
    result(
        tensor(output, &[r as i64, h as i64]),
        arguments,
        Some(saved),
    )
}

/// [`crate::ops::Operations::masked_loss`].
pub(super) fn masked_loss(
    hidden: burn::tensor::Tensor<2>,
    head: HeadParameters,
    labels: &[i32],
    scale: f64,
) -> burn::tensor::Tensor<1> {
    let eps = head.norm.eps;
    let arguments = head.arguments(hidden, Argument::new, Argument::new);
    let tensors = arguments.each_ref().map(|a| a.tensor().contiguous());
    let slices = tensors.each_ref().map(numbers);
    let (loss, kept) = in_pool(|| head::forward(&slices, labels, (scale, eps), true));
    let saved = SavedHead {
        arguments: tensors,
        kept: kept.expect("a backward pass can follow"),
    };
    result(Tensor::from_slice(&[loss]), arguments, Some(saved))
}

struct SavedLayer {
    shape: layer::Shape,
    arguments: [Tensor; N_OF_LAYER],
    kept: layer::Kept,
}

impl Saved for SavedLayer {
    fn backward(self, gradient: &Tensor) -> Vec<Tensor> {
        let slices = self.arguments.each_ref().map(numbers);
        let gradient = gradient.contiguous();
        let (shape, kept, gradient) = (&self.shape, &self.kept, numbers(&gradient));
        let found = in_pool(|| layer::backward(shape, kept, &slices, gradient));
        shaped(found, &self.arguments)
    }
}

struct SavedHead {
    arguments: [Tensor; N_OF_HEAD],
    kept: head::Kept,
}

impl Saved for SavedHead {
    fn backward(self, gradient: &Tensor) -> Vec<Tensor> {
        let slices = self.arguments.each_ref().map(numbers);
        let (kept, outer) = (self.kept, gradient.double_value(&[0]) as f32);
        let found = in_pool(|| head::backward(kept, &slices, outer));
        shaped(found, &self.arguments)
    }
}

fn shaped<const N: usize>(found: [Vec<f32>; N], like: &[Tensor; N]) -> Vec<Tensor> {
    let pairs = found.into_iter().zip(like);
    pairs
        .map(|(found, like)| tensor(found, &like.size()))
        .collect()
}
