//! Evaluation on held-out examples, and the pieces that a model restores.

use burn::tensor::Tensor;
use device::by_name as device;
use masking::Kind;
use model::{BertForPreTraining, ParameterInfo, ParameterMapper, map_parameters, restore};
use shard::Split;
use trainer::{Progress, evaluate, kinds};

use crate::runs::{PREPARED, run, small_bert, train_to_end, train_with_progress};

/// Sets every parameter to 0.
struct Zeros;

impl ParameterMapper for Zeros {
    fn map<const D: usize>(&mut self, _: &ParameterInfo, tensor: Tensor<D>) -> Tensor<D> {
        tensor.zeros_like()
    }
}

fn untrained() -> BertForPreTraining {
    let device = device("flex").unwrap().autodiff();
    BertForPreTraining::new(&small_bert(), &device, 7).unwrap()
}

#[test]
fn a_model_of_zeros_has_the_losses_of_a_uniform_guess() {
    let model = map_parameters(untrained(), &mut Zeros).unwrap();
    let held_out = PREPARED.examples(Split::HeldOut);
    let evaluation = evaluate(&model, &held_out, 4).unwrap();
    let n_pieces = PREPARED.vocabulary.len() as f64;
    assert!(
        (evaluation.masked_loss - n_pieces.ln()).abs() < 1e-5,
        "{evaluation:?}"
    );
    assert!((evaluation.perplexity / n_pieces - 1.0).abs() < 1e-4);
    assert!((evaluation.order_loss - 2f64.ln()).abs() < 1e-6);
    assert_eq!(evaluation.n_examples, held_out.len() as u64);
}

#[test]
fn an_evaluation_does_not_depend_on_batch_size_or_dropout() {
    let held_out = PREPARED.examples(Split::HeldOut);
    let [one, five] = [1, 5].map(|size| evaluate(&untrained(), &held_out, size).unwrap());
    assert!((one.masked_loss - five.masked_loss).abs() < 1e-5);
    assert!((one.order_loss - five.order_loss).abs() < 1e-5);
    assert_eq!(one.by_kind, five.by_kind);
}

#[test]
fn every_label_is_counted_under_its_kind() {
    let held_out = PREPARED.examples(Split::HeldOut);
    let evaluation = evaluate(&untrained(), &held_out, 4).unwrap();
    let counted: u64 = kinds(&evaluation).map(|(_, counts)| counts.n_labels).sum();
    let drawn = (0..held_out.len()).map(|index| {
        let drawn = held_out.drawn(index, dataset::EVALUATION_EPOCH).unwrap();
        drawn.masked.labels.len() as u64
    });
    assert_eq!(counted, drawn.sum::<u64>());
    assert_eq!(evaluation.accuracy(Kind::Mask), None, "mac uses no [MASK]");
    assert!(evaluation.accuracy(Kind::Similar).is_some());
}

#[test]
fn training_beats_the_unigram_baseline() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run(folder.path());
    run.options.steps = 200;
    run.options.evaluate_every = 200;
    run.optimizer.name = optimizer::OptimizerName::Adamw;
    run.optimizer.peak_rate = 3e-3;
    let summary = train_to_end(&run);
    let (evaluation, baseline) = (summary.evaluation.unwrap(), summary.baseline.unwrap());
    assert!(
        evaluation.masked_loss < baseline.loss - 0.5,
        "{} against {}",
        evaluation.masked_loss,
        baseline.loss
    );
}

#[test]
fn a_run_without_held_out_examples_trains_and_evaluates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run(folder.path());
    run.held_out = None;
    let (summary, progress) = train_with_progress(&run);
    let summary = summary.unwrap();
    assert_eq!(summary.step, 12);
    assert!(summary.evaluation.is_none() && summary.baseline.is_none());
    let says_so = |progress: &Progress| matches!(progress, Progress::Baseline(None));
    assert!(progress.iter().any(says_so));
    let metrics = std::fs::read_to_string(folder.path().join("metrics.jsonl")).unwrap();
    assert!(!metrics.contains("evaluation"), "{metrics}");
    run.resume = true;
    assert!(train_to_end(&run).evaluation.is_none());
}

#[test]
fn restorations_are_the_likeliest_pieces_with_their_probabilities() {
    let ids = |text: &str| -> Vec<u32> {
        let specials = PREPARED.vocabulary.specials();
        let id = |c: char| PREPARED.vocabulary.id(&c.to_string()).unwrap().get();
        let pieces = text.chars().map(id);
        let (first, last) = (specials.cls.get(), specials.sep.get());
        std::iter::once(first).chain(pieces).chain([last]).collect()
    };
    let line = ids("今天天气很冷");
    let model = untrained();
    let restored = restore(&model, &line, &vec![0; line.len()], &[3, 5], 4);
    assert_eq!(
        restored.iter().map(|r| r.position).collect::<Vec<_>>(),
        [3, 5]
    );
    let all = restore(
        &model,
        &line,
        &vec![0; line.len()],
        &[3],
        PREPARED.vocabulary.len(),
    );
    let sum: f32 = all[0].pieces.iter().map(|piece| piece.probability).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    for (alone, together) in all[0].pieces.iter().zip(&restored[0].pieces) {
        assert!((alone.probability - together.probability).abs() < 1e-6);
    }
    assert!(
        all[0]
            .pieces
            .is_sorted_by(|a, b| a.probability >= b.probability)
    );
    let own = all[0]
        .pieces
        .iter()
        .find(|piece| piece.id == line[3])
        .unwrap();
    assert!((own.probability - all[0].own).abs() < 1e-9);
    assert!(restore(&model, &line, &vec![0; line.len()], &[], 4).is_empty());
}
