//! Own operations as nodes of burn's autodiff: one forward pass that keeps what one backward pass needs.

use burn::tensor::Tensor;
use burn_autodiff::Autodiff;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::NoCheckpointing;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn_tch::{LibTorch, TchTensor};

use super::graph::Graph;
use crate::ops::node::{Node, State};

/// An argument of an operation.
pub(super) struct Argument {
    tensor: TchTensor,
    /// Its place in the graph, on an autodiff device.
    guard: Option<NodeGuard>,
}

impl Argument {
    pub(super) fn new<const D: usize>(tensor: Tensor<D>) -> Self {
        if tensor.device().is_autodiff() {
            let tensor = tensor
                .try_into_primitive::<Autodiff<LibTorch>>()
                .expect("a tensor of LibTorch's device");
            let (tensor, guard) = tensor.into_parts();
            Self {
                tensor,
                guard: Some(guard),
            }
        } else {
            let tensor = tensor
                .try_into_primitive::<LibTorch>()
                .expect("a tensor of LibTorch's device");
            Self {
                tensor,
                guard: None,
            }
        }
    }

    pub(super) fn tensor(&self) -> &tch::Tensor {
        &self.tensor.tensor
    }

    /// Whether a backward pass can follow.
    pub(super) fn is_tracked(&self) -> bool {
        self.guard.is_some()
    }
}

/// The backward pass of an operation: gradients of the arguments, in their order, from the result's. No number is in two of them.
pub(super) trait Saved: Send + 'static {
    fn backward(self, gradient: &tch::Tensor) -> Vec<tch::Tensor>;
}

/// An operation that is one graph.
impl Saved for Graph {
    fn backward(self, gradient: &tch::Tensor) -> Vec<tch::Tensor> {
        Graph::backward(self, gradient)
    }
}

/// The result of an operation as a tensor. It owns its memory, and `saved` is there where a backward pass can follow.
pub(super) fn result<const N: usize, const D: usize, S: Saved>(
    output: tch::Tensor,
    arguments: [Argument; N],
    saved: Option<S>,
) -> Tensor<D> {
    let output = TchTensor::new(output);
    let Some(saved) = saved else {
        return Tensor::from_primitive::<LibTorch>(output);
    };
    let (mut held, guards) = parts(arguments);
    let prepared = Node::<S>::default()
        .prepare::<NoCheckpointing>(guards)
        .compute_bound()
        .stateful();
    let output = match prepared {
        OpsKind::Tracked(prepared) => {
            held.push(output.clone());
            let state = State::new(Kept { saved, _held: held });
            prepared.finish(state, output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    };
    Tensor::from_primitive::<Autodiff<LibTorch>>(output)
}

fn parts<const N: usize>(mut arguments: [Argument; N]) -> (Vec<TchTensor>, [NodeGuard; N]) {
    let guards = arguments.each_mut().map(|argument| {
        let guard = argument.guard.take();
        guard.expect("all arguments of an operation are on one device")
    });
    let kept = arguments.into_iter().map(|argument| argument.tensor);
    (kept.collect(), guards)
}

/// What is saved, and what it needs to stay as it is.
pub(in crate::ops) struct Kept<S> {
    saved: S,
    /// burn writes into tensors that nobody else holds, and does not see LibTorch's graph: these hold what it reads.
    _held: Vec<TchTensor>,
}

impl<S: Saved, const N: usize> Backward<LibTorch, N> for Node<S> {
    type State = State<Kept<S>>;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<LibTorch>(&ops.node);
        let kept = ops.state.take();
        let found = kept.saved.backward(&gradient.tensor);
        for (parent, found) in ops.parents.into_iter().zip(found) {
            if let Some(parent) = parent {
                gradients.register::<LibTorch>(parent.id, TchTensor::new(found));
            }
        }
    }
}
