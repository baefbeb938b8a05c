//! Own operations as nodes of burn's autodiff: one forward pass that keeps what one backward pass needs.

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
    /// Its numbers, row-major.
    pub(super) tensor: FlexTensor,
    /// Its place in the graph, on an autodiff device.
    guard: Option<NodeGuard>,
}

/// A parameter in the graph. Only parameters' are kept in a node: any other would keep its graph alive.
pub(super) type Leaf = FloatTensor<Autodiff<Flex>>;

/// A parameter, on an autodiff device.
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

    pub(super) fn slice(&self) -> &[f32] {
        numbers(&self.tensor)
    }

    /// Whether a backward pass can follow.
    pub(super) fn is_tracked(&self) -> bool {
        self.guard.is_some()
    }
}

/// The numbers of a row-major tensor.
pub(super) fn numbers(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("contiguous numbers in f32")
}

/// What a forward pass keeps, and the backward pass that it is for.
pub(super) trait Saved<const N: usize>: Send + Sync + 'static {
    /// Gradients of the arguments, in their order, each row-major in its argument's shape. `first` is the gradient that
    /// the first argument has already, where it was asked for: what is given in its place holds it.
    fn backward(self, gradient: &[f32], first: Option<Vec<f32>>) -> [Vec<f32>; N];

    /// The arguments.
    fn arguments(&self) -> [&FlexTensor; N];
}

/// The result of an operation as a tensor; `save` is asked only where a backward pass can follow.
pub(super) fn result<const N: usize, const D: usize, S: Saved<N>>(
    numbers: Vec<f32>,
    shape: [usize; D],
    guards: [Option<NodeGuard>; N],
    save: impl FnOnce() -> S,
) -> Tensor<D> {
    result_beside(numbers, shape, guards, None, save)
}

/// [`result`] of an operation whose first argument may have a gradient already, as `first`: the backward pass is given it.
pub(super) fn result_beside<const N: usize, const D: usize, S: Saved<N>>(
    numbers: Vec<f32>,
    shape: [usize; D],
    guards: [Option<NodeGuard>; N],
    first: Option<Leaf>,
    save: impl FnOnce() -> S,
) -> Tensor<D> {
    let output = FlexTensor::from_data(TensorData::new(numbers, shape));
    if guards.iter().any(Option::is_none) {
        return Tensor::from_primitive::<Flex>(output);
    }
    let guards = guards.map(|guard| guard.expect("all arguments are in the graph"));
    let prepared = Node::<S>::default()
        .prepare::<NoCheckpointing>(guards)
        .compute_bound()
        .stateful();
    let output = match prepared {
        OpsKind::Tracked(prepared) => prepared.finish(State::new((save(), first)), output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(output)
}

/// Takes the guards out of arguments.
pub(super) fn guards<const N: usize>(arguments: &mut [Argument; N]) -> [Option<NodeGuard>; N] {
    arguments.each_mut().map(|argument| argument.guard.take())
}

impl<S: Saved<N>, const N: usize> Backward<Flex, N> for Node<S> {
    type State = State<(S, Option<Leaf>)>;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let (saved, first) = ops.state.take();
        let shapes = saved
            .arguments()
            .map(|tensor| tensor.layout().shape().clone());
        let first = first.and_then(|leaf| gradients.remove::<Flex>(&leaf));
        let found = saved.backward(numbers(&gradient), first.map(into_numbers));
        for ((parent, found), shape) in ops.parents.into_iter().zip(found).zip(shapes) {
            if let Some(parent) = parent {
                let found = FlexTensor::from_data(TensorData::new(found, shape));
                gradients.register::<Flex>(parent.id, found);
            }
        }
    }
}

/// The numbers of a tensor, row-major; uncopied where nobody shares them.
fn into_numbers(mut tensor: FlexTensor) -> Vec<f32> {
    if !tensor.is_contiguous() {
        tensor = tensor.to_contiguous();
    }
    let data = tensor.into_data();
    data.try_into_vec().expect("gradients are f32")
}
