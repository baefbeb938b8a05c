//! The arguments of the operations in the one order that the forward and backward passes of native bodies count on.

use burn::tensor::Tensor;

use super::{EmbeddingParameters, HeadParameters, LayerParameters};

impl EmbeddingParameters {
    /// Word, position and segment embeddings, weight and bias of the norm.
    pub(crate) const N_ARGUMENTS: usize = 5;

    pub(crate) fn arguments<A>(
        self,
        matrix: impl Fn(Tensor<2>) -> A,
        vector: impl Fn(Tensor<1>) -> A,
    ) -> [A; Self::N_ARGUMENTS] {
        [
            matrix(self.word),
            matrix(self.position),
            matrix(self.segment),
            vector(self.norm.weight),
            vector(self.norm.bias),
        ]
    }
}

impl LayerParameters {
    /// The hidden states, then weight and bias of query, key, value, output, attention's norm, expand, contract, norm.
    pub(crate) const N_ARGUMENTS: usize = 17;

    pub(crate) fn arguments<A>(
        self,
        hidden: Tensor<2>,
        matrix: impl Fn(Tensor<2>) -> A,
        vector: impl Fn(Tensor<1>) -> A,
    ) -> [A; Self::N_ARGUMENTS] {
        [
            matrix(hidden),
            matrix(self.query.weight),
            vector(self.query.bias),
            matrix(self.key.weight),
            vector(self.key.bias),
            matrix(self.value.weight),
            vector(self.value.bias),
            matrix(self.output.weight),
            vector(self.output.bias),
            vector(self.attention_norm.weight),
            vector(self.attention_norm.bias),
            matrix(self.expand.weight),
            vector(self.expand.bias),
            matrix(self.contract.weight),
            vector(self.contract.bias),
            vector(self.norm.weight),
            vector(self.norm.bias),
        ]
    }
}

impl HeadParameters {
    /// The hidden states, weight and bias of the dense map, of the norm, word embeddings, the decoder's bias.
    pub(crate) const N_ARGUMENTS: usize = 7;

    pub(crate) fn arguments<A>(
        self,
        hidden: Tensor<2>,
        matrix: impl Fn(Tensor<2>) -> A,
        vector: impl Fn(Tensor<1>) -> A,
    ) -> [A; Self::N_ARGUMENTS] {
        [
            matrix(hidden),
            matrix(self.dense.weight),
            vector(self.dense.bias),
            vector(self.norm.weight),
            vector(self.norm.bias),
            matrix(self.word),
            vector(self.bias),
        ]
    }
}
