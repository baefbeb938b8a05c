//! `--dry-run`: the resolved config and what it would cost, without doing anything.

use anyhow::Result;
use corpus::Corpus;
use shard::ShardSet;

use crate::config::Config;
use crate::paint::{BOLD, bytes, grouped, padded, painted};
use crate::progress::print;

/// UTF-8 bytes of a Chinese character, which is a piece.
const BYTES_A_PIECE: u64 = 3;
/// On disk a piece takes its id, and its share of unit ends and of the row.
const DISK_BYTES_A_PIECE: u64 = 4;
/// Weights, gradients and two moments, in f32.
const BYTES_A_PARAMETER: u64 = 16;

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
    let mut out = Vec::new();
    let corpus = Corpus::open(&config.base, &config.corpus)?;
    let raw: u64 = corpus.files().iter().map(corpus::CorpusFile::bytes).sum();
    out.push(("files of the corpus", grouped(corpus.files().len() as u64)));
    out.push(("bytes of the corpus", bytes(raw)));
    let folder = config.path(&config.shards.directory);
    if let Ok(manifest) = ShardSet::manifest_of(&folder) {
        out.push((
            "examples of the shards that are there",
            grouped(manifest.counts.examples),
        ));
    } else {
        let pieces = raw / BYTES_A_PIECE;
        out.push((
            "pieces (packed files hold more)",
            format!("about {}", grouped(pieces)),
        ));
        let examples = pieces / (config.examples.max_length as u64 * 9 / 10).max(1);
        out.push(("examples", format!("about {}", grouped(examples))));
        out.push((
            "disk for the shards",
            format!("about {}", bytes(pieces * DISK_BYTES_A_PIECE)),
        ));
    }
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

/// Parameters, and bytes of activations of a micro-batch (about 34 numbers of the hidden width a position and layer, and
/// the attention's shares), of a model from scratch.
fn sizes(config: &Config) -> Option<(u64, u64)> {
    let model = &config.model;
    let (layers, hidden) = (model.layers? as u64, model.hidden? as u64);
    let (intermediate, positions, heads) = (
        model.intermediate? as u64,
        model.positions? as u64,
        model.heads? as u64,
    );
    let pieces = config
        .vocabulary
        .build
        .as_ref()
        .map_or(21_128, |build| build.max_size as u64);
    let layer = 4 * hidden * hidden + 2 * hidden * intermediate + 9 * hidden + intermediate;
    let parameters =
        (pieces + positions + 2) * hidden + layers * layer + 2 * hidden * hidden + pieces;
    let length = config.examples.max_length as u64;
    let rows = config.train.micro_batch as u64 * length;
    let numbers = layers * (rows * (16 * hidden + 4 * intermediate) + 3 * rows * heads * length);
    let logits = 3 * rows * 15 / 100 * pieces;
    Some((parameters, 4 * (numbers + logits)))
}
