//! If a loss or gradient is not finite, the update is skipped and counted; too many skipped updates end the run.

use std::path::Path;

use burn::tensor::Tensor;
use device::by_name as device;
use model::{BertForPreTraining, ParameterInfo, ParameterMapper, map_parameters};
use optimizer::{Optimizer, OptimizerState, learning_rate};
use trainer::{Run, Start, TrainerError, training_step};

use crate::runs::{PREPARED, run, small_bert, train_with_progress, warnings};

/// Makes the order head's weights overflow.
struct Overflow;

impl ParameterMapper for Overflow {
    fn map<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) -> Tensor<D> {
        if parameter.name == "cls.seq_relationship.weight" {
            tensor * f64::MAX
        } else {
            tensor
        }
    }
}

fn overflowing() -> BertForPreTraining {
    let device = device("flex").unwrap().autodiff();
    let model = BertForPreTraining::new(&small_bert(), &device, 7).unwrap();
    map_parameters(model, &mut Overflow).unwrap()
}

#[test]
fn a_skipped_update_leaves_the_model_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let batch = run.train.step(1, 12, 6, 2).unwrap();
    let optimizer = Optimizer::new(run.optimizer.clone());
    let mut moments = OptimizerState::default();
    let rate = learning_rate(1, 0.01, 3, 12);
    let (before, after) = (folder.path().join("before"), folder.path().join("after"));
    let model = overflowing();
    model::save(&model, &before).unwrap();
    let (model, stats) = training_step(model, &batch, &optimizer, &mut moments, rate).unwrap();
    model::save(&model, &after).unwrap();
    let step = stats.read();
    assert!(step.skipped && moments.n_updates() == 0, "{step:?}");
    let weights = |folder: &Path| std::fs::read(folder.join("model.safetensors")).unwrap();
    assert!(weights(&before) == weights(&after));
}

#[test]
fn too_many_skipped_steps_end_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let (result, progress) = train_with_progress(&overflowing_run(folder.path()));
    let error = result.unwrap_err();
    assert!(
        matches!(
            error,
            TrainerError::NotFinite {
                skipped: 3,
                step: 3
            }
        ),
        "{error}"
    );
    assert_eq!(warnings(&progress).len(), 3);
}

/// A run that skips every step, and ends after more than two skipped steps.
pub(crate) fn overflowing_run(folder: &Path) -> Run {
    let checkpoint = folder.join("start");
    model::save(&overflowing(), &checkpoint).unwrap();
    let mut run = run(&folder.join("run"));
    run.start = Start::From {
        checkpoint,
        dropout: 0.1,
        n_pieces: PREPARED.vocabulary.len(),
        partial: false,
    };
    run.options.max_skipped_steps = 2;
    run
}
