//! Jobs of the project itself: `cargo xtask pretrain`, `control`, `ci`, `tidy`, `bench`, `libtorch`.

mod bench;
mod bench_train;
mod ci;
mod circles;
mod control;
mod edges;
mod full_disk;
mod libtorch;
mod pretrain;
mod sample;
mod shell;
mod tidy;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::libtorch::Form;

/// Jobs of the project itself.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Build the program and run one whole job: vocabulary, table, shards, training, export.
    ///
    /// Example: cargo xtask pretrain configs/tiny.toml --device flex
    Pretrain {
        /// The job's config; the default job trains on the shipped sample.
        #[arg(default_value = "configs/tiny.toml")]
        config: PathBuf,
        /// Where to train: flex, tch:cpu, tch:0, cuda:0, vulkan:0.
        #[arg(long, default_value = "flex")]
        device: String,
        /// Override a key of the config; may be given several times.
        #[arg(long = "set", value_name = "KEY=VALUE")]
        set: Vec<String>,
    },
    /// Check that the default job learns more than frequencies, and that a run with shuffled labels does not.
    Control {
        /// Where to train: flex, tch:cpu, tch:0, cuda:0, vulkan:0.
        #[arg(long, default_value = "flex")]
        device: String,
    },
    /// What continuous integration runs after the tests: format, clippy, tidy, docs, a tiny job.
    Ci {
        /// In place of that, clippy and the tests of a build with LibTorch, which is fetched where it is not there.
        #[arg(long)]
        libtorch: bool,
    },
    /// Check that a full disk is told with the file, and leaves nothing half-written (Linux: a small tmpfs).
    FullDisk,
    /// Check the house: crate edges, file sizes and headers, the samples.
    Tidy,
    /// Measure a part of the project beside its peers.
    #[command(subcommand)]
    Bench(Bench),
    /// Fetch LibTorch 2.9.0 by pip: for the CPU (about 900 MB, 490 MB in target/libtorch), or with CUDA.
    ///
    /// Example: cargo xtask libtorch --cuda
    Libtorch {
        /// With CUDA 12.8 and NVIDIA's libraries: about 3.9 GB, 5.9 GB in target/libtorch-cuda. It serves the CPU too.
        #[arg(long)]
        cuda: bool,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// Preparation beside jieba-rs, `tokenizers` and a Python script of equal work: MB/s on one core, peak memory.
    ///
    /// Example: cargo xtask bench prepare my-texts/ --vocabulary vocab.txt
    Prepare(bench::Options),
    /// A step of training beside PyTorch's and Hugging Face's, in turns: the middle ratios with their intervals.
    ///
    /// Example: cargo xtask bench train --quick --python venv/bin/python
    Train(bench_train::Options),
}

fn main() -> Result<()> {
    match Arguments::parse().job {
        Job::Pretrain {
            config,
            device,
            set,
        } => pretrain::run(&config, &device, &set),
        Job::Control { device } => control::run(&device),
        Job::Ci { libtorch: false } => ci::run(),
        Job::Ci { libtorch: true } => ci::run_with_libtorch(),
        Job::FullDisk => full_disk::run(),
        Job::Tidy => tidy::run(),
        Job::Bench(Bench::Prepare(options)) => bench::prepare(&options),
        Job::Bench(Bench::Train(options)) => bench_train::train(&options),
        Job::Libtorch { cuda: false } => libtorch::run(Form::Cpu),
        Job::Libtorch { cuda: true } => libtorch::run(Form::Cuda),
    }
}
