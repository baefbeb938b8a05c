//! The arguments of the operations by name, whatever stands for a tensor: a node's argument, a slice, a gradient.
//!
//! burn's autodiff takes the arguments of an operation, and their gradients, as arrays in one order. Only the structs here
//! know that order; everything else goes by names.
//!
//! Dimensions: `t` pieces of all examples, `m` masked positions, `h` hidden width, `i` inner width of the feed-forward, `v`
//! pieces of the vocabulary.

use burn::tensor::Tensor;

use super::contract::{EmbeddingParameters, HeadParameters, LayerParameters};

/// Defines a struct of one field per argument, and the number of fields.
macro_rules! named_tensors {
    (
        $(#[$attribute:meta])* $name:ident[$count:ident] {
            $($(#[$field_attribute:meta])* $field:ident,)+
        }
    ) => {
        /// How many arguments there are.
        pub(crate) const $count: usize = [$(stringify!($field)),+].len();

        $(#[$attribute])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name<T> {
            $($(#[$field_attribute])* pub(crate) $field: T,)+
        }

        impl<T> $name<T> {
            /// Applies a function to each.
            pub(crate) fn map<U>(self, mut function: impl FnMut(T) -> U) -> $name<U> {
                $name { $($field: function(self.$field),)+ }
            }

            /// Borrows each.
            pub(crate) fn each_ref(&self) -> $name<&T> {
                $name { $($field: &self.$field,)+ }
            }

            /// Lays them out in their one order.
            pub(crate) fn into_array(self) -> [T; $count] {
                [$(self.$field),+]
            }

            /// Names those of an array in their one order.
            pub(crate) fn from_array(array: [T; $count]) -> Self {
                let [$($field),+] = array;
                Self { $($field),+ }
            }
        }
    };
}

named_tensors! {
    /// The arguments of [`Operations::embeddings`](super::contract::Operations::embeddings).
    EmbeddingTensors[N_EMBEDDING_TENSORS] {
        /// `[v, h]`.
        word,
        /// `[positions, h]`.
        position,
        /// `[segments, h]`.
        segment,
        norm_weight,
        norm_bias,
    }
}

named_tensors! {
    /// The arguments of [`Operations::encoder_layer`](super::contract::Operations::encoder_layer).
    LayerTensors[N_LAYER_TENSORS] {
        /// `[t, h]`.
        hidden,
        query_weight,
        query_bias,
        key_weight,
        key_bias,
        value_weight,
        value_bias,
        output_weight,
        output_bias,
        attention_norm_weight,
        attention_norm_bias,
        /// `[h, i]`.
        expand_weight,
        expand_bias,
        /// `[i, h]`.
        contract_weight,
        contract_bias,
        norm_weight,
        norm_bias,
    }
}

named_tensors! {
    /// The arguments of [`Operations::masked_loss`](super::contract::Operations::masked_loss).
    HeadTensors[N_HEAD_TENSORS] {
        /// `[m, h]`.
        hidden,
        dense_weight,
        dense_bias,
        norm_weight,
        norm_bias,
        /// `[v, h]`.
        word,
        /// `[v]`.
        decoder_bias,
    }
}

#[cfg(feature = "tch")]
named_tensors! {
    /// The arguments of the part of an encoder layer that follows its attention.
    PostAttentionTensors[N_POST_ATTENTION_TENSORS] {
        /// Context vectors, `[t, h]`.
        context,
        /// What the layer is given, `[t, h]`.
        hidden,
        output_weight,
        output_bias,
        attention_norm_weight,
        attention_norm_bias,
        /// `[h, i]`.
        expand_weight,
        expand_bias,
        /// `[i, h]`.
        contract_weight,
        contract_bias,
        norm_weight,
        norm_bias,
    }
}

#[cfg(feature = "tch")]
named_tensors! {
    /// The arguments of the part of the masked head that precedes its decoder.
    TransformTensors[N_TRANSFORM_TENSORS] {
        /// `[m, h]`.
        hidden,
        dense_weight,
        dense_bias,
        norm_weight,
        norm_bias,
    }
}

impl EmbeddingParameters {
    /// Names the arguments, converted by `matrix` and `vector`.
    pub(crate) fn tensors<T>(
        self,
        matrix: impl Fn(Tensor<2>) -> T,
        vector: impl Fn(Tensor<1>) -> T,
    ) -> EmbeddingTensors<T> {
        EmbeddingTensors {
            word: matrix(self.word),
            position: matrix(self.position),
            segment: matrix(self.segment),
            norm_weight: vector(self.norm.weight),
            norm_bias: vector(self.norm.bias),
        }
    }
}

impl LayerParameters {
    /// Names the arguments, converted by `matrix` and `vector`.
    pub(crate) fn tensors<T>(
        self,
        hidden: Tensor<2>,
        matrix: impl Fn(Tensor<2>) -> T,
        vector: impl Fn(Tensor<1>) -> T,
    ) -> LayerTensors<T> {
        LayerTensors {
            hidden: matrix(hidden),
            query_weight: matrix(self.query.weight),
            query_bias: vector(self.query.bias),
            key_weight: matrix(self.key.weight),
            key_bias: vector(self.key.bias),
            value_weight: matrix(self.value.weight),
            value_bias: vector(self.value.bias),
            output_weight: matrix(self.output.weight),
            output_bias: vector(self.output.bias),
            attention_norm_weight: vector(self.attention_norm.weight),
            attention_norm_bias: vector(self.attention_norm.bias),
            expand_weight: matrix(self.expand.weight),
            expand_bias: vector(self.expand.bias),
            contract_weight: matrix(self.contract.weight),
            contract_bias: vector(self.contract.bias),
            norm_weight: vector(self.norm.weight),
            norm_bias: vector(self.norm.bias),
        }
    }
}

impl HeadParameters {
    /// Names the arguments, converted by `matrix` and `vector`.
    pub(crate) fn tensors<T>(
        self,
        hidden: Tensor<2>,
        matrix: impl Fn(Tensor<2>) -> T,
        vector: impl Fn(Tensor<1>) -> T,
    ) -> HeadTensors<T> {
        HeadTensors {
            hidden: matrix(hidden),
            dense_weight: matrix(self.dense.weight),
            dense_bias: vector(self.dense.bias),
            norm_weight: vector(self.norm.weight),
            norm_bias: vector(self.norm.bias),
            word: matrix(self.word),
            decoder_bias: vector(self.decoder_bias),
        }
    }
}
