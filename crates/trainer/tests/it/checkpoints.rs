//! Checkpoints are written whole or not at all, and a damaged one is detected and skipped.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use burn::tensor::Device;
use fixtures::copy_folder;
use trainer::{Checkpoints, Progress, TrainerError, train};

use crate::runs::{PREPARED, run, train_to_end, train_with_progress, warnings};

/// Trains to the end and returns the two checkpoints that are kept: those of steps 8 and 12.
fn two_checkpoints(folder: &Path) -> [PathBuf; 2] {
    let mut run = run(folder);
    run.options.checkpoint_every = 4;
    train_to_end(&run);
    let checkpoints = Checkpoints::new(&folder.join("checkpoints"), 2);
    let there = checkpoints.list().unwrap();
    assert_eq!(
        there,
        [checkpoints.path_of(8), checkpoints.path_of(12)],
        "the last two are kept"
    );
    there.try_into().unwrap()
}

/// Flips one bit in the middle of a file.
fn damage(path: &Path) {
    fixtures::rewrite(path, |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    });
}

#[test]
fn a_damaged_newest_checkpoint_is_skipped_whichever_file_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let [_, newest] = two_checkpoints(&whole);
    let metrics = std::fs::read(whole.join("metrics.jsonl")).unwrap();
    for name in fixtures::names(&newest) {
        let place = folder.path().join(&name);
        copy_folder(&whole, &place);
        damage(&place.join("checkpoints/step-00000012").join(&name));
        let mut run = run(&place);
        run.resume = true;
        let (summary, progress) = train_with_progress(&run);
        assert_eq!(summary.unwrap().step, 12);
        let warnings = warnings(&progress);
        assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
        assert!(
            warnings[0].ends_with("an older checkpoint is taken"),
            "{warnings:?}"
        );
        let resumed = |progress: &Progress| matches!(progress, Progress::Resumed { step: 8, .. });
        assert!(progress.iter().any(resumed));
        assert_eq!(std::fs::read(place.join("metrics.jsonl")).unwrap(), metrics);
        assert_same_files(&place, &whole);
    }
}

fn assert_same_files(found: &Path, expected: &Path) {
    for name in ["model.safetensors", "optimizer.safetensors", "state.json"] {
        let read = |folder: &Path| {
            std::fs::read(folder.join("checkpoints/step-00000012").join(name)).unwrap()
        };
        assert!(read(found) == read(expected), "{name} differs");
    }
}

#[test]
fn a_damaged_checkpoint_does_not_push_out_a_whole_one_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let [_, newest] = two_checkpoints(folder.path());
    damage(&newest.join("model.safetensors"));
    let mut run = run(folder.path());
    run.resume = true;
    run.options.steps = 9;
    run.options.keep_checkpoints = 1;
    train_to_end(&run);
    let checkpoints = Checkpoints::new(&folder.path().join("checkpoints"), 1);
    assert_eq!(checkpoints.list().unwrap(), [checkpoints.path_of(9)]);
}

#[test]
fn two_processes_do_not_train_in_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let lock = std::fs::File::open(folder.path()).unwrap();
    lock.try_lock().unwrap();
    let error = train_with_progress(&run(folder.path()))
        .0
        .unwrap_err()
        .to_string();
    assert!(error.contains("another process trains"), "{error}");
}

#[test]
fn a_run_whose_checkpoints_are_all_damaged_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for checkpoint in two_checkpoints(folder.path()) {
        std::fs::remove_file(checkpoint.join("state.json")).unwrap();
    }
    let mut run = run(folder.path());
    run.resume = true;
    let error = train_with_progress(&run).0.unwrap_err();
    let error = fixtures::message(error, folder.path(), "RUN");
    insta::assert_snapshot!(
        error,
        @"all checkpoints in RUN/checkpoints are damaged (the checkpoint RUN/checkpoints/step-00000012 is damaged: state.json: No such file or directory (os error 2)); remove them to start anew"
    );
}

