//! Parameters that the loss does not reach are not updated at all (method §5): without pairs these are the pooler and the
//! order head.

use std::collections::BTreeMap;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use dataset::TrainingExamples;
use device::{by_name as device, numbers};
use model::{
    BertForPreTraining, Implementation, ParameterInfo, ParameterVisitor, Untrained,
    visit_parameters,
};
use optimizer::{Optimizer, OptimizerName, OptimizerOptions, OptimizerState};
use serde_json::Value;
use shard::Split;
use sop::PairObjective;
use trainer::{Checkpoints, Run, Start, training_step};

use crate::runs::{PREPARED, run, small_bert, train_to_end};

/// Names of devices, fused operations of both CPU devices among them.
const DEVICES: &[&str] = &[
    "flex",
    #[cfg(feature = "tch")]
    "tch:cpu",
];
const UNREACHED: [&str; 4] = [
    "bert.pooler.dense.bias",
    "bert.pooler.dense.weight",
    "cls.seq_relationship.bias",
    "cls.seq_relationship.weight",
];
const OPTIMIZERS: [OptimizerName; 5] = [
    OptimizerName::Adamw,
    OptimizerName::Lamb,
    OptimizerName::LambClipped,
    OptimizerName::LambNvidia,
    OptimizerName::Muon,
];

fn without_pairs(split: Split) -> TrainingExamples {
    PREPARED
        .examples_with(split, PairObjective::None, 7)
        .unwrap()
}

struct Bits(BTreeMap<String, Vec<u64>>);

impl ParameterVisitor for Bits {
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) {
        let bits = numbers(tensor.reshape([-1])).into_iter().map(f64::to_bits);
        self.0.insert(parameter.name.clone(), bits.collect());
    }
}

fn bits(model: &BertForPreTraining) -> BTreeMap<String, Vec<u64>> {
    let mut bits = Bits(BTreeMap::new());
    visit_parameters(model, &mut bits).unwrap();
    bits.0
}

/// Trains without pairs, and checks that exactly the parameters that no loss reaches stay as they were.
fn check(device: &Device, implementation: Implementation, name: OptimizerName) {
    let optimizer = Optimizer::new(OptimizerOptions {
        name,
        ..run(&std::env::temp_dir()).optimizer
    });
    let model = BertForPreTraining::new(&small_bert(), &device.clone().autodiff(), 3).unwrap();
    let mut model = model.with_implementation(implementation);
    let before = bits(&model);
    let mut state = OptimizerState::default();
    let examples = without_pairs(Split::Train);
    for step in 1..=20 {
        let batch = examples.step(step, 20, 6, 2).unwrap();
        model = training_step(model, &batch, &optimizer, &mut state, 0.01)
            .unwrap()
            .0;
    }
    for (name, after) in bits(&model) {
        let is_unreached = UNREACHED.contains(&name.as_str());
        assert_eq!(after == before[&name], is_unreached, "{name}");
    }
    let updated = state.updated();
    assert_eq!(updated.len(), before.len() - UNREACHED.len());
    assert!(UNREACHED.iter().all(|name| !updated.contains(name)));
}

#[test]
fn without_pairs_pooler_and_order_head_stay_bit_for_bit() {
    for name in DEVICES {
        let device = device(name).unwrap();
        for implementation in [Implementation::Fused, Implementation::Reference] {
            for optimizer in OPTIMIZERS {
                check(&device, implementation, optimizer);
            }
        }
    }
}

/// Returns what the config of the last checkpoint says was not trained.
fn untrained(run: &Run) -> BTreeMap<String, Untrained> {
    let checkpoints = Checkpoints::new(&run.folder.join("checkpoints"), 1);
    let newest = checkpoints.path_of(run.options.steps);
    model::read_config(&newest).unwrap().untrained_parameters
}

#[test]
fn a_checkpoint_says_which_parameters_were_not_trained() {
    let folder = tempfile::tempdir().unwrap();
    let all = |origin| UNREACHED.map(|name| (name.to_owned(), origin)).into();
    let trained = |name: &str, pairs: bool, start: Option<&Run>| {
        let mut run = run(&folder.path().join(name));
        run.options.steps = 3;
        if !pairs {
            run.train = Arc::new(without_pairs(Split::Train));
            run.held_out = Some(without_pairs(Split::HeldOut));
        }
        if let Some(start) = start {
            let checkpoints = Checkpoints::new(&start.folder.join("checkpoints"), 1);
            run.start = Start::From {
                checkpoint: checkpoints.path_of(3),
                dropout: 0.1,
                n_pieces: PREPARED.vocabulary.len(),
                partial: false,
            };
        }
        train_to_end(&run);
        run
    };
    let scratch = trained("scratch", false, None);
    assert_eq!(untrained(&scratch), all(Untrained::InitialValues));
    // A later run without pairs does not make them trained; a run with pairs does.
    let again = trained("again", false, Some(&scratch));
    assert_eq!(untrained(&again), all(Untrained::InitialValues));
    let pairs = trained("pairs", true, Some(&scratch));
    assert_eq!(untrained(&pairs), BTreeMap::new());
    let kept = trained("kept", false, Some(&pairs));
    assert_eq!(untrained(&kept), all(Untrained::StartCheckpoint));
    let state = Checkpoints::new(&kept.folder.join("checkpoints"), 1).path_of(3);
    let config = std::fs::read(state.join("config.json")).unwrap();
    let config: Value = serde_json::from_slice(&config).unwrap();
    let stored = &config["untrained_parameters"]["bert.pooler.dense.weight"];
    assert_eq!(stored, "start_checkpoint");
}
