//! Runs on LibTorch's CPU device: losses are those of the exact device within rounding (method §7).

use std::path::Path;

use device::by_name as device;
use model::{BertConfig, Precision};
use optimizer::OptimizerName;
use serde_json::Value;
use trainer::{Start, TrainerError};

use crate::not_finite::overflowing_run;
use crate::runs::{run, small_bert, train_to_end, train_with_progress, warnings};

/// The run has more steps than stay on the device unread, and a metrics line between two readings.
#[test]
fn statistics_that_are_read_late_are_those_of_their_steps() {
    let folder = tempfile::tempdir().unwrap();
    let on = |name: &str| {
        let mut run = run(&folder.path().join(name.replace(':', "-")));
        run.device = device(name).unwrap();
        run.start = without_dropout();
        run.optimizer.name = OptimizerName::Adamw;
        run.optimizer.peak_rate = 1e-3;
        run.options.steps = 40;
        run.options.log_every = 23;
        run.options.evaluate_every = 40;
        train_to_end(&run);
        run.folder
    };
    let (exact, libtorch) = (on("flex"), on("tch:cpu"));
    for (found, expected) in training_metrics(&libtorch)
        .iter()
        .zip(training_metrics(&exact))
    {
        assert!(
            (found - expected).abs() < 1e-3 * expected.max(1.0),
            "{found} {expected}"
        );
    }
    let state = state(&libtorch.join("checkpoints/step-00000040"));
    assert_eq!(state["n_updates"], 40);
}

/// All steps before the next reading are reported, and counted in the checkpoint.
#[test]
fn too_many_skipped_steps_end_the_run_once_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = overflowing_run(folder.path());
    run.device = device("tch:cpu").unwrap();
    run.optimizer.name = OptimizerName::Adamw;
    let (result, progress) = train_with_progress(&run);
    let error = result.unwrap_err();
    // The evaluation after step 4 is the first to read the statistics.
    assert!(
        matches!(
            error,
            TrainerError::NotFinite {
                skipped: 4,
                step: 4
            }
        ),
        "{error}"
    );
    assert_eq!(warnings(&progress).len(), 4);
    let state = state(&run.folder.join("checkpoints/step-00000004"));
    assert_eq!(
        (&state["n_updates"], &state["skipped_steps"]),
        (&0.into(), &4.into())
    );
}

/// A start from scratch, without dropout.
fn without_dropout() -> Start {
    Start::Scratch(BertConfig {
        hidden_dropout_prob: 0.0,
        attention_probs_dropout_prob: 0.0,
        ..small_bert()
    })
}

fn state(checkpoint: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(checkpoint.join("state.json")).unwrap()).unwrap()
}

/// Masked loss, order loss and gradient norm of each training line in `metrics.jsonl`.
fn training_metrics(folder: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines = lines.filter(|line| line["kind"] == "train");
    let keys = ["masked_loss", "order_loss", "gradient_norm"];
    lines
        .flat_map(|line| keys.map(|key| line[key].as_f64().unwrap()))
        .collect()
}

#[test]
fn a_run_on_libtorch_follows_the_exact_one_and_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let on = |name: &str| {
        let mut run = run(&folder.path().join(name.replace(':', "-")));
        run.device = device(name).unwrap();
        run.start = without_dropout();
        run.options.checkpoint_every = 4;
        run
    };
    let (exact, mut libtorch) = (on("flex"), on("tch:cpu"));
    train_to_end(&exact);
    train_to_end(&libtorch);
    let whole = training_metrics(&libtorch.folder);
    for (found, expected) in whole.iter().zip(training_metrics(&exact.folder)) {
        assert!(
            (found - expected).abs() < 1e-3 * expected.max(1.0),
            "{found} {expected}"
        );
    }
    std::fs::remove_dir_all(libtorch.folder.join("checkpoints/step-00000012")).unwrap();
    libtorch.resume = true;
    train_to_end(&libtorch);
    for (found, expected) in training_metrics(&libtorch.folder).iter().zip(&whole) {
        assert!(
            (found - expected).abs() < 1e-4 * expected.max(1.0),
            "{found} {expected}"
        );
    }
}

/// After 36 steps, rounding to 8 bits has changed the losses less than one step does.
#[test]
fn a_run_in_bf16_learns_as_one_in_f32_does() {
    let folder = tempfile::tempdir().unwrap();
    let on = |precision, name: &str| {
        let mut run = run(&folder.path().join(name));
        run.device = device("tch:cpu").unwrap();
        run.start = without_dropout();
        run.options.precision = precision;
        run.options.steps = 36;
        run.options.evaluate_every = 36;
        train_to_end(&run);
        training_metrics(&run.folder)
    };
    let (half, full) = (on(Precision::Bf16, "bf16"), on(Precision::F32, "f32"));
    assert_ne!(half, full);
    for (found, expected) in half.iter().zip(&full) {
        assert!(
            (found - expected).abs() < 0.02 * expected.max(1.0),
            "{found} {expected}"
        );
    }
}

#[test]
fn bf16_is_refused_on_a_device_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run(folder.path());
    run.options.precision = Precision::Bf16;
    let refused = train_with_progress(&run)
        .0
        .expect_err("refused")
        .to_string();
    assert!(refused.contains("train.precision"), "{refused}");
}
