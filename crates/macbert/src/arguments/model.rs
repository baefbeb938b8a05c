//! The command lines of `macbert pretrain`, `finetune`, `evaluate`, `correct` and `export`: training a model, and using
//! it.

use std::path::PathBuf;

use clap::Args;

use super::config::ConfigArguments;
use super::device::DeviceArguments;
use super::draw::SourceArguments;

#[derive(Args, Debug)]
pub(crate) struct PretrainArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    #[command(flatten)]
    pub device: DeviceArguments,
    /// Train on several devices together, for example tch:0,tch:1, or tch:all for all GPUs of this machine.
    ///
    /// The program starts a process for each device. A step has the same examples on any number of devices; each computes some
    /// of the micro-batches. Under torchrun, Slurm or Kubernetes, which start the processes themselves, the device of a process
    /// is the one at its place on its machine.
    #[arg(
        long,
        value_name = "DEVICES",
        value_delimiter = ',',
        conflicts_with = "device"
    )]
    pub devices: Vec<String>,
    /// Continue from the newest undamaged checkpoint of the output folder, or start at step 1 if there is none.
    #[arg(long)]
    pub resume: bool,
    /// Let a key of the config differ from the checkpoint's (with --resume; repeatable).
    ///
    /// This is for keys that change the course of the run, such as train.steps and the learning rate. The change is written
    /// into metrics.jsonl and into the checkpoints. docs/resuming.md lists which keys may change freely, with this option,
    /// and not at all.
    #[arg(long = "allow-change", value_name = "KEY", requires = "resume")]
    pub allow_change: Vec<String>,
}

#[derive(Args, Debug)]
pub(crate) struct FinetuneArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    #[command(flatten)]
    pub device: DeviceArguments,
}

#[derive(Args, Debug)]
pub(crate) struct EvaluateArguments {
    /// A checkpoint that `macbert pretrain` wrote, a Hugging Face folder, or a TensorFlow 1.x checkpoint (`bert_model.ckpt`).
    pub checkpoint: PathBuf,
    #[command(flatten)]
    pub source: SourceArguments,
    #[command(flatten)]
    pub device: DeviceArguments,
    /// The number of examples in a batch (default: 16; with the config of a task, that config decides).
    #[arg(long)]
    pub batch: Option<usize>,
}

#[derive(Args, Debug)]
pub(crate) struct CorrectArguments {
    /// A checkpoint that `macbert pretrain` wrote, a Hugging Face folder, or a TensorFlow 1.x checkpoint (`bert_model.ckpt`).
    pub checkpoint: PathBuf,
    /// The text to correct.
    pub text: String,
    /// The number of pieces to show at each position, the likeliest first.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    pub top: u64,
    /// Show every position, not only those where the model would put another piece.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub device: DeviceArguments,
}

#[derive(Args, Debug)]
pub(crate) struct ExportArguments {
    /// A checkpoint that `macbert pretrain` wrote, a Hugging Face folder, or a TensorFlow 1.x checkpoint (`bert_model.ckpt`).
    pub checkpoint: PathBuf,
    /// The folder to write, which must not exist yet.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Accept an incomplete encoder: initialise missing parameters at random, and leave out layers beyond the number in
    /// config.json.
    #[arg(long)]
    pub partial: bool,
}
