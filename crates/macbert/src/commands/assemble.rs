//! Turns the config of a job into a run for the trainer.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use dataset::{TrainingExamples, WeightedFolder, open_masker, open_mixture, open_vocabulary};
use device::World;
use segment::{CheckpointTokenizer, Vocabulary};
use shard::{Manifest, Split};
use sop::PairObjective;
use trainer::{Run, Settings, Start};

use crate::config::fingerprint::run_fingerprint;
use crate::config::fit::check_shards;
use crate::config::job::Config;
use crate::config::keys::class_of;
use crate::numbers::grouped;
use crate::progress::note;

/// The file name of the resolved config in a checkpoint.
const RESOLVED: &str = "macbert.toml";

/// Where the weights of a run come from.
struct Origin {
    start: Start,
    /// Words that were added to the tokenizer of the checkpoint that the run starts from.
    added: Vec<String>,
    /// The longest input of the model, in pieces.
    positions: usize,
}

/// Opens everything that a run needs, and checks that shards, config and checkpoint fit together.
pub(super) fn assemble(config: &Config, device: &str, resume: bool) -> Result<Run> {
    let device = device::by_name(device)?;
    let folders = config.shard_folders();
    for folder in &folders {
        check_shards(config, &folder.path)?;
    }
    let first = &folders[0].path;
    let vocabulary = open_vocabulary(first)?;
    let masker = open_masker(first, &vocabulary, config.objective()?)?;
    let (pairs, seed) = (config.pairs.objective, config.seed);
    let train = open_mixture(&folders, Split::Train, &masker, pairs, seed)?;
    let held_out = if any_held_out(&folders)? {
        let held_out = open_mixture(&folders, Split::HeldOut, &masker, pairs, seed)?;
        Some(held_out)
    } else {
        None
    };
    note_mixture(&train, &folders);
    if pairs == PairObjective::None {
        note_single_sentences(&train);
    }
    let fingerprint = run_fingerprint(config, &train, held_out.as_ref())?;
    let origin = origin(config, &vocabulary)?;
    let tokenizer = tokenizer(vocabulary, origin.added, train.shards()[0].manifest());
    let files = tokenizer.files(origin.positions).into_iter();
    let mut files: Vec<_> = files
        .map(|file| (file.name.to_owned(), file.text))
        .collect();
    files.push((RESOLVED.to_owned(), toml::to_string(config)?));
    Ok(Run {
        device,
        world: World::alone(),
        start: origin.start,
        train: Arc::new(train),
        held_out,
        judges: Vec::new(),
        optimizer: config.optimizer.clone(),
        options: config.train.clone(),
        seed: config.seed,
        folder: config.path(&config.output.directory),
        resume,
        files: files.into_iter().collect(),
        settings: Settings {
            values: fingerprint,
            class_of,
            allowed: BTreeSet::new(),
        },
    })
}

/// Opens the tokenizer of the checkpoints that a run would write.
pub(super) fn open_tokenizer(config: &Config) -> Result<CheckpointTokenizer> {
    let folder = &config.shard_folders()[0].path;
    let vocabulary = open_vocabulary(folder)?;
    let added = origin(config, &vocabulary)?.added;
    Ok(tokenizer(vocabulary, added, &Manifest::read(folder)?))
}

/// The tokenizer of a run's checkpoints. It cuts text as the shards were cut.
fn tokenizer(
    vocabulary: Arc<Vocabulary>,
    added: Vec<String>,
    manifest: &Manifest,
) -> CheckpointTokenizer {
    let segmenter = &manifest.segmenter;
    CheckpointTokenizer {
        vocabulary,
        added,
        lower_case: segmenter.lower_case,
        punctuation: segmenter.punctuation.clone(),
    }
}

/// Whether any folder has held-out examples, by its manifest.
fn any_held_out(folders: &[WeightedFolder]) -> Result<bool> {
    for folder in folders {
        let manifest = Manifest::read(&folder.path)?;
        if manifest.held_out.iter().any(|file| file.n_examples > 0) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Says how many examples of each folder an epoch has, if there are several folders.
fn note_mixture(train: &TrainingExamples, folders: &[WeightedFolder]) {
    if folders.len() == 1 {
        return;
    }
    for (number, WeightedFolder { path, weight }) in folders.iter().enumerate() {
        note(&format!(
            "{}: {} examples with weight {weight} make {} of the {} examples of an epoch",
            path.display(),
            grouped(train.shards()[number].len() as u64),
            grouped(train.mixture().n_examples_of(number)),
            grouped(train.len() as u64)
        ));
    }
}

/// Names the folders that lack documents of one sentence, which a run without pairs could train on.
fn note_single_sentences(train: &TrainingExamples) {
    for shards in train.shards() {
        let manifest = shards.manifest();
        let n_left_out = manifest.counts.drops.single_sentence_documents;
        if n_left_out > 0 {
            note(&format!(
                "{} lacks {} documents of one sentence, because it was prepared for pairs; to train on them, prepare it again \
                 with pairs.objective = \"none\"",
                shards.folder().display(),
                grouped(n_left_out)
            ));
        }
    }
}

/// Where the weights come from. A checkpoint that does not fit the shards is refused.
fn origin(config: &Config, vocabulary: &Vocabulary) -> Result<Origin> {
    let Some(checkpoint) = &config.model.start_from else {
        let pad = vocabulary.specials().pad.index();
        let bert = config.bert_config(vocabulary.len(), pad)?;
        return Ok(Origin {
            positions: bert.max_position_embeddings,
            added: Vec::new(),
            start: Start::Scratch(bert),
        });
    };
    let checkpoint = config.path(checkpoint);
    let bert = model::read_config(&checkpoint)?;
    let tokenizer = CheckpointTokenizer::read(&checkpoint)?;
    let n_pieces = tokenizer.n_pieces();
    bert.check_fits(n_pieces, config.examples.max_length)
        .with_context(|| format!("{} does not fit the shards", checkpoint.display()))?;
    let known = &tokenizer.vocabulary;
    ensure!(
        known.sha256() == vocabulary.sha256(),
        "{} has the vocabulary {}, but the shards were made with {}; set vocabulary.path to the checkpoint's vocab.txt or tokenizer.json, and prepare again",
        checkpoint.display(),
        known.sha256(),
        vocabulary.sha256()
    );
    Ok(Origin {
        start: Start::From {
            checkpoint,
            dropout: config.model.dropout,
            n_pieces,
            partial: config.model.partial,
        },
        added: tokenizer.added,
        positions: bert.max_position_embeddings,
    })
}
