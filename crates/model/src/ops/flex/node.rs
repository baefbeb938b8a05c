//! Fused operations of the pure-Rust device as nodes of burn's autodiff: a forward pass that saves what the backward pass
//! reads.

use burn::tensor::{Tensor, TensorData};
use burn_autodiff::Autodiff;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::NoCheckpointing;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn_backend::tensor::FloatTensor;
use burn_flex::{Flex, FlexTensor};

use crate::ops::node::{Node, State};

/// An argument of an operation.
pub(super) struct Argument {
    /// Its values, row-major.
    tensor: FlexTensor,
    /// Its place on the tape; `None` on a plain device.
    guard: Option<NodeGuard>,
}

/// A parameter on the tape. A node may keep parameters only: any other tensor would keep its part of the tape alive.
pub(super) type Leaf = FloatTensor<Autodiff<Flex>>;

/// Returns a parameter with its place on the tape; `None` on a plain device.
pub(super) fn leaf<const D: usize>(parameter: &Tensor<D>) -> Option<Leaf> {
    let tensor = parameter.clone();
    tensor.device().is_autodiff().then(|| {
        tensor
            .try_into_primitive::<Autodiff<Flex>>()
            .expect("a tensor of the pure-Rust device")
    })
}

impl Argument {
    pub(super) fn new<const D: usize>(tensor: Tensor<D>) -> Self {
        let (tensor, guard) = if tensor.device().is_autodiff() {
            let tensor = tensor
                .try_into_primitive::<Autodiff<Flex>>()
                .expect("a tensor of the pure-Rust device");
            let (tensor, guard) = tensor.into_parts();
            (tensor, Some(guard))
        } else {
            let tensor = tensor
                .try_into_primitive::<Flex>()
                .expect("a tensor of the pure-Rust device");
            (tensor, None)
        };
        Self {
            tensor: tensor.to_contiguous(),
            guard,
        }
    }

    /// Returns its values, row-major.
    pub(super) fn slice(&self) -> &[f32] {
        values(&self.tensor)
    }

    /// Whether a backward pass can follow.
    pub(super) fn is_tracked(&self) -> bool {
        self.guard.is_some()
    }
}

/// Returns the values of a row-major tensor.
pub(super) fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("contiguous numbers in f32")
}

/// What a forward pass of `N` arguments saves, with the backward pass that reads it.
pub(super) trait Saved<const N: usize>: Send + Sync + 'static {
    /// Computes the gradients of the arguments in their order, each row-major in the shape of its argument.
    ///
    /// `accumulated` is the gradient that the first argument already has, if [`result_accumulating`] asked for it. The
    /// gradient returned for that argument has to include it.
    fn backward(self, gradient: &[f32], accumulated: Option<Vec<f32>>) -> [Vec<f32>; N];

    /// Returns the arguments in their order.
    fn arguments(&self) -> [&FlexTensor; N];
}

/// Makes the result of an operation a tensor. If a backward pass can follow, `save` is given the arguments' tensors.
pub(super) fn result<const N: usize, const D: usize, S: Saved<N>>(
    values: Vec<f32>,
    shape: [usize; D],
    arguments: [Argument; N],
    save: impl FnOnce([FlexTensor; N]) -> S,
) -> Tensor<D> {
    result_accumulating(values, shape, arguments, None, save)
}

/// Does what [`result`] does, for an operation whose first argument is the parameter `first` and may have a gradient
/// already. The backward pass adds to that gradient in place.
pub(super) fn result_accumulating<const N: usize, const D: usize, S: Saved<N>>(
    values: Vec<f32>,
    shape: [usize; D],
    mut arguments: [Argument; N],
    first: Option<Leaf>,
    save: impl FnOnce([FlexTensor; N]) -> S,
) -> Tensor<D> {
    let output = FlexTensor::from_data(TensorData::new(values, shape));
    let guards = arguments.each_mut().map(|argument| argument.guard.take());
    if guards.iter().any(Option::is_none) {
        return Tensor::from_primitive::<Flex>(output);
    }
    let guards = guards.map(|guard| guard.expect("all arguments are on the tape"));
    let prepared = Node::<S>::default()
        .prepare::<NoCheckpointing>(guards)
        .compute_bound()
        .stateful();
    let output = match prepared {
        OpsKind::Tracked(prepared) => {
            let saved = save(arguments.map(|argument| argument.tensor));
            prepared.finish(State::new((saved, first)), output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(output)
}

impl<S: Saved<N>, const N: usize> Backward<Flex, N> for Node<S> {
    type State = State<(S, Option<Leaf>)>;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let (saved, first) = ops.state.take();
        let shapes = saved
            .arguments()
            .map(|tensor| tensor.layout().shape().clone());
        let accumulated = first.and_then(|leaf| gradients.remove::<Flex>(&leaf));
        let found = saved.backward(values(&gradient), accumulated.map(into_values));
        for ((parent, found), shape) in ops.parents.into_iter().zip(found).zip(shapes) {
            if let Some(parent) = parent {
                let found = FlexTensor::from_data(TensorData::new(found, shape));
                gradients.register::<Flex>(parent.id, found);
            }
        }
    }
}

/// Returns the values of a tensor, row-major; without a copy if nobody shares them.
fn into_values(mut tensor: FlexTensor) -> Vec<f32> {
    if !tensor.is_contiguous() {
        tensor = tensor.to_contiguous();
    }
    let data = tensor.into_data();
    data.try_into_vec().expect("gradients are f32")
}
