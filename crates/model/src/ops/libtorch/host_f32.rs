//! In f32 on the CPU: the passes of the pure-Rust device on LibTorch's memory. Their products take all vector instructions of
//! any CPU, where those of LibTorch's library take the widest on Intel's alone.

use tch::Tensor;

use libtorch::host::{numbers, tensor};

use super::node::Saved;
use crate::ops::flex::{head, in_pool, layer};
use crate::ops::{HeadParameters, LayerParameters};

const N_OF_LAYER: usize = LayerParameters::N_ARGUMENTS;
const N_OF_HEAD: usize = HeadParameters::N_ARGUMENTS;

/// A layer's forward pass, `[r, h]`, the rows that are asked for, and its backward pass.
pub(super) fn encoder_layer(
    shape: layer::Shape,
    arguments: [&Tensor; N_OF_LAYER],
) -> (Tensor, SavedLayer) {
    let arguments = arguments.map(Tensor::contiguous);
    let slices = arguments.each_ref().map(numbers);
    let (output, kept) = in_pool(|| layer::forward(&shape, &slices));
    let h = arguments[0].size()[1];
    let r = output.len() as i64 / h;
    let output = tensor(output, &[r, h]);
    let saved = SavedLayer {
        shape,
        arguments,
        kept,
    };
    (output, saved)
}

/// The head's loss, `[1]`, and its backward pass.
pub(super) fn masked_loss(
    arguments: [&Tensor; N_OF_HEAD],
    labels: &[i32],
    numbers_of: (f64, f64),
) -> (Tensor, SavedHead) {
    let arguments = arguments.map(Tensor::contiguous);
    let slices = arguments.each_ref().map(numbers);
    let (loss, kept) = in_pool(|| head::forward(&slices, labels, numbers_of, true));
    let saved = SavedHead {
        kept: kept.expect("a backward pass can follow"),
        arguments,
    };
    (Tensor::from_slice(&[loss]), saved)
}

pub(super) struct SavedLayer {
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

pub(super) struct SavedHead {
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
