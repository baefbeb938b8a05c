//! Attention on an NVIDIA GPU. Needs one: `cargo test -p libtorch --features tch -- --ignored`.
#![cfg(feature = "tch")]
#![expect(
    unsafe_code,
    reason = "loads LibTorch's CUDA part, which nothing here names"
)]

use libloading::Library;
use libtorch::attention::Attention;
use tch::{Device, Kind, Tensor};

/// Pieces of an example, and width of a head: a value is a row of the identity, so that mixtures are the shares.
const S: i64 = 64;
const DROPOUT: f64 = 0.25;

/// Examples of these lengths with one head; the first's mixtures are its shares, `[64, 64]`.
fn outcome(lengths: &[i64]) -> [Tensor; 3] {
    let gpu = Device::Cuda(0);
    let mut boundaries = vec![0];
    for length in lengths {
        boundaries.push(boundaries[boundaries.len() - 1] + length);
    }
    let t = boundaries[boundaries.len() - 1];
    let attention = Attention {
        boundaries: Tensor::from_slice(&boundaries)
            .to_kind(Kind::Int)
            .to_device(gpu),
        longest: lengths.iter().max().map_or(0, |n| *n as usize),
        n_heads: 1,
        dropout: DROPOUT,
    };
    tch::manual_seed(1);
    let identity = || {
        let rows = Tensor::zeros([t, S], (Kind::BFloat16, gpu));
        let first = Tensor::eye(S, (Kind::Float, gpu)).to_kind(Kind::BFloat16);
        rows.narrow(0, 0, S).copy_(&first);
        rows
    };
    let random = || Tensor::randn([t, S], (Kind::Float, gpu)).to_kind(Kind::BFloat16);
    let [query, key] = [random(), random()];
    let projected = Tensor::cat(&[&query, &key, &identity()], 1);
    let forward = attention.forward(&projected);
    let [_, _, value] = attention.backward(&identity(), &projected, &forward);
    let rows = |x: &Tensor| x.narrow(0, 0, S).to_kind(Kind::Float);
    let scores = rows(&query).mm(&rows(&key).tr()) / (S as f64).sqrt();
    [
        rows(&forward.context),
        rows(&value).tr(),
        scores.softmax(-1, Kind::Float),
    ]
}

/// The backward pass drops what the forward pass dropped, and what is kept is scaled, for cuDNN's kernels (examples of one
/// length) and those with boundaries.
#[test]
#[ignore = "needs an NVIDIA GPU"]
fn shares_are_dropped_alike_in_both_passes() {
    // SAFETY: LibTorch's own library, made to be loaded so.
    let _cuda = unsafe { Library::new("libtorch_cuda.so") }.expect("LibTorch for CUDA");
    for lengths in [&[S, S, S][..], &[S, 20, 70]] {
        let [mixed, again, shares] = outcome(lengths);
        let apart = f64::try_from((&mixed - &again).abs().max()).expect("a number");
        assert!(apart < 1e-2, "{lengths:?}: the passes differ by {apart}");
        let kept = mixed.ne(0.0).to_kind(Kind::Float);
        let n_kept = f64::try_from(kept.mean(Kind::Float)).expect("a number");
        assert!(
            (n_kept - (1.0 - DROPOUT)).abs() < 0.03,
            "{lengths:?}: {n_kept} are kept"
        );
        let expected = shares * kept / (1.0 - DROPOUT);
        let apart = f64::try_from((&mixed - expected).abs().max()).expect("a number");
        assert!(apart < 1e-2, "{lengths:?}: what is kept is off by {apart}");
    }
}
