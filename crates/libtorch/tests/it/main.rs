//! LibTorch's operations on an NVIDIA GPU; all are ignored unless asked for:
//! `cargo test -p libtorch --features tch --test it -- --ignored`.

#[cfg(feature = "tch")]
mod gpu;
