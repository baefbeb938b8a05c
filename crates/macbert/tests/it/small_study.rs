//! A study of two arms and two seeds with a task, on the small job.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use fixtures::{copy_folder, project};
use serde_json::Value;

use crate::small_job::{Ended, Job, program, reviews};

/// A task that takes no time.
pub(crate) const TASK: &str = r#"name = "reviews"
[model]
checkpoint = "none"
dropout = 0.1
max_length = 32
[task.classification]
texts = ["text"]
label = "label"
[data]
train = "train.tsv"
test = "test.tsv"
[optimizer]
name = "adamw"
peak_rate = 1e-2
warmup_share = 0.1
beta1 = 0.9
beta2 = 0.999
epsilon = 1e-6
weight_decay = 0.01
clip_norm = 1.0
[train]
epochs = 2
examples_per_step = 4
pieces_per_micro_batch = 64
checkpoint_every = 2
log_every = 2
max_skipped_steps = 0
[protocol]
seeds = 1
select_by = "last_epoch"
[output]
directory = "run"
"#;

/// A study in a folder of its own.
pub(crate) struct Study {
    pub job: Job,
}

/// A finished study, and the time that it took. Tests only read it.
pub(crate) static DONE: LazyLock<(Study, Duration)> = LazyLock::new(|| {
    let study = Study::new();
    let start = Instant::now();
    study.run(&[]).succeeds();
    (study, start.elapsed())
});

impl Study {
    pub(crate) fn new() -> Self {
        let study = Self { job: Job::new() };
        let job = project().join("configs/tiny.toml");
        let changes = study.job.changes();
        let config = format!(
            "job = {:?}\nset = {changes:?}\nseeds = [1, 2]\n\
             [output]\ndirectory = \"study\"\n\
             [[arms]]\nname = \"mac\"\n\
             [[arms]]\nname = \"wwm-one-text\"\nset = [\"masking.objective=wwm\", \"pairs.objective=none\"]\n\
             [[judges]]\nname = \"mac\"\nmasking = {{ objective = \"mac\" }}\npairs = \"none\"\n\
             [[tasks]]\nconfig = \"reviews.toml\"\nset = [\"protocol.seeds=2\"]\n",
            job.display().to_string()
        );
        fs::write(study.job.path("reviews.toml"), TASK).unwrap();
        let reviews = reviews(12);
        fs::write(study.job.path("train.tsv"), &reviews).unwrap();
        fs::write(study.job.path("test.tsv"), reviews.replace('很', "不")).unwrap();
        fs::write(study.job.path("study.toml"), config).unwrap();
        study
    }

    /// A finished study of its own, which a test may change.
    pub(crate) fn done() -> Self {
        let study = Self::new();
        let (whole, _) = &*DONE;
        copy_folder(&whole.path(""), &study.path(""));
        for name in ["vocab.txt", "similar_words.table"] {
            fs::copy(whole.job.path(name), study.job.path(name)).unwrap();
        }
        study
    }

    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = program();
        command
            .arg("study")
            .arg(self.job.path("study.toml"))
            .args(more);
        command
    }

    /// Runs the study with changes of its config.
    pub(crate) fn with(&self, changes: &[&str]) -> Ended {
        let arguments = changes.iter().flat_map(|change| ["--set", change]);
        self.run(&arguments.collect::<Vec<_>>())
    }

    pub(crate) fn run(&self, more: &[&str]) -> Ended {
        Ended::of(&mut self.command(more))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.job.path("study").join(name)
    }

    pub(crate) fn results(&self) -> String {
        fs::read_to_string(self.path("study.json")).unwrap()
    }

    /// A JSON file of the study.
    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }
}
