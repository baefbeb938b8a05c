//! A part of a forward pass in LibTorch's own graph.

use tch::{Kind, Tensor};

/// The output of a computation, and the `N` leaves that it began with.
#[derive(Debug)]
pub(super) struct Graph<const N: usize> {
    leaves: [Tensor; N],
    output: Tensor,
}

/// Makes an argument a leaf of a new graph, outside any other graph.
pub(super) fn leaf(argument: &Tensor) -> Tensor {
    argument.detach().set_requires_grad(true)
}

impl<const N: usize> Graph<N> {
    /// Keeps the graph of an output that was computed from these leaves within `tch::with_grad`.
    pub(super) fn new(leaves: [Tensor; N], output: Tensor) -> Self {
        Self { leaves, output }
    }

    /// Returns the output, outside the graph.
    pub(super) fn output(&self) -> Tensor {
        self.output.detach()
    }

    /// Computes the gradients of the leaves, in their order, from that of the output. The graph is freed.
    pub(super) fn backward(self, gradient: &Tensor) -> [Tensor; N] {
        // `run_backward` always starts from a gradient of 1.
        let sum = tch::with_grad(|| (&self.output * gradient).sum(Kind::Float));
        Tensor::run_backward(&[sum], &self.leaves, false, false)
            .try_into()
            .expect("one gradient a leaf")
    }
}
