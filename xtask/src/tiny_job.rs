//! The default job, cut to a few steps, in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::shell;

/// The config of the default job.
pub(crate) const CONFIG: &str = "configs/tiny.toml";

/// The programs of a development build.
pub(crate) struct Programs {
    pub(crate) macbert: PathBuf,
    /// The example of `model` that reads a checkpoint and writes it again.
    pub(crate) round_trip: PathBuf,
    /// The example of `model` that prints the logits of a fine-tuned model.
    pub(crate) task_logits: PathBuf,
}

impl Programs {
    /// Builds them together with the tests: a build of one package would choose other features, and compile most crates again.
    pub(crate) fn build() -> Result<Self> {
        shell::run(shell::cargo().args(["test", "--workspace", "--no-run"]))?;
        let folder = shell::target().join("debug");
        Ok(Self {
            macbert: folder.join("macbert"),
            round_trip: folder.join("examples/round_trip"),
            task_logits: folder.join("examples/task_logits"),
        })
    }
}

/// The folders that a job writes.
pub(crate) struct Outputs {
    pub(crate) shards: PathBuf,
    pub(crate) export: PathBuf,
}

/// Prepares the sample corpus and trains for 12 steps, all inside an emptied folder.
pub(crate) fn run(macbert: &Path, folder: &Path) -> Result<Outputs> {
    shell::empty_folder(folder)?;
    let place = |key: &str, name: &str| format!("{key}={}", folder.join(name).display());
    let changes = [
        place("vocabulary.path", "vocab.txt"),
        place("similar_words.table", "similar_words.table"),
        place("shards.directory", "shards"),
        place("output.directory", "pretrain"),
        "train.steps=12".to_owned(),
        "optimizer.warmup_steps=2".to_owned(),
    ];
    for stage in ["prepare", "pretrain"] {
        let mut command = Command::new(macbert);
        command.arg(stage).arg(CONFIG);
        for change in &changes {
            command.args(["--set", change]);
        }
        shell::run(command.current_dir(shell::root()))?;
    }
    Ok(Outputs {
        shards: folder.join("shards"),
        export: folder.join("pretrain/export"),
    })
}
