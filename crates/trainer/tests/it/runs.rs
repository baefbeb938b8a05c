//! The shards that the runs read, a small model, and runs of a few steps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, LazyLock};

use device::{World, by_name as device};
use fixtures::{Prepared, documents};
use model::{BertConfig, Precision};
use optimizer::{OptimizerName, OptimizerOptions};
use shard::Split;
use trainer::{
    KeyClass, Progress, ReducePrecision, Run, Settings, Start, Summary, TrainOptions, TrainerError,
    train,
};

/// Shards of 31 documents, which every run reads.
pub(crate) static PREPARED: LazyLock<Prepared> = LazyLock::new(|| Prepared::of(&documents(31)));

/// Two layers of width 32, with dropout 0.1.
pub(crate) fn small_bert() -> BertConfig {
    BertConfig {
        num_attention_heads: 4,
        intermediate_size: 64,
        max_position_embeddings: 40,
        ..BertConfig::new(PREPARED.vocabulary.len(), 2, 32)
    }
}

/// A run of 12 steps of 6 examples in 3 micro-batches, with LAMB, a metrics line every 5 steps and an evaluation every 4.
pub(crate) fn run(folder: &Path) -> Run {
    Run {
        device: device("flex").unwrap(),
        world: World::alone(),
        start: Start::Scratch(small_bert()),
        train: Arc::new(PREPARED.examples(Split::Train)),
        held_out: Some(PREPARED.examples(Split::HeldOut)),
        judges: Vec::new(),
        optimizer: OptimizerOptions {
            name: OptimizerName::Lamb,
            peak_rate: 0.01,
            warmup_steps: 3,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-6,
            momentum: None,
            weight_decay: 0.01,
            clip_norm: 1.0,
        },
        options: TrainOptions {
            steps: 12,
            examples_per_step: 6,
            micro_batch: 2,
            evaluate_every: 4,
            checkpoint_every: 100,
            keep_checkpoints: 2,
            max_skipped_steps: 0,
            log_every: 5,
            loader_threads: 2,
            peak_tflops: None,
            precision: Precision::F32,
            shuffle_labels: false,
            collective_timeout_s: 300,
            reduce_precision: ReducePrecision::F32,
            exact: false,
            compare_parameters_every: 1000,
        },
        seed: 7,
        folder: folder.to_path_buf(),
        resume: false,
        files: BTreeMap::from([("vocab.txt".to_owned(), PREPARED.vocabulary.to_text())]),
        settings: Settings {
            values: BTreeMap::from([
                ("masking.rate".to_owned(), 0.15.into()),
                ("optimizer.peak_rate".to_owned(), 0.01.into()),
                ("train.steps".to_owned(), 12.into()),
            ]),
            class_of,
            allowed: BTreeSet::new(),
        },
    }
}

/// Lines of metrics may come at other steps, masks may not change, and the rest changes the course.
fn class_of(key: &str) -> KeyClass {
    match key {
        "train.log_every" => KeyClass::Free,
        "masking.rate" | "vocabulary.sha256" => KeyClass::Run,
        _ => KeyClass::Course,
    }
}

/// Trains, and keeps what was reported meanwhile.
pub(crate) fn train_with_progress(run: &Run) -> (Result<Summary, TrainerError>, Vec<Progress>) {
    let (sender, receiver) = channel();
    let summary = train(run, &sender, &AtomicBool::new(false));
    drop(sender);
    (summary, receiver.iter().collect())
}

/// Trains to the end without a listener.
pub(crate) fn train_to_end(run: &Run) -> Summary {
    let nobody: Sender<Progress> = channel().0;
    train(run, &nobody, &AtomicBool::new(false)).unwrap()
}

/// The warnings of a run.
pub(crate) fn warnings<'p>(progress: &'p [Progress]) -> Vec<&'p str> {
    let warning = |progress: &'p Progress| match progress {
        Progress::Warning(text) => Some(text.as_str()),
        _ => None,
    };
    progress.iter().filter_map(warning).collect()
}
