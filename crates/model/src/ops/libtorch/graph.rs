//! A part of a forward pass in LibTorch's own graph.

use tch::{Kind, Tensor};

/// Results of a computation and where it began.
#[derive(Debug)]
pub(super) struct Graph {
    leaves: Vec<Tensor>,
    output: Tensor,
}

impl Graph {
    /// Computes on `N` arguments, outside any other graph.
    pub(super) fn new<const N: usize>(
        arguments: [&Tensor; N],
        forward: impl FnOnce(&[Tensor; N]) -> Tensor,
    ) -> Self {
        let leaves = arguments.map(|argument| argument.detach().set_requires_grad(true));
        // Grad mode is the thread's own.
        let output = tch::with_grad(|| forward(&leaves));
        Self {
            leaves: leaves.into(),
            output,
        }
    }

    /// The result, outside the graph.
    pub(super) fn output(&self) -> Tensor {
        self.output.detach()
    }

    /// Gradients of the arguments, in their order, from the result's; the graph is freed.
    pub(super) fn backward(self, gradient: &Tensor) -> Vec<Tensor> {
        // `run_backward` starts from 1 always.
        let sum = tch::with_grad(|| (&self.output * gradient).sum(Kind::Float));
        Tensor::run_backward(&[sum], &self.leaves, false, false)
    }
}
