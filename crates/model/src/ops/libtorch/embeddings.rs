//! The three embeddings, their norm and dropout as one operation.

use burn::tensor::Int;
use burn_tch::LibTorch;
use tch::Tensor;

use super::dropout::drop_rows;
use super::graph::Graph;
use super::node::{Argument, result};
use crate::input::ModelInput;
use crate::ops::{Dropout, EmbeddingParameters, Place};

const N_ARGUMENTS: usize = EmbeddingParameters::N_ARGUMENTS;

/// [`crate::ops::Operations::embeddings`].
pub(super) fn embeddings(
    parameters: EmbeddingParameters,
    input: &ModelInput,
    dropout: &Dropout,
) -> burn::tensor::Tensor<2> {
    let ids = [&input.input_ids, &input.position_ids, &input.segment_ids].map(indices);
    let (site, eps) = (dropout.at(Place::Embeddings), parameters.norm.eps);
    let arguments = parameters.arguments(Argument::new, Argument::new);
    let forward = |[word, position, segment, weight, bias]: [&Tensor; N_ARGUMENTS]| {
        let rows = |table, ids| Tensor::embedding(table, ids, -1, false, false); // [t, h]
        let sum = rows(word, &ids[0]) + rows(position, &ids[1]) + rows(segment, &ids[2]);
        let normed = sum.layer_norm(weight.size(), Some(weight), Some(bias), eps, false);
        drop_rows(&normed, site)
    };
    let tensors = arguments.each_ref().map(Argument::tensor);
    if arguments[0].is_tracked() {
        let graph = Graph::new(tensors, |leaves| forward(leaves.each_ref()));
        result(graph.output(), arguments, Some(graph))
    } else {
        let output = tch::no_grad(|| forward(tensors));
        result(output, arguments, None::<Graph>)
    }
}

fn indices(ids: &burn::tensor::Tensor<1, Int>) -> Tensor {
    let ids = ids.clone().without_autodiff();
    let ids = ids.try_into_primitive::<LibTorch>();
    ids.expect("a tensor of LibTorch's device").tensor
}
