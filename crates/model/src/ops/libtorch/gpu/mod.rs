//! On a GPU in bf16: kernels, and passes that use them.

pub(super) mod embeddings;
pub(super) mod kernels;
pub(super) mod layer;
