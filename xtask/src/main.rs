//! The commands for developing this project: `cargo xtask pretrain`, `control`, `ci`, `full-disk`, `fuzz`, `tidy`,
//! `bench` and `libtorch`.

mod bench;
mod bench_train;
mod ci;
mod circles;
mod control;
mod edges;
mod full_disk;
mod fuzz;
mod libtorch;
mod metadata;
mod pretrain;
mod python;
mod python_environment;
mod sample;
mod sections;
mod shell;
mod tidy;
mod tiny_job;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::libtorch::Variant;

/// Commands for developing this project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    job: Job,
}

const CI_EXAMPLES: &str = "\
Examples:
  cargo xtask ci
  cargo xtask ci --libtorch   clippy and tests of the crates that use LibTorch
  cargo xtask ci --python     the tests in Python, with Ray and Spark";

const FUZZ_EXAMPLES: &str = "\
Examples:
  cargo xtask fuzz                               all targets, a minute each
  cargo xtask fuzz --seconds 600 segment words   two targets, ten minutes each
  cargo xtask fuzz --address-sanitizer vectors   looks for invalid memory accesses too

To run a failing input again, pass it to the target's program:
  target/fuzz/build/x86_64-unknown-linux-gnu/release/segment target/fuzz/findings/segment-crash-…";

#[derive(Subcommand)]
enum Job {
    /// Build the program and run one whole job: vocabulary, table, shards, training, export.
    ///
    /// Example: cargo xtask pretrain configs/tiny.toml --device flex
    Pretrain {
        /// The job's config; the default is a small job on the shipped sample.
        #[arg(default_value = "configs/tiny.toml")]
        config: PathBuf,
        /// The device that trains: flex, tch:cpu, tch:0, cuda:0, vulkan:0.
        #[arg(long, default_value = "flex")]
        device: String,
        /// Override a key of the config; may be given several times.
        #[arg(long = "set", value_name = "KEY=VALUE")]
        set: Vec<String>,
    },
    /// Check that the default job learns more than word frequencies, and that a run with shuffled labels does not.
    Control {
        /// The device that trains: flex, tch:cpu, tch:0, cuda:0, vulkan:0.
        #[arg(long, default_value = "flex")]
        device: String,
    },
    /// Run what continuous integration runs after the tests: format, tidy, clippy, docs, a job of a few steps.
    ///
    /// `--libtorch` and `--python` run other checks instead. These need downloads, so CI does not run them every time.
    #[command(after_long_help = CI_EXAMPLES)]
    Ci(CiOptions),
    /// Check that preparing onto a full disk ends with an error that gives the reason, and leaves no half-written
    /// file.
    ///
    /// Linux only: the disk is a small tmpfs in a separate mount namespace.
    FullDisk,
    /// Build the fuzz targets with the pinned compiler, and run each for some time, starting from real text.
    ///
    /// Prints the number of executions of each target, and the input of each failure. A target stops at the first
    /// failure, and the next target starts. Inputs that reached new code stay in `target/fuzz/inputs`, and later runs
    /// start from them too. The first build takes about 8 CPU minutes.
    #[command(after_long_help = FUZZ_EXAMPLES)]
    Fuzz(fuzz::Options),
    /// Check the rules of the repository: dependencies between crates, circular imports, file sizes and headers,
    /// references to sections of docs/method.md, and the shipped samples.
    Tidy,
    /// Compare the speed of a part of the project with other programs.
    #[command(subcommand)]
    Bench(Bench),
    /// Download LibTorch 2.9.0 with pip: the CPU-only build (cut out of a wheel of 900 MB; 490 MB in target/libtorch), or
    /// the build with CUDA.
    ///
    /// Example: cargo xtask libtorch --cuda
    Libtorch {
        /// Download the build with CUDA 12.8: 3.9 GB to download, 5.9 GB in target/libtorch-cuda. It also runs on the
        /// CPU.
        #[arg(long)]
        cuda: bool,
    },
}

#[derive(clap::Args)]
#[group(multiple = false)]
struct CiOptions {
    /// Run clippy and the tests of a build with LibTorch instead. Downloads LibTorch if it is missing.
    #[arg(long)]
    libtorch: bool,
    /// Run every Python test of the repository instead, on a development build of the program.
    ///
    /// The first run makes an environment in `target/python-env`: 1.9 GB to fetch, 4.9 GB when installed. It needs Python 3.11 to
    /// 3.13, a C compiler with binutils, and Java 17 or newer for Spark.
    #[arg(long)]
    python: bool,
}

#[derive(Subcommand)]
enum Bench {
    /// Compare preparation with jieba-rs, `tokenizers` and a Python script that does the same work: speed on one core,
    /// and peak memory.
    ///
    /// Example: cargo xtask bench prepare my-texts/ --vocabulary vocab.txt
    Prepare(bench::Options),
    /// Compare the speed of a training step with PyTorch and Hugging Face: median ratios with confidence intervals.
    ///
    /// Example: cargo xtask bench train --quick --python venv/bin/python
    Train(bench_train::options::Options),
}

fn main() -> Result<()> {
    match Arguments::parse().job {
        Job::Pretrain {
            config,
            device,
            set,
        } => pretrain::run(&config, &device, &set),
        Job::Control { device } => control::run(&device),
        Job::Ci(CiOptions { libtorch: true, .. }) => ci::run_with_libtorch(),
        Job::Ci(CiOptions { python: true, .. }) => python::run(),
        Job::Ci(_) => ci::run(),
        Job::FullDisk => full_disk::run(),
        Job::Fuzz(options) => fuzz::run(&options),
        Job::Tidy => tidy::run(),
        Job::Bench(Bench::Prepare(options)) => bench::prepare(&options),
        Job::Bench(Bench::Train(options)) => bench_train::train(&options),
        Job::Libtorch { cuda: false } => libtorch::run(Variant::Cpu),
        Job::Libtorch { cuda: true } => libtorch::run(Variant::Cuda),
    }
}
