//! The three embeddings, their norm and dropout as one operation.
//!
//! Dimensions: `t` pieces of all examples, `h` hidden width.

use tch::{Kind, Tensor};

use super::dropout::drop_rows;
use super::gpu::embeddings::GpuEmbeddings;
use super::gpu::kernels::kernels_for;
use super::graph::{Graph, leaf};
use super::node::{Argument, result};
use super::tensors::integers;
use crate::input::ModelInput;
use crate::ops::contract::EmbeddingParameters;
use crate::ops::dropout::{Dropout, Place, Site};
use crate::ops::tensors::{EmbeddingTensors, N_EMBEDDING_TENSORS};

/// [`crate::ops::contract::Operations::embeddings`].
pub(super) fn embeddings(
    parameters: EmbeddingParameters,
    input: &ModelInput,
    dropout: &Dropout,
    kind: Kind,
) -> burn::tensor::Tensor<2> {
    let lookup = Lookup {
        words: integers(&input.input_ids),
        positions: integers(&input.position_ids),
        segments: integers(&input.segment_ids),
        dropout: dropout.at(Place::Embeddings),
        eps: parameters.norm.eps,
    };
    let arguments = parameters.tensors(Argument::new, Argument::new);
    let tensors = arguments.each_ref().map(Argument::tensor);
    if !arguments.word.is_tracked() {
        let output = tch::no_grad(|| lookup.forward(&tensors));
        return result(
            output,
            arguments.into_array(),
            None::<Graph<N_EMBEDDING_TENSORS>>,
        );
    }
    let h = tensors.word.size()[1];
    if let Some(kernels) = kernels_for(kind, tensors.word.device(), h) {
        let ids = [&lookup.words, &lookup.positions, &lookup.segments];
        let embeddings = GpuEmbeddings::new(kernels, &tensors, &ids, lookup.dropout);
        let (output, saved) = embeddings.forward(lookup.eps);
        return result(output, arguments.into_array(), Some(saved));
    }
    let leaves = tensors.map(leaf);
    let output = tch::with_grad(|| lookup.forward(&leaves.each_ref()));
    let graph = Graph::new(leaves.into_array(), output);
    result(graph.output(), arguments.into_array(), Some(graph))
}

/// The rows to look up in the three tables, `[t]` each, and what follows.
struct Lookup {
    words: Tensor,
    positions: Tensor,
    segments: Tensor,
    dropout: Site,
    /// ε of the norm.
    eps: f64,
}

impl Lookup {
    /// Computes the embeddings in LibTorch's operations, f32 `[t, h]`.
    fn forward(&self, tensors: &EmbeddingTensors<&Tensor>) -> Tensor {
        let rows = |table, ids| Tensor::embedding(table, ids, -1, false, false); // [t, h]
        let sum = rows(tensors.word, &self.words)
            + rows(tensors.position, &self.positions)
            + rows(tensors.segment, &self.segments);
        let (weight, bias) = (tensors.norm_weight, tensors.norm_bias);
        let normed = sum.layer_norm(weight.size(), Some(weight), Some(bias), self.eps, false);
        drop_rows(&normed, self.dropout, None)
    }
}
