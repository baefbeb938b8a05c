//! A run that was stopped and resumed, or that had other threads, ends with the weights, moments, state and metrics of an
//! uninterrupted run, bit for bit (method §7).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use fixtures::copy_folder;
use optimizer::OptimizerName;
use shard::Split;
use trainer::{Checkpoints, Progress, Run, train};

use crate::runs::{PREPARED, run, train_to_end, train_with_progress};

/// The files of a run that have to be the same: those of its newest checkpoint, and the metrics.
fn results(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let newest = Checkpoints::new(&folder.join("checkpoints"), 1)
        .list()
        .unwrap();
    let checkpoint = newest.last().unwrap();
    let names = [
        "model.safetensors",
        "optimizer.safetensors",
        "state.json",
        "checksums.json",
    ];
    let read = |path: &Path| std::fs::read(path).unwrap();
    let mut results: Vec<_> = names
        .map(|name| (name.to_owned(), read(&checkpoint.join(name))))
        .into();
    results.push((
        "metrics.jsonl".to_owned(),
        read(&folder.join("metrics.jsonl")),
    ));
    results
}

fn assert_same(found: &Path, expected: &Path, what: &str) {
    for ((name, found), (_, expected)) in results(found).iter().zip(&results(expected)) {
        assert!(found == expected, "{what}: {name} differs");
    }
}

/// Copies a finished run as a process killed after `step` could have left it: with the checkpoint of this step, and metrics
/// of later steps.
fn cut(whole: &Path, folder: &Path, step: u64) {
    copy_folder(whole, folder);
    let checkpoints = Checkpoints::new(&folder.join("checkpoints"), 1);
    for path in checkpoints.list().unwrap() {
        if path != checkpoints.path_of(step) {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
}

/// Trains with a checkpoint every step, then resumes after each step in `stops`, with 1 and 4 loader threads.
fn check(change: impl Fn(&mut Run), stops: &[u64]) {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let mut run = run(&whole);
    change(&mut run);
    run.options.checkpoint_every = 1;
    run.options.keep_checkpoints = 100;
    train_to_end(&run);
    for stop in stops {
        for threads in [1, 4] {
            run.folder = folder.path().join(format!("{stop}-{threads}"));
            run.resume = true;
            run.options.loader_threads = threads;
            run.options.checkpoint_every = 100; // results do not depend on it
            cut(&whole, &run.folder, *stop);
            train_to_end(&run);
            let what = format!("stopped after step {stop}, {threads} threads");
            assert_same(&run.folder, &whole, &what);
        }
    }
}

/// Changes a run to steps of `n_examples` in three micro-batches.
fn steps_of(n_examples: u64, steps: u64) -> impl Fn(&mut Run) {
    move |run| {
        run.options.examples_per_step = n_examples as usize;
        run.options.micro_batch = n_examples as usize / 3;
        run.options.steps = steps;
    }
}

fn n_training_examples() -> u64 {
    PREPARED.examples(Split::Train).len() as u64
}

#[test]
fn a_run_stopped_inside_an_epoch_or_across_epochs_resumes_exactly() {
    let n = n_training_examples();
    let size = [6, 9, 15].into_iter().find(|size| !n.is_multiple_of(*size));
    let size = size.unwrap_or_else(|| panic!("every step ends an epoch of {n} examples"));
    let across = n / size + 1; // the last examples of an epoch and the first of the next
    check(steps_of(size, across + 3), &[2, across]);
}

#[test]
fn a_run_stopped_at_the_end_of_an_epoch_resumes_exactly() {
    let n = n_training_examples();
    let end = if n.is_multiple_of(3) { n / 3 } else { n };
    check(steps_of(3, end + 3), &[end]);
}

#[test]
fn a_run_whose_mask_rate_falls_resumes_exactly() {
    let falling = |split| PREPARED.examples_with_rates(split, 0.4, 0.1);
    let change = |run: &mut Run| {
        run.train = Arc::new(falling(Split::Train));
        run.held_out = Some(falling(Split::HeldOut));
    };
    check(change, &[1, 7]);
}

/// The momentum of a matrix is kept with the moments of the other parameters.
#[test]
fn a_run_with_muon_resumes_exactly() {
    check(|run| run.optimizer.name = OptimizerName::Muon, &[1, 7]);
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let with = |n_threads: usize| {
        let run = run(&folder.path().join(n_threads.to_string()));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
        pool.build().unwrap().install(|| train_to_end(&run));
        run.folder
    };
    assert_same(&with(1), &with(4), "1 and 4 threads");
}

#[test]
fn a_run_stopped_by_its_flag_between_two_metrics_lines_resumes_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, stopped) = (folder.path().join("whole"), folder.path().join("stopped"));
    train_to_end(&run(&whole));
    let mut run = run(&stopped);
    let stop = AtomicBool::new(false);
    let (sender, receiver) = channel();
    let summary = std::thread::scope(|scope| {
        scope.spawn(|| {
            for progress in receiver {
                if matches!(progress, Progress::Step { step: 2, .. }) {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        });
        let summary = train(&run, &sender, &stop).unwrap();
        drop(sender);
        summary
    });
    assert!(summary.step >= 2);
    assert_eq!(summary.stopped, summary.step < 12);
    assert!(
        summary
            .checkpoint
            .ends_with(format!("step-{:08}", summary.step))
    );
    run.resume = true;
    train_to_end(&run);
    assert_same(&stopped, &whole, "stopped by the flag");
}

#[test]
fn a_stop_before_the_first_step_saves_a_checkpoint_of_step_0() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run(folder.path());
    let summary = train(&run, &channel().0, &AtomicBool::new(true)).unwrap();
    assert_eq!((summary.step, summary.stopped), (0, true));
    run.resume = true;
    assert_eq!(train_to_end(&run).step, 12);
}

#[test]
fn resuming_a_finished_run_changes_nothing_and_evaluates_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run(folder.path());
    let first = train_to_end(&run);
    let before = results(folder.path());
    run.resume = true;
    let (again, progress) = train_with_progress(&run);
    assert_eq!(again.unwrap().evaluation, first.evaluation);
    assert_eq!(results(folder.path()), before);
    assert!(
        !progress
            .iter()
            .any(|progress| matches!(progress, Progress::Saved(_)))
    );
}

#[test]
fn a_folder_with_a_run_is_refused_without_resume() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    train_to_end(&run);
    let error = train_with_progress(&run).0.unwrap_err().to_string();
    assert!(error.contains("continue it with --resume"), "{error}");
}
