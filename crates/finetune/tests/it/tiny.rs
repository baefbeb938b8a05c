//! A tiny encoder with random weights, and runs of fine-tuning that take a second.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use burn::tensor::Device;
use finetune::{
    ClassificationOptions, FinetuneError, FinetuneProgress, Outcome, ProtocolOptions, Run,
    SpanOptions, SpellingOptions, StartFrom, StrideMeaning, TableForm, TagOptions, Task,
    TaskOptimizerOptions, TaskOptions, TrainingOptions, finetune,
};
use model::{BertConfig, BertForPreTraining, Precision, save};
use optimizer::{OptimizerName, Schedule};
use segment::CheckpointTokenizer;
use tempfile::TempDir;

/// The characters of the vocabulary, behind the special pieces.
const CHARACTERS: &str = "我们今天气很好坏汽门去公园书饭菜难吃北京大学王人在问谁呢。，，";
/// Positions of the encoder.
const POSITIONS: usize = 32;

/// A folder with an encoder, the files of a task, and the folder of a run.
pub(crate) struct Fixture {
    folder: TempDir,
    options: TaskOptions,
    has_dev: bool,
    has_test: bool,
}

impl Fixture {
    /// Writes an encoder and the files of a task. An empty text stands for a file that is not there.
    pub(crate) fn new(options: TaskOptions, train: &str, dev: &str, test: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Self {
            folder,
            options,
            has_dev: !dev.is_empty(),
            has_test: !test.is_empty(),
        };
        write_encoder(&fixture.path("encoder"));
        for (name, text) in [("train", train), ("dev", dev), ("test", test)] {
            if !text.is_empty() {
                std::fs::write(fixture.path(name), text).unwrap();
            }
        }
        fixture
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A run in the folder `name`.
    pub(crate) fn run(&self, name: &str) -> Run {
        self.try_run(name).unwrap()
    }

    pub(crate) fn try_run(&self, name: &str) -> Result<Run, FinetuneError> {
        let checkpoint = self.path("encoder");
        let tokenizer = CheckpointTokenizer::read(&checkpoint).unwrap();
        let train = self.path("train");
        let (task, train) = Task::open(&self.options, &tokenizer, POSITIONS, &train)?;
        let read = |has: bool, name| has.then(|| task.read(&self.path(name))).transpose();
        let (dev, report) = (read(self.has_dev, "dev")?, read(self.has_test, "test")?);
        let files = [("vocab.txt".to_owned(), tokenizer.vocabulary.to_text())];
        Ok(Run {
            name: "a task".to_owned(),
            device: Device::flex(),
            start: StartFrom {
                checkpoint,
                random_weights: false,
                dropout: 0.1,
            },
            task,
            train,
            dev,
            report,
            optimizer: optimizer(),
            training: training(),
            protocol: protocol(1),
            folder: self.path(name),
            files: BTreeMap::from(files),
            made_with: BTreeMap::from([("a key".to_owned(), 1.into())]),
        })
    }
}

/// Runs to the end, and returns how it ended with what it reported.
pub(crate) fn done(run: &Run) -> (Outcome, Vec<FinetuneProgress>) {
    let (sender, receiver) = channel();
    let outcome = finetune(run, &sender, &AtomicBool::new(false)).unwrap();
    drop(sender);
    (outcome, receiver.iter().collect())
}

/// Asks a run to stop when so many steps of all seeds are done. Returns how it ended, and the steps that were done at its end if it
/// did any.
pub(crate) fn stopped_after(run: &Run, n_steps: u64) -> (Outcome, Option<u64>) {
    let (sender, receiver) = channel();
    let stop = AtomicBool::new(false);
    let mut last = None;
    let outcome = std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let sender = sender;
            finetune(run, &sender, &stop)
        });
        while let Ok(progress) = receiver.recv() {
            if let FinetuneProgress::Step { done, .. } = progress {
                last = Some(done);
                stop.fetch_or(done >= n_steps, Ordering::Relaxed);
            }
        }
        worker.join().unwrap().unwrap()
    });
    (outcome, last)
}

/// The files of a run by their names, with their contents.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn write_encoder(folder: &Path) {
    let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    let mut pieces: Vec<String> = specials.map(String::from).to_vec();
    for character in CHARACTERS.chars() {
        let piece = character.to_string();
        if !pieces.contains(&piece) {
            pieces.push(piece);
        }
    }
    let config = BertConfig {
        num_attention_heads: 2,
        intermediate_size: 64,
        max_position_embeddings: POSITIONS,
        initializer_range: 0.1,
        ..BertConfig::new(pieces.len(), 1, 32)
    };
    let model = BertForPreTraining::new(&config, &Device::flex(), 7).unwrap();
    save(&model, folder).unwrap();
    std::fs::write(folder.join("vocab.txt"), pieces.join("\n") + "\n").unwrap();
}

pub(crate) fn protocol(seeds: u64) -> ProtocolOptions {
    ProtocolOptions {
        seeds,
        first_seed: 1,
        select_by: "last_epoch".to_owned(),
        select_on_report: false,
    }
}

fn optimizer() -> TaskOptimizerOptions {
    TaskOptimizerOptions {
        name: OptimizerName::Adamw,
        peak_rate: 5e-3,
        warmup_share: 0.1,
        schedule: Schedule::FromOne,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-6,
        weight_decay: 0.01,
        clip_norm: 1.0,
    }
}

fn training() -> TrainingOptions {
    TrainingOptions {
        epochs: 4,
        examples_per_step: 8,
        pieces_per_micro_batch: 48,
        checkpoint_every: 3,
        log_every: 2,
        max_skipped_steps: 0,
        precision: Precision::F32,
    }
}

/// Sentences of reviews: 好 has the label 1, and 坏 the label 0.
pub(crate) fn reviews(n: usize) -> String {
    let mut text = "label\ttext\n".to_owned();
    for index in 0..n {
        let (label, word) = [(1, "好"), (0, "坏")][index % 2];
        let subject = ["饭菜", "天气", "公园", "书", "大学"][index % 5];
        let place = ["今天", "北京", "我们"][index % 3];
        let _ = writeln!(text, "{label}\t{place}{subject}很{word}。");
    }
    text
}

pub(crate) fn classification() -> TaskOptions {
    TaskOptions::Classification(ClassificationOptions {
        format: TableForm::Tsv,
        texts: vec!["text".to_owned()],
        label: "label".to_owned(),
        labels: None,
        left_out: Vec::new(),
    })
}

pub(crate) fn tags() -> TaskOptions {
    TaskOptions::Tags(TagOptions::default())
}

pub(crate) fn spelling() -> SpellingOptions {
    SpellingOptions {
        format: TableForm::Tsv,
        source: "source".to_owned(),
        target: "target".to_owned(),
        detection: None,
    }
}

pub(crate) fn spans() -> SpanOptions {
    SpanOptions {
        stride: 6,
        stride_counts: StrideMeaning::Overlap,
        max_question: Some(8),
        n_best: 10,
        longest_answer: 6,
        best_context: false,
        no_answer: false,
        mask_outside: false,
        remove_spaces: false,
        rules: vec![finetune::SpanRule::Cmrc],
    }
}