#[test]
fn an_unfinished_checkpoint_is_ignored_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let [older, newest] = two_checkpoints(folder.path());
    std::fs::rename(&newest, folder.path().join("checkpoints/.unfinished")).unwrap();
    let mut run = run(folder.path());
    run.resume = true;
    let (summary, progress) = train_with_progress(&run);
    assert_eq!(summary.unwrap().checkpoint, newest);
    assert_eq!(warnings(&progress), Vec::<&str>::new());
    let checkpoints = Checkpoints::new(&folder.path().join("checkpoints"), 2);
    assert_eq!(checkpoints.list().unwrap(), [older, newest]);
    assert!(!folder.path().join("checkpoints/.unfinished").exists());
}

#[test]
fn a_checkpoint_is_reported_once_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run(folder.path());
    run.options.checkpoint_every = 3;
    run.options.keep_checkpoints = 100;
    let (sender, receiver) = channel();
    let reported: Vec<PathBuf> = std::thread::scope(|scope| {
        let listener = scope.spawn(|| {
            let saved = receiver.into_iter().filter_map(|progress| match progress {
                Progress::Saved(path) => Some(path),
                _ => None,
            });
            saved
                .inspect(|path| assert!(path.join("checksums.json").exists()))
                .collect()
        });
        let summary = train(&run, &sender, &AtomicBool::new(false)).unwrap();
        assert!(summary.checkpoint.join("checksums.json").exists());
        drop(sender);
        listener.join().unwrap()
    });
    let checkpoints = Checkpoints::new(&folder.path().join("checkpoints"), 100);
    assert_eq!(
        reported,
        [3, 6, 9, 12].map(|step| checkpoints.path_of(step))
    );
    assert_eq!(checkpoints.list().unwrap(), reported);
}

#[test]
fn a_checkpoint_that_cannot_be_written_ends_the_run() {
    for (checkpoint_every, last_step) in [(4, 8), (100, 12)] {
        let folder = tempfile::tempdir().unwrap();
        let aside = folder.path().join("checkpoints/.unfinished");
        std::fs::create_dir_all(aside.parent().unwrap()).unwrap();
        std::fs::write(&aside, "in the way").unwrap();
        let mut run = run(folder.path());
        run.options.checkpoint_every = checkpoint_every;
        let (result, progress) = train_with_progress(&run);
        let error = result.unwrap_err();
        assert!(
            matches!(&error, TrainerError::File { path, .. } if *path == aside),
            "{error}"
        );
        // The next save, or else the end of the run, reports the failure.
        let mut steps = progress.iter().filter_map(|progress| match progress {
            Progress::Step { step, .. } => Some(*step),
            _ => None,
        });
        assert_eq!(steps.next_back(), Some(last_step));
        let is_saved = |progress: &Progress| matches!(progress, Progress::Saved(_));
        assert!(!progress.iter().any(is_saved));
    }
}

#[test]
fn truncated_metrics_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    two_checkpoints(folder.path());
    std::fs::write(folder.path().join("metrics.jsonl"), "").unwrap();
    let mut run = run(folder.path());
    run.resume = true;
    let (_, progress) = train_with_progress(&run);
    assert!(warnings(&progress)[0].contains("some of its lines are missing"));
}

#[test]
fn a_checkpoint_is_a_hugging_face_folder() {
    let folder = tempfile::tempdir().unwrap();
    let [_, newest] = two_checkpoints(folder.path());
    let loaded = model::load(&newest, &Device::flex(), 1).unwrap();
    assert!(loaded.report.is_complete());
    assert_eq!(loaded.report.unexpected, Vec::<String>::new());
    let vocabulary = std::fs::read_to_string(newest.join("vocab.txt")).unwrap();
    assert_eq!(vocabulary, PREPARED.vocabulary.to_text());
}
