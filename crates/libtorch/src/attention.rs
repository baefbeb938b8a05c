//! Attention on a GPU over examples that lie end to end: nothing is computed for padding, and no example attends to
//! another.
//!
//! It is flash attention for variable lengths (Dao 2023), or cuDNN's attention if all examples have the same length.
#![expect(unsafe_code, reason = "calls C++")]

use std::ffi::{c_char, c_int};

use tch::{Kind, Tensor};
use torch_sys::C_tensor;

use crate::call::{Handle, handle, new_tensors};

/// Attention over the examples of a batch.
#[derive(Debug)]
pub struct Attention {
    /// The first row of each example, and the number of all rows at the end, i32 `[b + 1]`, on the device.
    pub boundaries: Tensor,
    /// The number of pieces of the longest example.
    pub longest: usize,
    /// The number of heads.
    pub n_heads: usize,
    /// The dropout rate of the attention probabilities. LibTorch's generator draws the masks.
    pub dropout: f64,
}

/// The result of [`Attention::forward`], with what the backward pass reads.
#[derive(Debug)]
pub struct AttentionOutput {
    /// Context vectors, bf16 `[t, h]`.
    pub context: Tensor,
    logsumexp: Tensor,
    seed: Tensor,
    offset: Tensor,
    by_cudnn: bool,
}

#[repr(C)]
struct RawLayout {
    boundaries: *const C_tensor,
    n_examples: i64,
    longest: i64,
    n_heads: i64,
    dropout: f64,
}

unsafe extern "C" {
    fn macbert_attention(
        projected: *const C_tensor,
        layout: *const RawLayout,
        by_cudnn: *mut bool,
        context: *mut Handle,
        logsumexp: *mut Handle,
        seed: *mut Handle,
        offset: *mut Handle,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_attention_backward(
        gradient: *const C_tensor,
        projected: *const C_tensor,
        context: *const C_tensor,
        logsumexp: *const C_tensor,
        seed: *const C_tensor,
        offset: *const C_tensor,
        layout: *const RawLayout,
        by_cudnn: bool,
        query: *mut Handle,
        key: *mut Handle,
        value: *mut Handle,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_attention_in_graph(
        query: *const C_tensor,
        key: *const C_tensor,
        value: *const C_tensor,
        layout: *const RawLayout,
        context: *mut Handle,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
}

impl Attention {
    fn raw(&self) -> RawLayout {
        assert_eq!(self.boundaries.kind(), Kind::Int, "boundaries in i32");
        RawLayout {
            boundaries: handle(&self.boundaries),
            n_examples: self.boundaries.numel() as i64 - 1,
            longest: self.longest as i64,
            n_heads: self.n_heads as i64,
            dropout: self.dropout,
        }
    }

    /// Computes attention, which autograd does not record: the gradients come from [`Self::backward`]. `projected` has
    /// query, key and value side by side, bf16 `[t, 3h]`.
    pub fn forward(&self, projected: &Tensor) -> AttentionOutput {
        let layout = self.raw();
        let mut by_cudnn = false;
        let [context, logsumexp, seed, offset] = new_tensors(|out, reason, capacity| {
            let [context, logsumexp, seed, offset] = out;
            // SAFETY: all handles are those of tensors that live until the call returns. The results have their own handles.
            unsafe {
                macbert_attention(
                    handle(projected),
                    &raw const layout,
                    &raw mut by_cudnn,
                    context,
                    logsumexp,
                    seed,
                    offset,
                    reason,
                    capacity,
                )
            }
        });
        AttentionOutput {
            context,
            logsumexp,
            seed,
            offset,
            by_cudnn,
        }
    }

    /// Computes the gradients of query, key and value, bf16 `[t, h]` each, from the gradient of the context vectors.
    /// `output` is the result of [`Self::forward`] for the same `projected`.
    pub fn backward(
        &self,
        gradient: &Tensor,
        projected: &Tensor,
        output: &AttentionOutput,
    ) -> [Tensor; 3] {
        let layout = self.raw();
        new_tensors(|[query, key, value], reason, capacity| {
            // SAFETY: as in `forward`.
            unsafe {
                macbert_attention_backward(
                    handle(gradient),
                    handle(projected),
                    handle(&output.context),
                    handle(&output.logsumexp),
                    handle(&output.seed),
                    handle(&output.offset),
                    &raw const layout,
                    output.by_cudnn,
                    query,
                    key,
                    value,
                    reason,
                    capacity,
                )
            }
        })
    }

    /// Computes the context vectors, `[t, h]`. If query, key or value track gradients, LibTorch's autograd records the
    /// operation. Query, key and value are `[t, h]` each, f32 or bf16.
    pub fn in_graph(&self, query: &Tensor, key: &Tensor, value: &Tensor) -> Tensor {
        let layout = self.raw();
        let [context] = new_tensors(|[context], reason, capacity| {
            // SAFETY: as in `forward`.
            unsafe {
                macbert_attention_in_graph(
                    handle(query),
                    handle(key),
                    handle(value),
                    &raw const layout,
                    context,
                    reason,
                    capacity,
                )
            }
        });
        context
    }
}
