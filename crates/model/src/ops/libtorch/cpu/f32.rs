//! On the CPU in f32: the passes of the pure-Rust device on LibTorch's memory. Their products use the widest vector
//! instructions of every CPU. LibTorch's library uses them on Intel's only.

use libtorch::host::{slice, tensor};
use tch::{Device, Kind, Tensor};

use crate::input::ModelInput;
use crate::ops::contract::{HeadParameters, LayerParameters};
use crate::ops::dropout::Dropout;
use crate::ops::flex::head::{self, LossOptions};
use crate::ops::flex::layer;
use crate::ops::flex::pool::in_pool;
use crate::ops::libtorch::node::{Argument, Saved, result};
use crate::ops::tensors::{HeadTensors, LayerTensors, N_HEAD_TENSORS, N_LAYER_TENSORS};
use crate::rows::Rows;
use device::libtorch_device;

/// Whether these passes serve hidden states: they need a backward pass to follow, f32, and the CPU.
pub(crate) fn serves(hidden: &burn::tensor::Tensor<2>, kind: Kind) -> bool {
    let device = hidden.device();
    kind == Kind::Float && device.is_autodiff() && libtorch_device(&device) == Some(Device::Cpu)
}

/// [`crate::ops::contract::Operations::encoder_layer`].
pub(crate) fn encoder_layer(
    hidden: burn::tensor::Tensor<2>,
    layer: LayerParameters,
    input: &ModelInput,
    rows: &Rows,
    dropout: &Dropout,
) -> burn::tensor::Tensor<2> {
    let [_, h] = hidden.dims();
    let shape = layer::Shape::new(h, &layer, input, rows, dropout);
    let arguments = layer.tensors(hidden, Argument::new, Argument::new);
    let tensors = arguments.each_ref().map(contiguous);
    let slices = tensors.each_ref().map(slice);
    let (output, activations) = in_pool(|| layer::forward(&shape, &slices));
    let r = output.len() / h;
    let saved = SavedLayer {
        shape,
        arguments: tensors,
        activations,
    };
    let output = tensor(output, &[r as i64, h as i64]);
    result(output, arguments.into_array(), Some(saved))
}

/// [`crate::ops::contract::Operations::masked_loss`].
pub(crate) fn masked_loss(
    hidden: burn::tensor::Tensor<2>,
    head: HeadParameters,
    labels: &[i32],
    scale: f64,
) -> burn::tensor::Tensor<1> {
    let options = LossOptions {
        eps: head.norm.eps as f32,
        scale,
        is_tracked: true,
    };
    let arguments = head.tensors(hidden, Argument::new, Argument::new);
    let tensors = arguments.each_ref().map(contiguous);
    let slices = tensors.each_ref().map(slice);
    let (loss, activations) = in_pool(|| head::forward(&slices, labels, options));
    let saved = SavedHead {
        arguments: tensors,
        activations: activations.expect("a backward pass can follow"),
    };
    let loss = Tensor::from_slice(&[loss]);
    result(loss, arguments.into_array(), Some(saved))
}

struct SavedLayer {
    shape: layer::Shape,
    arguments: LayerTensors<Tensor>,
    activations: layer::Activations,
}

impl Saved<N_LAYER_TENSORS> for SavedLayer {
    fn backward(self, gradient: &Tensor) -> [Tensor; N_LAYER_TENSORS] {
        let slices = self.arguments.each_ref().map(slice);
        let gradient = gradient.contiguous();
        let (shape, activations, gradient) = (&self.shape, &self.activations, slice(&gradient));
        let found = in_pool(|| layer::backward(shape, activations, &slices, gradient));
        let shapes = self.arguments.each_ref().map(Tensor::size);
        shaped(found.into_array(), shapes.into_array())
    }
}

struct SavedHead {
    arguments: HeadTensors<Tensor>,
    activations: head::Activations,
}

impl Saved<N_HEAD_TENSORS> for SavedHead {
    fn backward(self, gradient: &Tensor) -> [Tensor; N_HEAD_TENSORS] {
        let slices = self.arguments.each_ref().map(slice);
        let (activations, gradient) = (self.activations, gradient.double_value(&[0]) as f32);
        let found = in_pool(|| head::backward(activations, &slices, gradient));
        let shapes = self.arguments.each_ref().map(Tensor::size);
        shaped(found.into_array(), shapes.into_array())
    }
}

fn contiguous(argument: &Argument) -> Tensor {
    argument.tensor().contiguous()
}

/// Makes row-major gradients tensors of these shapes.
fn shaped<const N: usize>(gradients: [Vec<f32>; N], shapes: [Vec<i64>; N]) -> [Tensor; N] {
    let mut shapes = shapes.into_iter();
    gradients.map(|gradient| tensor(gradient, &shapes.next().expect("as many shapes")))
}
