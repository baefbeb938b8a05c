//! `macbert pretrain`: shards to a checkpoint, an export and a report.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::channel;

use ::prepare::config_difference;
use anyhow::{Context as _, Result, anyhow, ensure};
use dataset::TrainingExamples;
use repro::sha256_file;
use segment::Vocabulary;
use shard::{Manifest, ShardSet, Split};
use trainer::{Progress, Run, Start, Summary};

use crate::arguments::PretrainArguments;
use crate::config::{self, Config};
use crate::failure::wrong_call;
use crate::pages::report;
use crate::paint::{BAD, BOLD, GOOD, grouped, padded, painted};
use crate::progress::{Bar, note, print};
use crate::signals::stop_flag;

use super::hub_folder::CheckpointTokenizer;
use super::{dry_run, evaluate, export, hub_folder, prepare, shards_folder};

/// The resolved config in a checkpoint.
const RESOLVED: &str = "macbert.toml";

/// Trains what a config says.
pub(crate) fn run(arguments: &PretrainArguments) -> Result<ExitCode> {
    let config = config::load(&arguments.config.config, &arguments.config.set)?;
    if arguments.config.dry_run {
        dry_run::show(&config)?;
        return Ok(ExitCode::SUCCESS);
    }
    config.check_start()?;
    if let Err(error) = device::tune_process(&arguments.device) {
        note(&format!(
            "the program could not start itself again, so LibTorch's threads wait long, and steps take longer: {error}"
        ));
    }
    let stop = stop_flag()?;
    let run = assemble(&config, &arguments.device, arguments.resume)?;
    let summary = watch(&run, &stop)?;
    if summary.stopped {
        print(&format!(
            "stopped after step {}; go on with --resume",
            grouped(summary.step)
        ));
        return Ok(ExitCode::SUCCESS);
    }
    finish(&config, &run, &summary)?;
    Ok(ExitCode::SUCCESS)
}

fn assemble(config: &Config, device: &str, resume: bool) -> Result<Run> {
    let device = device::by_name(device)?;
    let folders = config.shard_folders();
    for (folder, _) in &folders {
        check_shards(config, folder)?;
    }
    let first = &folders[0].0;
    let vocabulary = shards_folder::vocabulary(first)?;
    let masker = shards_folder::masker(first, &vocabulary, config.objective()?)?;
    let (pairs, seed) = (config.pairs.objective, config.seed);
    let train = shards_folder::mixed(&folders, Split::Train, &masker, pairs, seed)?;
    let held_out = shards_folder::mixed(&folders, Split::HeldOut, &masker, pairs, seed)?;
    say_mixture(&train, &folders);
    let decisive = decisive(config, &train, &held_out)?;
    let segmenter = &train.shards()[0].manifest().segmenter;
    let tokenizer = CheckpointTokenizer {
        vocabulary: Arc::clone(&vocabulary),
        lower_case: segmenter.lower_case,
        punctuation: segmenter.punctuation.clone(),
    };
    let (start, positions) = start(config, &vocabulary)?;
    let mut files = hub_folder::tokenizer_files(&tokenizer, positions);
    files.push((RESOLVED.to_owned(), toml::to_string(config)?));
    Ok(Run {
        device,
        start,
        train: Arc::new(train),
        held_out,
        optimizer: config.optimizer.clone(),
        options: config.train.clone(),
        seed: config.seed,
        folder: config.path(&config.output.directory),
        resume,
        files: files.into_iter().collect(),
        config: decisive,
    })
}

/// How often an epoch has each of several folders.
fn say_mixture(train: &TrainingExamples, folders: &[(PathBuf, f64)]) {
    if folders.len() == 1 {
        return;
    }
    for (number, (folder, weight)) in folders.iter().enumerate() {
        note(&format!(
            "{}: {} examples, weight {weight}: {} of an epoch's {}",
            folder.display(),
            grouped(train.shards()[number].len() as u64),
            grouped(train.mixture().n_examples_of(number)),
            grouped(train.len() as u64)
        ));
    }
}

