//! Attention on a GPU over examples that lie end to end: nothing is computed for padding, and no example sees another
//! (flash attention with boundaries, Dao 2023; cuDNN's where all examples have one length).
#![expect(unsafe_code, reason = "calls C++")]

use std::ffi::{c_char, c_int};

use tch::{Kind, Tensor};
use torch_sys::C_tensor;

use crate::call::{Handle, handle, new_tensors};

/// Where examples and heads lie.
#[derive(Debug)]
pub struct Layout {
    /// The first row of each example and the number of all rows, i32 `[b + 1]`, on the device.
    pub boundaries: Tensor,
    /// Pieces of the longest example.
    pub longest: usize,
    /// Heads.
    pub n_heads: usize,
    /// Share of the attention shares that are dropped, by LibTorch's generator.
    pub dropout: f64,
}

/// What a backward pass needs beside the arguments of [`Layout::forward`].
#[derive(Debug)]
pub struct Attention {
    /// Mixtures of the values, bf16 `[t, h]`.
    pub mixed: Tensor,
    logarithms: Tensor,
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
        mixed: *mut Handle,
        logarithms: *mut Handle,
        seed: *mut Handle,
        offset: *mut Handle,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_attention_backward(
        gradient: *const C_tensor,
        projected: *const C_tensor,
        mixed: *const C_tensor,
        logarithms: *const C_tensor,
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
        mixed: *mut Handle,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
}

impl Layout {
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

    /// Attention outside any graph. `projected` are query, key and value side by side, bf16 `[t, 3h]`.
    pub fn forward(&self, projected: &Tensor) -> Attention {
        let raw = self.raw();
        let mut by_cudnn = false;
        let [mixed, logarithms, seed, offset] = new_tensors(|out, reason, capacity| {
            let [a, b, c, d] = out;
            // SAFETY: all handles are of tensors that live until the call returns; the results go where they belong.
            unsafe {
                let projected = handle(projected);
                macbert_attention(
                    projected,
                    &raw const raw,
                    &raw mut by_cudnn,
                    a,
                    b,
                    c,
                    d,
                    reason,
                    capacity,
                )
            }
        });
        Attention {
            mixed,
            logarithms,
            seed,
            offset,
            by_cudnn,
        }
    }

    /// Gradients of query, key and value, bf16 `[t, h]` each, from the mixtures'.
    pub fn backward(&self, gradient: &Tensor, projected: &Tensor, kept: &Attention) -> [Tensor; 3] {
        let raw = self.raw();
        let tensors = [&kept.mixed, &kept.logarithms, &kept.seed, &kept.offset];
        let [mixed, logarithms, seed, offset] = tensors.map(handle);
        new_tensors(|[query, key, value], reason, capacity| {
            // SAFETY: as above.
            unsafe {
                macbert_attention_backward(
                    handle(gradient),
                    handle(projected),
                    mixed,
                    logarithms,
                    seed,
                    offset,
                    &raw const raw,
                    kept.by_cudnn,
                    query,
                    key,
                    value,
                    reason,
                    capacity,
                )
            }
        })
    }

    /// Query, key and value, `[t, h]` each, f32 or bf16, to mixtures `[t, h]`, within LibTorch's graph where there is one.
    pub fn in_graph(&self, projected: [&Tensor; 3]) -> Tensor {
        let raw = self.raw();
        let [query, key, value] = projected.map(handle);
        let [mixed] = new_tensors(|[mixed], reason, capacity| {
            // SAFETY: as above.
            unsafe {
                macbert_attention_in_graph(
                    query,
                    key,
                    value,
                    &raw const raw,
                    mixed,
                    reason,
                    capacity,
                )
            }
        });
        mixed
    }
}
