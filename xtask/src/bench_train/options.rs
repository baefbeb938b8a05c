//! What `cargo xtask bench train` measures, and how.

use std::path::PathBuf;

/// Options of the measurement.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measure the smaller size only, in fewer steps: under 20 minutes.
    #[arg(long)]
    pub(super) quick: bool,
    /// Rounds in which all contestants of a row take turns; at least 7.
    #[arg(long, default_value_t = 7)]
    pub(super) rounds: usize,
    /// Threads of each contestant.
    #[arg(long, default_value_t = 2)]
    pub(super) threads: usize,
    /// A Python with torch and transformers.
    #[arg(long, default_value = "python3")]
    pub(super) python: PathBuf,
    /// Leave out the contestants on LibTorch.
    #[arg(long)]
    pub(super) without_libtorch: bool,
    /// Measure on the first GPU (by LibTorch) instead of the CPU.
    #[arg(long)]
    pub(super) gpu: bool,
    /// The bench program with LibTorch, if it was built elsewhere; `LD_LIBRARY_PATH` has to lead to a LibTorch that fits it.
    #[arg(long)]
    pub(super) step: Option<PathBuf>,
    /// The bench program with burn's own `cuda`, built elsewhere; with `--gpu`.
    #[arg(long)]
    pub(super) burn_cuda: Option<PathBuf>,
    /// The GPU's peak in bf16, in TFLOP/s; results are shown as a percentage of it (A100 312, H100 SXM and H200 989).
    #[arg(long, default_value_t = 989.0)]
    pub(super) peak_tflops: f64,
    /// Where the results are kept; rows that are there already are not measured again.
    #[arg(long, default_value = "target/bench/train.json")]
    pub(super) table: PathBuf,
}

impl Options {
    /// The device of LibTorch that is measured.
    pub(super) fn libtorch_device(&self) -> &'static str {
        if self.gpu { "tch:0" } else { "tch:cpu" }
    }
}