/// Refuses shards that were made with another config, vocabulary or similar-word table than the job's (invariant 6). Of
/// the folders of a mixture only `shards.directory` follows from this config; others have corpora of their own, and have
/// to fit the model.
fn check_shards(config: &Config, folder: &Path) -> Result<()> {
    let manifest = ShardSet::manifest_of(folder)?;
    let refuse = |difference: String| {
        let what = "were made with another";
        wrong_call(anyhow!(
            "the shards in {} {what} {difference}; prepare them again",
            folder.display()
        ))
    };
    let is_own = folder == config.path(&config.shards.directory);
    let difference = if is_own {
        config_difference(&manifest.config, &prepare::recorded(config)?)
    } else {
        misfit(config, &manifest)
    };
    if let Some(difference) = difference {
        return Err(refuse(difference));
    }
    let named = [
        (
            "vocabulary",
            Some(config.vocabulary.path.as_path()),
            Some(&manifest.vocabulary.sha256),
        ),
        (
            "similar-word table",
            config
                .similar_words
                .as_ref()
                .map(|section| section.table.as_path()),
            manifest.table_sha256.as_ref(),
        ),
    ];
    for (what, path, there) in named {
        // Shards can be trained on where the files that they were made with are not: they hold their own copies.
        let Some(path) = path
            .map(|path| config.path(path))
            .filter(|path| path.exists())
        else {
            continue;
        };
        let here =
            sha256_file(&path).with_context(|| format!("could not read {}", path.display()))?;
        if there != Some(&here) {
            let there = there.map_or("none", String::as_str);
            return Err(refuse(format!(
                "{what}: there {there}, {} is {here}",
                path.display()
            )));
        }
    }
    Ok(())
}

/// What another corpus's shards have to share with a config, where they differ.
fn misfit(config: &Config, manifest: &Manifest) -> Option<String> {
    let differ = |what: &str, there: &dyn Display, here: &dyn Display| {
        let (there, here) = (there.to_string(), here.to_string());
        (there != here).then(|| format!("config: {what} there {there}, here {here}"))
    };
    let (length, case) = (config.examples.max_length, config.segment.lower_case);
    differ("examples.max_length", &manifest.max_length, &length).or_else(|| {
        let there = manifest.segmenter.lower_case;
        differ("segment.lower_case", &there, &case)
    })
}

/// Where the weights come from, and the longest input; refused where the checkpoint does not fit the shards.
fn start(config: &Config, vocabulary: &Vocabulary) -> Result<(Start, usize)> {
    let Some(checkpoint) = &config.model.start_from else {
        let pad = vocabulary.specials().pad.index();
        let bert = config.bert_config(vocabulary.len(), pad)?;
        let positions = bert.max_position_embeddings;
        return Ok((Start::Scratch(bert), positions));
    };
    let checkpoint = config.path(checkpoint);
    let bert = model::read_config(&checkpoint)?;
    bert.check_fits(vocabulary.len(), config.examples.max_length)
        .with_context(|| format!("{} does not fit the shards", checkpoint.display()))?;
    let known = hub_folder::tokenizer_of(&checkpoint)?.vocabulary;
    ensure!(
        known.sha256() == vocabulary.sha256(),
        "{} has the vocabulary {}, but the shards were made with {}; set vocabulary.path to the checkpoint's vocab.txt and prepare again",
        checkpoint.display(),
        known.sha256(),
        vocabulary.sha256()
    );
    let dropout = config.model.dropout;
    Ok((
        Start::From {
            checkpoint,
            dropout,
        },
        bert.max_position_embeddings,
    ))
}

/// Key by key, what decides the run's results; threads, places and how often things are written do not.
fn decisive(
    config: &Config,
    train: &TrainingExamples,
    held_out: &TrainingExamples,
) -> Result<BTreeMap<String, serde_json::Value>> {
    let shards = |examples: &TrainingExamples, split| -> Vec<String> {
        let folders = examples.shards().iter();
        let files = folders.flat_map(|shards| shards.manifest().files(split));
        files.map(|file| file.sha256.clone()).collect()
    };
    let mut keys = BTreeMap::new();
    keys.insert("seed".to_owned(), config.seed.into());
    keys.insert(
        "shards.train".to_owned(),
        shards(train, Split::Train).into(),
    );
    keys.insert(
        "shards.held_out".to_owned(),
        shards(held_out, Split::HeldOut).into(),
    );
    if !config.mixture.is_empty() {
        let folders = config.mixture.iter().zip(train.shards());
        let folders = folders.map(|(part, shards)| {
            let n_files = shards.manifest().files(Split::Train).len();
            serde_json::json!({ "weight": part.weight, "train_files": n_files })
        });
        keys.insert("mixture".to_owned(), folders.collect());
    }
    keys.insert(
        "similar_words".to_owned(),
        train.shards()[0].manifest().table_sha256.clone().into(),
    );
    keys.insert(
        "pairs.objective".to_owned(),
        serde_json::to_value(config.pairs.objective)?,
    );
    for (section, value) in [
        ("masking", serde_json::to_value(train.masker().objective())?),
        ("model", serde_json::to_value(&config.model)?),
        ("optimizer", serde_json::to_value(&config.optimizer)?),
        ("train", serde_json::to_value(&config.train)?),
    ] {
        let free = [
            "loader_threads",
            "checkpoint_every",
            "keep_checkpoints",
            "max_skipped_steps",
            "peak_tflops",
        ];
        for (key, value) in value.as_object().into_iter().flatten() {
            if !free.contains(&key.as_str()) {
                keys.insert(format!("{section}.{key}"), value.clone());
            }
        }
    }
    Ok(keys)
}

