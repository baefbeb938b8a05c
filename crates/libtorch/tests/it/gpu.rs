//! Attention on an NVIDIA GPU: dropout is the same in the forward and the backward pass.
#![expect(
    unsafe_code,
    reason = "loads LibTorch's CUDA part, which nothing here names"
)]

use libloading::Library;
use libtorch::attention::Attention;
use tch::{Device, Kind, Tensor};

/// Pieces of the first example, and width of a head. The values are the identity matrix, so that the context vectors are the
/// attention probabilities.
const S: i64 = 64;
const DROPOUT: f64 = 0.25;

/// Attention probabilities of the first example, `[64, 64]`.
struct Probabilities {
    /// After dropout, in the forward pass.
    forward: Tensor,
    /// After dropout, in the backward pass.
    backward: Tensor,
    /// Before dropout.
    exact: Tensor,
}

/// Runs attention with one head over examples of these lengths.
fn probabilities(lengths: &[i64]) -> Probabilities {
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
    Probabilities {
        forward: rows(&forward.context),
        backward: rows(&value).tr(),
        exact: scores.softmax(-1, Kind::Float),
    }
}

/// The backward pass drops what the forward pass dropped, and the rest is scaled. Examples of one length run on cuDNN's kernels,
/// examples of several lengths on those with boundaries.
#[test]
#[ignore = "needs an NVIDIA GPU"]
fn both_passes_drop_the_same_attention_probabilities() {
    // SAFETY: a library of LibTorch that is made to be loaded at run time.
    let _cuda = unsafe { Library::new("libtorch_cuda.so") }.expect("LibTorch for CUDA");
    for lengths in [&[S, S, S][..], &[S, 20, 70]] {
        let Probabilities {
            forward,
            backward,
            exact,
        } = probabilities(lengths);
        let apart = f64::try_from((&forward - &backward).abs().max()).expect("a number");
        assert!(apart < 1e-2, "{lengths:?}: the passes differ by {apart}");
        let kept = forward.ne(0.0).to_kind(Kind::Float);
        let kept_share = f64::try_from(kept.mean(Kind::Float)).expect("a number");
        assert!(
            (kept_share - (1.0 - DROPOUT)).abs() < 0.03,
            "{lengths:?}: a share of {kept_share} is kept"
        );
        let expected = exact * kept / (1.0 - DROPOUT);
        let apart = f64::try_from((&forward - expected).abs().max()).expect("a number");
        assert!(
            apart < 1e-2,
            "{lengths:?}: the kept probabilities are off by {apart}"
        );
    }
}
