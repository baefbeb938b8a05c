//! Several processes train one model on LibTorch's CPU device: the weights are those of one process, whatever happens.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use safetensors::SafeTensors;

use crate::small_job::{Ended, Job, moments};

/// The longest that a run may go on after one of its processes was killed.
const ENDS_WITHIN: Duration = Duration::from_secs(60);

static PREPARED: LazyLock<Job> = LazyLock::new(|| {
    let job = Job::new();
    job.stage("prepare", &[]).succeeds();
    job
});

/// A run on the shared shards, with its outputs in a folder of its own.
struct Run {
    folder: tempfile::TempDir,
    changes: Vec<String>,
}

impl Run {
    /// Steps of seven micro-batches of one example, the last of which is uneven for two and four processes.
    fn new(changes: &[&str]) -> Self {
        let own = [
            "train.examples_per_step=7",
            "train.micro_batch=1",
            "train.steps=12",
        ];
        let all = own.iter().chain(changes);
        Self {
            folder: tempfile::tempdir().unwrap(),
            changes: all.map(|change| (*change).to_owned()).collect(),
        }
    }

    fn command(&self, n_processes: usize) -> Command {
        let devices = vec!["tch:cpu"; n_processes].join(",");
        let output = format!("output.directory={}", self.folder.path().display());
        let mut command = PREPARED.command("pretrain", &["--set", &output]);
        for change in &self.changes {
            command.args(["--set", change]);
        }
        if n_processes == 1 {
            command.args(["--device", "tch:cpu"]);
        } else {
            command.args(["--devices", &devices]);
        }
        // The number of threads is part of how sums are rounded.
        command
            .env("OMP_NUM_THREADS", "1")
            .env("RAYON_NUM_THREADS", "1");
        command
    }

    fn trained(self, n_processes: usize) -> Self {
        Ended::of(&mut self.command(n_processes)).succeeds();
        self
    }

    fn resumed(&self, n_processes: usize, more: &[&str]) -> Ended {
        let mut command = self.command(n_processes);
        command.arg("--resume");
        for change in more {
            command.args(["--set", change]);
        }
        Ended::of(&mut command)
    }

    fn started(&self, n_processes: usize) -> Started {
        let errors = self.folder.path().join("stderr");
        let mut command = self.command(n_processes);
        command.arg("--resume").stdout(Stdio::null());
        command.stderr(std::fs::File::create(&errors).unwrap());
        Started {
            child: command.spawn().unwrap(),
            errors,
        }
    }

    fn weights(&self) -> BTreeMap<String, Vec<f32>> {
        weights(
            &self
                .folder
                .path()
                .join("checkpoints/step-00000012/model.safetensors"),
        )
    }

    fn metrics(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("metrics.jsonl")).unwrap()
    }
}

