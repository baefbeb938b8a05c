//! A run goes on with other settings: those that change its course if they are allowed, and those of another run never.

use std::path::Path;

use serde_json::Value;
use trainer::{Checkpoints, Progress, Run, TrainerError};

use crate::runs::{run, train_to_end, train_with_progress};

/// A run that is finished and about to be resumed.
fn finished(folder: &Path) -> Run {
    let mut run = run(folder);
    train_to_end(&run);
    run.resume = true;
    run
}

fn set(run: &mut Run, key: &str, value: impl Into<Value>) {
    run.settings.values.insert(key.to_owned(), value.into());
}

fn refused(run: &Run, folder: &Path) -> String {
    let error = train_with_progress(run).0.unwrap_err();
    let is_expected = matches!(
        error,
        TrainerError::OtherRun { .. } | TrainerError::OtherCourse { .. }
    );
    assert!(is_expected, "{error}");
    fixtures::message(error, folder, "RUN")
}

fn json_lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_key_that_makes_it_another_run_is_refused_even_if_it_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = finished(folder.path());
    set(&mut run, "masking.rate", 0.2);
    set(&mut run, "train.steps", 20);
    run.settings.allowed.insert("masking.rate".to_owned());
    insta::assert_snapshot!(
        refused(&run, folder.path()),
        @"the checkpoint RUN/checkpoints/step-00000012 was made with masking.rate = 0.15, this run has 0.2, which makes it another run; set it back, or start a new run from the checkpoint (model.start_from) in another output.directory"
    );
}

#[test]
fn all_keys_that_change_the_course_are_named_until_they_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = finished(folder.path());
    set(&mut run, "train.steps", 20);
    set(&mut run, "optimizer.peak_rate", 0.02);
    insta::assert_snapshot!(
        refused(&run, folder.path()),
        @"the checkpoint RUN/checkpoints/step-00000012 was made with optimizer.peak_rate = 0.01, train.steps = 12, this run has 0.02, 20; set it back, or add --allow-change optimizer.peak_rate --allow-change train.steps to change the course of the run"
    );
    run.settings.allowed.insert("train.steps".to_owned());
    let rest = refused(&run, folder.path());
    assert!(!rest.contains("--allow-change train.steps"), "{rest}");
}

#[test]
fn a_free_key_of_an_older_checkpoint_is_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run(folder.path());
    set(&mut run, "train.log_every", 5);
    train_to_end(&run);
    run.resume = true;
    run.settings.values.remove("train.log_every");
    train_to_end(&run);
}

/// The change stands in the metrics and in all later checkpoints.
#[test]
fn a_finished_run_goes_on_with_more_steps_if_this_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = finished(folder.path());
    run.options.steps = 20;
    set(&mut run, "train.steps", 20);
    run.settings.allowed.insert("train.steps".to_owned());
    let (summary, progress) = train_with_progress(&run);
    let summary = summary.unwrap();
    assert_eq!((summary.step, summary.stopped), (20, false));
    let is_change = |progress: &Progress| match progress {
        Progress::Changed(change) => change.key == "train.steps" && change.step == 12,
        _ => false,
    };
    assert!(progress.iter().any(is_change));

    let lines = json_lines(&folder.path().join("metrics.jsonl"));
    let at = lines
        .iter()
        .position(|line| line["kind"] == "change")
        .unwrap();
    let change = serde_json::json!({"kind": "change", "step": 12, "key": "train.steps", "from": 12, "to": 20});
    assert_eq!(lines[at], change);
    assert!(
        lines[..at]
            .iter()
            .all(|line| line["step"].as_u64() <= Some(12))
    );
    assert_eq!(lines.last().unwrap()["step"], 20);

    let newest = Checkpoints::new(&folder.path().join("checkpoints"), 1).path_of(20);
    let state: Value =
        serde_json::from_slice(&std::fs::read(newest.join("state.json")).unwrap()).unwrap();
    assert_eq!(state["config"]["train.steps"], 20);
    assert_eq!(state["changes"][0]["key"], "train.steps");

    // What is allowed already needs no permission again, and is not written again.
    run.settings.allowed.clear();
    train_to_end(&run);
    let changes = json_lines(&folder.path().join("metrics.jsonl"));
    let changes = changes.iter().filter(|line| line["kind"] == "change");
    assert_eq!(changes.count(), 1);
}

/// A process that is killed before the next checkpoint leaves no trace of the change.
#[test]
fn a_change_that_no_checkpoint_holds_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = finished(folder.path());
    run.options.steps = 20;
    set(&mut run, "train.steps", 20);
    run.settings.allowed.insert("train.steps".to_owned());
    train_to_end(&run);
    let checkpoints = Checkpoints::new(&folder.path().join("checkpoints"), 1);
    std::fs::remove_dir_all(checkpoints.path_of(20)).unwrap();
    let whole = std::fs::read(folder.path().join("metrics.jsonl")).unwrap();
    train_to_end(&run);
    assert_eq!(
        std::fs::read(folder.path().join("metrics.jsonl")).unwrap(),
        whole
    );
    std::fs::remove_dir_all(checkpoints.path_of(20)).unwrap();
    run.settings.allowed.clear();
    refused(&run, folder.path());
}

#[test]
fn a_changed_dropout_holds_from_the_next_step_on() {
    let folder = tempfile::tempdir().unwrap();
    let config = |step| -> Value {
        let checkpoints = Checkpoints::new(&folder.path().join("checkpoints"), 1);
        let path = checkpoints.path_of(step).join("config.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let mut run = finished(folder.path());
    assert_eq!(config(12)["hidden_dropout_prob"], 0.1);
    if let trainer::Start::Scratch(config) = &mut run.start {
        config.hidden_dropout_prob = 0.25;
    }
    run.options.steps = 14;
    train_to_end(&run);
    assert_eq!(config(14)["hidden_dropout_prob"], 0.25);
}
