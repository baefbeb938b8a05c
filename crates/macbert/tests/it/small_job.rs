//! A job that takes seconds: two files of the sample corpus and a model of one narrow layer. Calls of the program, and how
//! they end.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use fixtures::project;
use tempfile::TempDir;

/// A job in a folder of its own.
pub(crate) struct Job {
    pub folder: TempDir,
}

/// A job that is prepared and trained. All tests share it, so they only read it.
pub(crate) static DONE: LazyLock<Job> = LazyLock::new(|| {
    let job = Job::new();
    job.stage("prepare", &[]).succeeds();
    job.stage("pretrain", &[]).succeeds();
    job
});

impl Job {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn shards(&self) -> String {
        self.path("shards").display().to_string()
    }

    /// Changes of the default config that make the job small and put it into the job's folder.
    pub(crate) fn changes(&self) -> Vec<String> {
        let place = |key: &str, name: &str| format!("{key}={}", self.path(name).display());
        vec![
            place("vocabulary.path", "vocab.txt"),
            place("similar_words.table", "similar_words.table"),
            place("shards.directory", "shards"),
            place("output.directory", "pretrain"),
            // Document keys follow from paths as the config writes them, so relative paths give the same keys everywhere.
            r#"corpus.paths=["../corpora/food.txt", "../corpora/stories.txt"]"#.to_owned(),
            "shards.examples_per_shard=40".to_owned(),
            "examples.max_length=64".to_owned(),
            "model.layers=1".to_owned(),
            "model.hidden=16".to_owned(),
            "model.intermediate=32".to_owned(),
            "optimizer.warmup_steps=2".to_owned(),
            "train.steps=12".to_owned(),
            "train.examples_per_step=4".to_owned(),
            "train.micro_batch=2".to_owned(),
            "train.evaluate_every=6".to_owned(),
            "train.checkpoint_every=4".to_owned(),
            "train.log_every=2".to_owned(),
        ]
    }

    /// The default config with these changes, as arguments of a command.
    pub(crate) fn config(&self) -> Vec<String> {
        let config = project().join("configs/tiny.toml").display().to_string();
        let set = |change| ["--set".to_owned(), change];
        std::iter::once(config)
            .chain(self.changes().into_iter().flat_map(set))
            .collect()
    }

    pub(crate) fn command(&self, stage: &str, more: &[&str]) -> Command {
        let mut command = program();
        command.arg(stage).args(self.config()).args(more);
        command
    }

    /// Trains from a checkpoint on the shards of the job, and writes the run to a folder. Its config does not have the sizes
    /// of the model, which are those of the checkpoint.
    pub(crate) fn continued(&self, start: &str, output: &Path) -> Ended {
        let text = std::fs::read_to_string(project().join("configs/tiny.toml")).unwrap();
        let sizes = ["layers", "hidden", "heads", "intermediate", "positions"];
        let is_size = |line: &&str| {
            let key = line.split(" = ").next().unwrap();
            sizes.contains(&key)
        };
        let kept: Vec<&str> = text.lines().filter(|line| !is_size(line)).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("continue.toml");
        std::fs::write(&path, kept.join("\n")).unwrap();
        let changes = self.config();
        let changes = changes[1..].chunks(2);
        let mut command = program();
        command
            .arg("pretrain")
            .arg(&path)
            .args(
                changes
                    .filter(|pair| !pair[1].starts_with("model."))
                    .flatten(),
            )
            .args(["--set", &format!("model.start_from={start}")])
            .args(["--set", &format!("output.directory={}", output.display())]);
        Ended::of(&mut command)
    }

    pub(crate) fn stage(&self, stage: &str, more: &[&str]) -> Ended {
        Ended::of(&mut self.command(stage, more))
    }
}

/// The program without arguments.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_macbert"));
    // Colours and widths do not depend on who runs the tests.
    command.env("NO_COLOR", "1").env("COLUMNS", "100");
    command
}

/// Runs the program with these arguments.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Ended {
    Ended::of(program().args(arguments))
}

/// Starts a command and kills it after a while; returns whether it was still running.
pub(crate) fn killed_after(command: &mut Command, after: Duration) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.spawn().unwrap();
    std::thread::sleep(after);
    let was_running = child.try_wait().unwrap().is_none();
    let _ = child.kill(); // fails if the command has ended meanwhile
    child.wait().unwrap();
    was_running
}

/// Moments spread over a duration in scattered order (multiples of the golden ratio), without end.
pub(crate) fn moments(longest: Duration) -> impl Iterator<Item = Duration> {
    (1..).map(move |n: u32| longest.mul_f64((f64::from(n) * 0.618_034).fract()))
}

/// A table of reviews whose labels are one character of their texts.
pub(crate) fn reviews(n: usize) -> String {
    let mut text = "label\ttext\n".to_owned();
    for index in 0..n {
        let word = ["好", "坏"][index % 2];
        let subject = ["米饭", "面条", "牛奶"][index % 3];
        let _ = writeln!(text, "{word}\t{subject}很{word}。");
    }
    text
}

/// How a call of the program ended.
pub(crate) struct Ended {
    output: Output,
}

impl Ended {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self {
            output: command.output().unwrap(),
        }
    }

    pub(crate) fn status(&self) -> i32 {
        self.output.status.code().unwrap()
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    /// Checks that the call ended with this status and a message that has this text.
    #[track_caller]
    pub(crate) fn fails(&self, status: i32, expect: &str) {
        assert_eq!(self.status(), status, "{}{}", self.out(), self.err());
        assert!(self.err().contains(expect), "{expect}: {}", self.err());
    }

    /// Checks that the call succeeded, and returns what it printed.
    #[track_caller]
    pub(crate) fn succeeds(&self) -> String {
        assert_eq!(self.status(), 0, "{}{}", self.out(), self.err());
        self.out()
    }
}