fn watch(run: &Run, stop: &std::sync::atomic::AtomicBool) -> Result<Summary> {
    let (sender, receiver) = channel();
    let mut bar = Bar::new("pretrain", run.options.steps);
    let summary = std::thread::scope(|scope| {
        let worker = scope.spawn(move || trainer::train(run, &sender, stop));
        while let Ok(progress) = receiver.recv() {
            show(&mut bar, progress);
        }
        worker.join()
    });
    bar.finish();
    Ok(summary.map_err(|_| anyhow!("a thread panicked while training"))??)
}

fn show(bar: &mut Bar, progress: Progress) {
    match progress {
        Progress::Loaded(report) => {
            let line = format!(
                "{} parameters found, {} missing and drawn anew, {} unexpected",
                report.found.len(),
                report.missing.len(),
                report.unexpected.len()
            );
            bar.line(&line);
            for (what, names) in [
                ("missing", &report.missing),
                ("unexpected", &report.unexpected),
            ] {
                if !names.is_empty() {
                    bar.line(&format!("  {what}: {}", names.join(", ")));
                }
            }
        }
        Progress::Resumed { path, step } => bar.line(&format!(
            "going on after step {step}, from {}",
            path.display()
        )),
        Progress::Warning(text) => bar.line(&format!("{}: {text}", painted(BAD, "warning"))),
        Progress::Baseline(baseline) => bar.line(&format!(
            "held out: {} labels; unigram baseline {:.4} nats, commonest label {:.2} %",
            grouped(baseline.n_labels),
            baseline.loss,
            100.0 * baseline.commonest_share
        )),
        Progress::Step {
            step,
            masked_loss,
            tokens_per_second,
            ..
        } => {
            let rate = grouped(tokens_per_second as u64);
            let loss = if masked_loss.is_nan() {
                "–".to_owned() // none was read yet
            } else {
                format!("{masked_loss:.3}")
            };
            bar.set(step, &format!("step {step}, loss {loss}, {rate} tokens/s"));
        }
        Progress::Evaluated { step, evaluation } => bar.line(&format!(
            "step {step}: held-out masked loss {:.4}, accuracy {:.2} %, order {:.2} %",
            evaluation.masked_loss,
            100.0 * evaluation.masked_accuracy(),
            100.0 * evaluation.order_accuracy
        )),
        Progress::Saved(path) => tracing::info!(path = %path.display(), "checkpoint"),
    }
}

/// The export, the report, and the figures.
fn finish(config: &Config, run: &Run, summary: &Summary) -> Result<()> {
    let folder = config.path(&config.output.directory);
    let out = folder.join("export");
    export::write(&summary.checkpoint, &out)?;
    let page = folder.join("report.html");
    report::write(&page, &folder, run, summary)?;
    print(&painted(
        BOLD,
        &format!("{} steps done", grouped(summary.step)),
    ));
    if let Some(evaluation) = &summary.evaluation {
        for (name, figure) in evaluate::figures(evaluation, &summary.baseline) {
            print(&format!("  {} {figure}", padded(&name, 34)));
        }
    }
    if summary.skipped_steps > 0 {
        note(&format!(
            "{} steps were skipped for numbers that are not finite",
            summary.skipped_steps
        ));
    }
    let shown = |path: &Path| painted(GOOD, &path.display().to_string());
    print(&format!("Hugging Face folder  {}", shown(&out)));
    print(&format!("report               {}", shown(&page)));
    Ok(())
}
