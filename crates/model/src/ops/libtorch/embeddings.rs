//! The three embeddings, their norm and dropout as one operation.
//!
//! Dimensions: `t` pieces of all examples, `h` hidden width.

use std::sync::Arc;

use burn::tensor::Int;
use burn_tch::LibTorch;
use libtorch::kernels::{Embeddings, Kernels};
use tch::{Kind, Tensor};

use super::dropout::drop_rows;
use super::gpu_layer::bf16;
use super::graph::Graph;
use super::kernels_for;
use super::node::{Argument, Saved, result};
use crate::input::ModelInput;
use crate::ops::{Dropout, EmbeddingParameters, Place, Site};

const N_ARGUMENTS: usize = EmbeddingParameters::N_ARGUMENTS;

/// [`crate::ops::Operations::embeddings`].
pub(super) fn embeddings(
    parameters: EmbeddingParameters,
    input: &ModelInput,
    dropout: &Dropout,
    kind: Kind,
) -> burn::tensor::Tensor<2> {
    let ids = [&input.input_ids, &input.position_ids, &input.segment_ids].map(indices);
    let (site, eps) = (dropout.at(Place::Embeddings), parameters.norm.eps);
    let arguments = parameters.arguments(Argument::new, Argument::new);
    let forward = |[word, position, segment, weight, bias]: [&Tensor; N_ARGUMENTS]| {
        let rows = |table, ids| Tensor::embedding(table, ids, -1, false, false); // [t, h]
        let sum = rows(word, &ids[0]) + rows(position, &ids[1]) + rows(segment, &ids[2]);
        let normed = sum.layer_norm(weight.size(), Some(weight), Some(bias), eps, false);
        drop_rows(&normed, site, None)
    };
    let tensors = arguments.each_ref().map(Argument::tensor);
    let kernels = kernels_for(kind, tensors[0].device(), tensors[0].size()[1]);
    if let (Some(kernels), true) = (kernels, arguments[0].is_tracked()) {
        let (output, saved) = on_gpu(kernels, tensors, &ids, eps, site);
        result(output, arguments, Some(saved))
    } else if arguments[0].is_tracked() {
        let graph = Graph::new(tensors, |leaves| forward(leaves.each_ref()));
        result(graph.output(), arguments, Some(graph))
    } else {
        let output = tch::no_grad(|| forward(tensors));
        result(output, arguments, None::<Graph>)
    }
}

pub(super) fn indices(ids: &burn::tensor::Tensor<1, Int>) -> Tensor {
    let ids = ids.clone().without_autodiff();
    let ids = ids.try_into_primitive::<LibTorch>();
    ids.expect("a tensor of LibTorch's device").tensor
}

/// What the backward pass on a GPU needs: the sums are made again.
struct SavedEmbeddings {
    kernels: Arc<Kernels>,
    /// Words, positions, segments.
    tables: [Tensor; 3],
    /// Of the norm.
    weight: Tensor,
    /// i32 `[3, t]`.
    ids: Tensor,
    statistics: Tensor,
    site: Site,
}

/// bf16 `[t, h]`, by one kernel.
fn on_gpu(
    kernels: Arc<Kernels>,
    [word, position, segment, weight, bias]: [&Tensor; N_ARGUMENTS],
    ids: &[Tensor; 3],
    eps: f64,
    site: Site,
) -> (Tensor, SavedEmbeddings) {
    let saved = SavedEmbeddings {
        tables: [word, position, segment].map(Tensor::shallow_clone),
        weight: weight.shallow_clone(),
        ids: Tensor::stack(ids, 0).to_kind(Kind::Int),
        statistics: Tensor::new(),
        site,
        kernels,
    };
    let kernels = &saved.kernels;
    let (output, statistics) = kernels.embeddings(saved.arguments(), bias, eps, site.for_kernels());
    let saved = SavedEmbeddings {
        statistics,
        ..saved
    };
    (output, saved)
}

impl SavedEmbeddings {
    fn arguments(&self) -> Embeddings<'_> {
        Embeddings {
            tables: self.tables.each_ref(),
            ids: &self.ids,
            weight: &self.weight,
        }
    }
}

impl Saved for SavedEmbeddings {
    fn backward(self, gradient: &Tensor) -> Vec<Tensor> {
        let gradient = bf16(gradient);
        let (arguments, site) = (self.arguments(), self.site.for_kernels());
        let [sums, weight, bias] =
            self.kernels
                .embeddings_backward(&gradient, arguments, &self.statistics, site);
        let table = |of: i64| {
            let n_rows = self.tables[of as usize].size()[0];
            Tensor::embedding_dense_backward(&sums, &self.ids.get(of), n_rows, -1, false)
        };
        vec![table(0), table(1), table(2), weight, bias]
    }
}
