//! What `cargo xtask bench train` measures, and how.

use std::path::PathBuf;

/// Options of the measurement.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measure only the smaller model, with fewer steps. This takes less than 20 minutes.
    #[arg(long)]
    pub(super) quick: bool,
    /// The number of rounds in which all programs of a row take turns; at least 7.
    #[arg(long, default_value_t = 7)]
    pub(super) rounds: usize,
    /// The number of threads of each program.
    #[arg(long, default_value_t = 2)]
    pub(super) threads: usize,
    /// A Python interpreter that has torch and transformers installed.
    #[arg(long, default_value = "python3")]
    pub(super) python: PathBuf,
    /// Leave out the programs that run on LibTorch.
    #[arg(long)]
    pub(super) without_libtorch: bool,
    /// Measure on the first GPU (by LibTorch) instead of the CPU.
    #[arg(long)]
    pub(super) gpu: bool,
    /// The bench program with LibTorch, if it was built elsewhere. `LD_LIBRARY_PATH` must name a matching LibTorch.
    #[arg(long)]
    pub(super) step: Option<PathBuf>,
    /// The bench program with burn's own `cuda`, if it was built elsewhere. Use it with `--gpu`.
    #[arg(long)]
    pub(super) burn_cuda: Option<PathBuf>,
    /// The GPU's peak in bf16, in TFLOP/s; results are shown as a percentage of it (A100 312, H100 SXM and H200 989).
    #[arg(long, default_value_t = 989.0)]
    pub(super) peak_tflops: f64,
    /// The file that keeps the results. Rows that it already has are not measured again.
    #[arg(long, default_value = "target/bench/train.json")]
    pub(super) table: PathBuf,
}

impl Options {
    /// The device of LibTorch that is measured.
    pub(super) fn libtorch_device(&self) -> &'static str {
        if self.gpu { "tch:0" } else { "tch:cpu" }
    }
}