fn weights(path: &Path) -> BTreeMap<String, Vec<f32>> {
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let numbers = |data: &[u8]| {
        let numbers = data.as_chunks().0.iter();
        numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    file.iter()
        .map(|(name, view)| (name.to_owned(), numbers(view.data())))
        .collect()
}

/// A run that was started.
struct Started {
    child: Child,
    errors: PathBuf,
}

impl Started {
    /// The processes that the program started, by rank.
    #[track_caller]
    fn ranks(&self, n: usize) -> Vec<rustix::process::Pid> {
        let path = format!("/proc/{0}/task/{0}/children", self.child.id());
        let start = Instant::now();
        loop {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let ids: Vec<i32> = text
                .split_whitespace()
                .map(|id| id.parse().unwrap())
                .collect();
            if ids.len() == n {
                let pid = |id| rustix::process::Pid::from_raw(id).unwrap();
                return ids.into_iter().map(pid).collect();
            }
            assert!(start.elapsed() < Duration::from_secs(10), "{ids:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the run ends, and returns its status and what it wrote on stderr.
    #[track_caller]
    fn ended(mut self) -> (i32, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < ENDS_WITHIN, "still running");
            std::thread::sleep(Duration::from_millis(20));
        };
        (
            status.code().unwrap(),
            std::fs::read_to_string(self.errors).unwrap(),
        )
    }
}

#[track_caller]
fn assert_close(found: &Run, expected: &Run) {
    let (found, expected) = (found.weights(), expected.weights());
    let square = |x: f64| x * x;
    let (mut difference, mut norm) = (0.0, 0.0);
    for (name, expected) in &expected {
        for (a, b) in found[name].iter().zip(expected) {
            difference += square(f64::from(*a) - f64::from(*b));
            norm += square(f64::from(*b));
        }
    }
    let relative = (difference / norm).sqrt();
    assert!(relative < 1e-6, "{relative:e}");
}

#[track_caller]
fn assert_same(found: &Run, expected: &Run) {
    assert_eq!(found.metrics(), expected.metrics());
    let (found, expected) = (found.weights(), expected.weights());
    for (name, expected) in &expected {
        let same = found[name]
            .iter()
            .zip(expected)
            .all(|(a, b)| a.to_bits() == b.to_bits());
        assert!(same, "{name} differs");
    }
}

#[test]
fn any_number_of_processes_trains_the_weights_of_one() {
    let one = Run::new(&[]).trained(1);
    for n_processes in [2, 4] {
        assert_close(&Run::new(&[]).trained(n_processes), &one);
    }
}

#[test]
fn exact_sums_give_the_bits_of_one_process() {
    let exact = "train.exact=true";
    let one = Run::new(&[exact]).trained(1);
    assert_same(&Run::new(&[]).trained(1), &one);
    for n_processes in [2, 4] {
        assert_same(&Run::new(&[exact]).trained(n_processes), &one);
    }
}

/// Method §3.5: without pairs, no loss reaches the pooler and the order head. More processes than micro-batches.
#[test]
fn processes_without_a_micro_batch_add_nothing() {
    let changes = [
        "train.examples_per_step=2",
        "pairs.objective=none",
        "train.exact=true",
    ];
    let one = Run::new(&changes).trained(1);
    assert_same(&Run::new(&changes).trained(3), &one);
    assert_close(&Run::new(&changes[..2]).trained(3), &one);
}

#[test]
fn a_run_goes_on_with_another_number_of_processes() {
    let exact = "train.exact=true";
    let one = Run::new(&[exact]).trained(1);
    let run = Run::new(&[exact, "train.checkpoint_every=1"]);
    for n_processes in [4, 2, 1] {
        let started = run.started(n_processes);
        let before = last_checkpoint(&run);
        wait_for_checkpoints(&run, before + 2);
        let launcher = rustix::process::Pid::from_child(&started.child);
        let _ = rustix::process::kill_process(launcher, rustix::process::Signal::TERM);
        let (status, errors) = started.ended();
        assert_eq!(status, 0, "{errors}");
    }
    run.resumed(4, &[]).succeeds();
    assert_same(&run, &one);
}

/// Waits until a run has saved a checkpoint of this step or a later one.
fn wait_for_checkpoints(run: &Run, step: u64) {
    let start = Instant::now();
    while last_checkpoint(run) < step && start.elapsed() < ENDS_WITHIN {
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The step of the newest checkpoint; 0 if there is none.
fn last_checkpoint(run: &Run) -> u64 {
    let entries = std::fs::read_dir(run.folder.path().join("checkpoints"));
    let names = entries
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name());
    let steps = names.filter_map(|name| name.to_str()?.strip_prefix("step-")?.parse().ok());
    steps.max().unwrap_or(0)
}

#[test]
fn a_stop_signal_to_one_process_stops_all_after_the_same_step() {
    let run = Run::new(&["train.steps=100000", "train.checkpoint_every=1"]);
    let started = run.started(3);
    let ranks = started.ranks(3);
    wait_for_checkpoints(&run, 1);
    rustix::process::kill_process(ranks[1], rustix::process::Signal::TERM).unwrap();
    let (status, errors) = started.ended();
    assert_eq!(status, 0, "{errors}");
    assert!(errors.is_empty() || !errors.contains("error"), "{errors}");
    assert!(last_checkpoint(&run) > 0);
}

#[test]
fn a_killed_process_ends_all_and_the_run_resumes_to_the_same_weights() {
    let changes = ["train.exact=true", "train.checkpoint_every=1"];
    let start = Instant::now();
    let whole = Run::new(&changes).trained(3);
    let longest = start.elapsed();
    for (index, after) in moments(longest).take(4).enumerate() {
        let run = Run::new(&changes);
        let started = run.started(3);
        let ranks = started.ranks(3);
        std::thread::sleep(after);
        let killed = rustix::process::kill_process(ranks[index % 3], rustix::process::Signal::KILL);
        let (status, errors) = started.ended();
        if killed.is_ok() && status != 0 {
            assert_eq!(status, 1, "{errors}");
            assert!(errors.contains("signal: 9"), "{errors}");
        }
        run.resumed(2, &[]).succeeds();
        assert_same(&run, &whole);
    }
}

#[test]
fn ranks_with_different_settings_are_refused() {
    let run = Run::new(&[]);
    let mut ranks = Vec::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let number = port.local_addr().unwrap().port().to_string();
    drop(port);
    for rank in 0..2 {
        let mut command = run.command(1);
        command.env("RANK", rank.to_string()).env("WORLD_SIZE", "2");
        command
            .env("MASTER_ADDR", "127.0.0.1")
            .env("MASTER_PORT", &number);
        if rank == 1 {
            command.args(["--set", "optimizer.peak_rate=2e-3"]);
        }
        ranks.push(
            command
                .stderr(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap(),
        );
    }
    for child in ranks {
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(
            errors.contains("rank 1: config, options or shards"),
            "{errors}"
        );
    }
}

#[test]
fn a_rank_that_does_not_start_is_named() {
    let run = Run::new(&["train.collective_timeout_s=2"]);
    let mut command = run.command(1);
    command
        .env("RANK", "0")
        .env("WORLD_SIZE", "3")
        .env("MASTER_ADDR", "127.0.0.1");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    command.env("MASTER_PORT", port.local_addr().unwrap().port().to_string());
    drop(port);
    Ended::of(&mut command).fails(1, "ranks 1 and 2 of 3 did not start within 2 s");
}

#[test]
fn the_pure_rust_device_is_refused() {
    let run = Run::new(&[]);
    let mut command = PREPARED.command("pretrain", &["--devices", "flex,flex"]);
    Ended::of(&mut command).fails(2, "only LibTorch has collective operations");
    drop(run);
}
