//! `--dry-run`: the resolved config and what it would cost, without doing anything.

use anyhow::Result;
use corpus::Corpus;
use model::BertConfig;
use prepare::plan;
use segment::Vocabulary;
use shard::ShardSet;

use crate::config::Config;
use crate::paint::{BOLD, bytes, grouped, padded, painted};
use crate::progress::print;

/// Weights, gradients and two moments, in f32.
const BYTES_A_PARAMETER: u64 = 16;
/// Pieces of BERT's Chinese vocabulary.
const BERT_PIECES: u64 = 21_128;

/// Prints the config and the estimates.
pub(crate) fn show(config: &Config) -> Result<()> {
    print(&toml::to_string(config)?);
    print(&painted(BOLD, "estimates"));
    for (name, figure) in estimates(config)? {
        print(&format!("  {} {figure}", padded(name, 34)));
    }
    Ok(())
}

fn estimates(config: &Config) -> Result<Vec<(&'static str, String)>> {
    let folders = config.shard_folders();
    let manifests = folders
        .iter()
        .map(|(folder, _)| ShardSet::manifest_of(folder));
    let mut out = match manifests.collect::<Result<Vec<_>, _>>() {
        Ok(manifests) => vec![(
            "examples of the shards that are there",
            grouped(manifests.iter().map(|there| there.counts.examples).sum()),
        )],
        Err(_) => preparation(config)?,
    };
    let options = &config.train;
    out.push(("steps", grouped(options.steps)));
    let tokens = options.steps * (options.examples_per_step * config.examples.max_length) as u64;
    out.push((
        "tokens, padding included",
        format!("at most {}", grouped(tokens)),
    ));
    if let Some((parameters, activations)) = sizes(config) {
        out.push(("parameters, about", grouped(parameters)));
        let checkpoint = parameters * 12;
        out.push((
            "disk for the checkpoints",
            bytes(checkpoint * (options.keep_checkpoints as u64 + 1)),
        ));
        out.push((
            "peak memory of training, about",
            bytes(parameters * BYTES_A_PARAMETER + activations),
        ));
    }
    Ok(out)
}

/// What preparing the shards would read and write.
fn preparation(config: &Config) -> Result<Vec<(&'static str, String)>> {
    let corpus = Corpus::open(&config.base, &config.corpus)?;
    let plan = plan(&corpus, &config.examples, n_pieces(config) as usize)?;
    let about = |count| format!("about {}", grouped(count));
    Ok(vec![
        ("files of the corpus", grouped(plan.n_files as u64)),
        ("bytes of the corpus", bytes(plan.bytes)),
        (
            "bytes of its text",
            format!("about {}", bytes(plan.text_bytes)),
        ),
        ("pieces", about(plan.pieces)),
        ("examples", about(plan.examples)),
        (
            "disk for the shards",
            format!("about {}", bytes(plan.shard_bytes)),
        ),
    ])
}

/// Pieces of the vocabulary, which may not exist yet.
fn n_pieces(config: &Config) -> u64 {
    let there = Vocabulary::read(&config.path(&config.vocabulary.path)).ok();
    let built = config.vocabulary.build.as_ref();
    there.map_or_else(
        || built.map_or(BERT_PIECES, |build| build.max_size as u64),
        |vocabulary| vocabulary.len() as u64,
    )
}

/// The model's sizes: those of the config, or of the checkpoint that it starts from.
fn bert_config(config: &Config) -> Option<BertConfig> {
    match &config.model.start_from {
        Some(checkpoint) => model::read_config(&config.path(checkpoint)).ok(),
        None => config.bert_config(n_pieces(config) as usize, 0).ok(),
    }
}

/// Parameters, and bytes of activations of a micro-batch (about 34 numbers of the hidden width a position and layer, and
/// the attention's shares), of a model from scratch.
fn sizes(config: &Config) -> Option<(u64, u64)> {
    let bert = bert_config(config)?;
    let [layers, hidden, intermediate, positions, heads, pieces] = [
        bert.num_hidden_layers,
        bert.hidden_size,
        bert.intermediate_size,
        bert.max_position_embeddings,
        bert.num_attention_heads,
        bert.vocab_size,
    ]
    .map(|size| size as u64);
    let layer = 4 * hidden * hidden + 2 * hidden * intermediate + 9 * hidden + intermediate;
    let parameters =
        (pieces + positions + 2) * hidden + layers * layer + 2 * hidden * hidden + pieces;
    let length = config.examples.max_length as u64;
    let rows = config.train.micro_batch as u64 * length;
    let numbers = layers * (rows * (16 * hidden + 4 * intermediate) + 3 * rows * heads * length);
    let logits = 3 * rows * 15 / 100 * pieces;
    Some((parameters, 4 * (numbers + logits)))
}
