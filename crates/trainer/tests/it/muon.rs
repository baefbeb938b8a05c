//! Runs with Muon: which parameters it updates, that a model learns, and that its state is its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use device::by_name as device;
use model::{BertForPreTraining, ParameterInfo, ParameterVisitor, visit_parameters};
use optimizer::{Optimizer, OptimizerError, OptimizerName, OptimizerOptions, OptimizerState};
use serde_json::Value;
use shard::Split;
use trainer::{Checkpoints, Run, TrainerError, training_step};

use crate::runs::{PREPARED, run, small_bert, train_to_end, train_with_progress};

struct Bits(BTreeMap<String, Vec<u32>>);

impl ParameterVisitor for Bits {
    fn visit<const D: usize>(
        &mut self,
        parameter: &ParameterInfo,
        tensor: burn::tensor::Tensor<D>,
    ) {
        let data = tensor.into_data();
        let bits = data.iter::<f32>().map(f32::to_bits);
        self.0.insert(parameter.name.clone(), bits.collect());
    }
}

/// The weights after one step.
fn stepped(name: OptimizerName) -> (BTreeMap<String, Vec<u32>>, OptimizerState) {
    let optimizer = Optimizer::new(OptimizerOptions {
        name,
        ..run(&std::env::temp_dir()).optimizer
    });
    let device = device("flex").unwrap().autodiff();
    let model = BertForPreTraining::new(&small_bert(), &device, 3).unwrap();
    let batch = PREPARED.examples(Split::Train).step(1, 12, 6, 2).unwrap();
    let mut state = OptimizerState::default();
    let (model, _) = training_step(model, &batch, &optimizer, &mut state, 0.01).unwrap();
    let mut bits = Bits(BTreeMap::new());
    visit_parameters(&model, &mut bits).unwrap();
    (bits.0, state)
}

#[test]
fn matrices_of_the_layers_are_updated_by_muon_and_everything_else_by_adamw() {
    let ((adamw, _), (muon, state)) = (stepped(OptimizerName::Adamw), stepped(OptimizerName::Muon));
    let differ = adamw.iter().filter(|(name, bits)| muon[*name] != **bits);
    let differ: BTreeSet<String> = differ.map(|(name, _)| name.clone()).collect();
    let matrices = [
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
        "intermediate.dense",
        "output.dense",
    ];
    let name = |layer: usize| move |matrix| format!("bert.encoder.layer.{layer}.{matrix}.weight");
    let expected: BTreeSet<String> = (0..2).flat_map(|layer| matrices.map(name(layer))).collect();
    assert_eq!(differ, expected);
    assert_eq!(state.updated().len(), adamw.len());
}

fn losses(folder: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let evaluations = lines.filter(|line| line["kind"] == "evaluation");
    evaluations
        .map(|line| line["masked_loss"].as_f64().unwrap())
        .collect()
}

#[test]
fn a_model_learns_with_muon_and_its_checkpoint_keeps_one_sum_per_matrix() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run(folder.path());
    run.optimizer.name = OptimizerName::Muon;
    run.options.steps = 60;
    train_to_end(&run);
    let losses = losses(folder.path());
    let (first, last) = (losses[0], losses[losses.len() - 1]);
    assert!(last < first - 0.5, "{losses:?}");
    let checkpoint = Checkpoints::new(&folder.path().join("checkpoints"), 1).path_of(60);
    let bytes = |name: &str| std::fs::metadata(checkpoint.join(name)).unwrap().len();
    let n_in_matrices = 2 * (4 * 32 * 32 + 2 * 32 * 64);
    let expected = 2 * bytes("model.safetensors") - 4 * n_in_matrices;
    let found = bytes("optimizer.safetensors");
    assert!(
        found.abs_diff(expected) < 10_000,
        "{found}, expected {expected}"
    );
}

fn refused(run: &Run) -> TrainerError {
    train_with_progress(run).0.unwrap_err()
}

#[test]
fn a_run_cannot_change_to_muon_or_from_it() {
    for (before, after) in [
        (OptimizerName::Adamw, OptimizerName::Muon),
        (OptimizerName::Muon, OptimizerName::Adamw),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut run = run(folder.path());
        run.options.steps = 4;
        run.optimizer.name = before;
        train_to_end(&run);
        run.resume = true;
        run.optimizer.name = after;
        let error = refused(&run);
        let is_expected = matches!(
            error,
            TrainerError::Optimizer(OptimizerError::OtherKind { .. })
        );
        assert!(is_expected, "{error}");
    }
}
