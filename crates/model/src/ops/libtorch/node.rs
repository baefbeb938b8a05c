//! Fused operations of LibTorch's devices as nodes of burn's autodiff: a forward pass that saves what the backward pass
//! reads.

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
    /// Its place on the tape; `None` on a plain device.
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

/// What a forward pass of `N` arguments saves, with the backward pass that reads it.
pub(super) trait Saved<const N: usize>: Send + 'static {
    /// Computes the gradients of the arguments, in their order, from that of the result. No two have a number in common, since
    /// burn may write to them in place.
    fn backward(self, gradient: &tch::Tensor) -> [tch::Tensor; N];
}

/// An operation that is one graph.
impl<const N: usize> Saved<N> for Graph<N> {
    fn backward(self, gradient: &tch::Tensor) -> [tch::Tensor; N] {
        Graph::backward(self, gradient)
    }
}

/// Makes the result of an operation a tensor. The result owns its memory. `saved` is there if a backward pass can follow.
pub(super) fn result<const N: usize, const D: usize, S: Saved<N>>(
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
            let state = State::new(Held {
                saved,
                _tensors: held,
            });
            prepared.finish(state, output)
        }
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    };
    Tensor::from_primitive::<Autodiff<LibTorch>>(output)
}

/// Splits arguments into their tensors and their places on the tape.
fn parts<const N: usize>(mut arguments: [Argument; N]) -> (Vec<TchTensor>, [NodeGuard; N]) {
    let guards = arguments.each_mut().map(|argument| {
        let guard = argument.guard.take();
        guard.expect("all arguments of an operation are on one device")
    });
    let tensors = arguments.into_iter().map(|argument| argument.tensor);
    (tensors.collect(), guards)
}

/// What is saved, with the tensors that it reads.
pub(crate) struct Held<S> {
    saved: S,
    /// burn writes into a tensor in place if nobody else holds it, and it does not see what LibTorch's graph holds.
    _tensors: Vec<TchTensor>,
}

impl<S: Saved<N>, const N: usize> Backward<LibTorch, N> for Node<S> {
    type State = State<Held<S>>;

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<LibTorch>(&ops.node);
        let held = ops.state.take();
        let found = held.saved.backward(&gradient.tensor);
        for (parent, found) in ops.parents.into_iter().zip(found) {
            if let Some(parent) = parent {
                gradients.register::<LibTorch>(parent.id, TchTensor::new(found));
            }
        }
    }
}
