//! The embeddings on a GPU in bf16: one kernel for the forward pass, one for the backward pass.
//!
//! Dimensions: `t` pieces of all examples, `h` hidden width.

use std::sync::Arc;

use libtorch::kernels::Kernels;
use libtorch::kernels::rows::{EmbeddingGradients, Embeddings, Normed};
use tch::{Kind, Tensor};

use crate::ops::dropout::Site;
use crate::ops::libtorch::node::Saved;
use crate::ops::libtorch::tensors::bf16;
use crate::ops::tensors::{EmbeddingTensors, N_EMBEDDING_TENSORS};

/// What both passes read.
pub(crate) struct GpuEmbeddings {
    kernels: Arc<Kernels>,
    arguments: EmbeddingTensors<Tensor>,
    /// The rows to look up in the tables of words, positions and segments, i32 `[3, t]`.
    ids: Tensor,
    dropout: Site,
}

/// What the backward pass reads. It recomputes the sums of the embeddings.
pub(crate) struct SavedGpuEmbeddings {
    embeddings: GpuEmbeddings,
    /// The mean and 1 / standard deviation of each row, `[t, 2]`.
    statistics: Tensor,
}

impl GpuEmbeddings {
    /// `ids` are the rows to look up in the tables of words, positions and segments, in this order.
    pub(crate) fn new(
        kernels: Arc<Kernels>,
        arguments: &EmbeddingTensors<&Tensor>,
        ids: &[&Tensor; 3],
        dropout: Site,
    ) -> Self {
        Self {
            kernels,
            arguments: arguments.map(Tensor::shallow_clone),
            ids: Tensor::stack(ids, 0).to_kind(Kind::Int),
            dropout,
        }
    }

    /// Computes the embeddings, bf16 `[t, h]`, and what the backward pass reads.
    pub(crate) fn forward(self, eps: f64) -> (Tensor, SavedGpuEmbeddings) {
        let bias = &self.arguments.norm_bias;
        let Normed { output, statistics } = self.kernels.embeddings(self.given(), bias, eps);
        let saved = SavedGpuEmbeddings {
            embeddings: self,
            statistics,
        };
        (output, saved)
    }

    fn given(&self) -> Embeddings<'_> {
        Embeddings {
            word: &self.arguments.word,
            position: &self.arguments.position,
            segment: &self.arguments.segment,
            ids: &self.ids,
            weight: &self.arguments.norm_weight,
            site: self.dropout.for_kernels(),
        }
    }
}

impl Saved<N_EMBEDDING_TENSORS> for SavedGpuEmbeddings {
    fn backward(self, gradient: &Tensor) -> [Tensor; N_EMBEDDING_TENSORS] {
        let (given, kernels) = (self.embeddings.given(), &self.embeddings.kernels);
        let EmbeddingGradients { sum, weight, bias } =
            kernels.embeddings_backward(&bf16(gradient), given, &self.statistics);
        let table = |index: i64, table: &Tensor| {
            let ids = self.embeddings.ids.get(index);
            Tensor::embedding_dense_backward(&sum, &ids, table.size()[0], -1, false)
        };
        EmbeddingTensors {
            word: table(0, given.word),
            position: table(1, given.position),
            segment: table(2, given.segment),
            norm_weight: weight,
            norm_bias: bias,
        }
        .into_array()
    }
}
