//! Estimates of a job before it runs: examples, disk space and memory.

use anyhow::Result;
use corpus::Corpus;
use model::BertConfig;
use optimizer::OptimizerName;
use prepare::plan;
use segment::Vocabulary;
use shard::Manifest;

use super::figure::Figure;
use crate::config::job::Config;
use crate::numbers::{bytes, grouped};

/// Bytes of a parameter in training: weight, gradient and two moments, in f32. Muon keeps one number less for matrices.
const TRAINING_BYTES: u64 = 16;
/// Bytes of a parameter in a checkpoint: weight and two moments, in f32.
const CHECKPOINT_BYTES: u64 = 12;
/// Pieces of BERT's Chinese vocabulary.
const BERT_PIECES: u64 = 21_128;

/// The size of a model in training.
struct ModelSize {
    parameters: u64,
    /// Parameters in the matrices of the layers.
    in_matrices: u64,
    /// Bytes of the activations of a micro-batch.
    activation_bytes: u64,
}

/// The estimates of a job. They are rough: files are not read, and a vocabulary or a model need not exist yet.
pub(crate) fn estimates(config: &Config) -> Result<Vec<Figure>> {
    let folders = config.shard_folders();
    let manifests = folders.iter().map(|folder| Manifest::read(&folder.path));
    let mut figures = match manifests.collect::<Result<Vec<_>, _>>() {
        Ok(manifests) => vec![Figure::new(
            "examples in the existing shards",
            grouped(manifests.iter().map(|there| there.counts.examples).sum()),
        )],
        Err(_) => preparation(config)?,
    };
    let options = &config.train;
    figures.push(Figure::new("steps", grouped(options.steps)));
    let tokens = options.steps * (options.examples_per_step * config.examples.max_length) as u64;
    figures.push(Figure::new(
        "tokens, padding included",
        format!("at most {}", grouped(tokens)),
    ));
    if let Some(size) = model_size(config) {
        let less = match config.optimizer.name {
            OptimizerName::Muon => 4 * size.in_matrices,
            _ => 0,
        };
        let checkpoints = options.keep_checkpoints as u64 + 1; // one is written before the oldest is removed
        figures.extend([
            Figure::new("parameters (about)", grouped(size.parameters)),
            Figure::new(
                "disk for the checkpoints",
                bytes((size.parameters * CHECKPOINT_BYTES - less) * checkpoints),
            ),
            Figure::new(
                "peak memory of training (about)",
                bytes(size.parameters * TRAINING_BYTES - less + size.activation_bytes),
            ),
        ]);
    }
    Ok(figures)
}

/// What preparing the shards would read and write.
fn preparation(config: &Config) -> Result<Vec<Figure>> {
    let corpus = Corpus::open(&config.base, &config.corpus)?;
    let plan = plan(&corpus, &config.examples, n_pieces(config) as usize)?;
    let about = |figure: String| format!("about {figure}");
    Ok(vec![
        Figure::new("files of the corpus", grouped(plan.n_files as u64)),
        Figure::new("bytes of the corpus", bytes(plan.bytes)),
        Figure::new("bytes of text", about(bytes(plan.text_bytes))),
        Figure::new("pieces", about(grouped(plan.pieces))),
        Figure::new("examples", about(grouped(plan.examples))),
        Figure::new("disk for the shards", about(bytes(plan.shard_bytes))),
    ])
}

/// The number of pieces of the vocabulary. If the vocabulary does not exist yet, this is the maximum by
/// `[vocabulary.build]`.
fn n_pieces(config: &Config) -> u64 {
    let vocabulary = Vocabulary::read(&config.path(&config.vocabulary.path)).ok();
    let build = config.vocabulary.build.as_ref();
    vocabulary.map_or_else(
        || build.map_or(BERT_PIECES, |build| build.max_size as u64),
        |vocabulary| vocabulary.len() as u64,
    )
}

/// The sizes of the config's model, or of the checkpoint that it starts from.
fn bert_config(config: &Config) -> Option<BertConfig> {
    match &config.model.start_from {
        Some(checkpoint) => model::read_config(&config.path(checkpoint)).ok(),
        None => config.bert_config(n_pieces(config) as usize, 0).ok(),
    }
}

/// Estimates the parameters of the model and the activations of a micro-batch. Per layer and position these are about
/// 16 vectors of the hidden width, 4 vectors of the intermediate width, and 3 rows of attention probabilities per
/// head. Each masked piece has 3 rows of logits; the step with the most masks counts.
fn model_size(config: &Config) -> Option<ModelSize> {
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
    let matrices = 4 * hidden * hidden + 2 * hidden * intermediate;
    let layer = matrices + 9 * hidden + intermediate;
    let parameters =
        (pieces + positions + 2) * hidden + layers * layer + 2 * hidden * hidden + pieces;
    let length = config.examples.max_length as u64;
    let rows = config.train.micro_batch as u64 * length;
    let numbers = layers * (rows * (16 * hidden + 4 * intermediate) + 3 * rows * heads * length);
    let rate = config.objective().ok()?.largest_rate();
    let logits = (3.0 * rows as f64 * rate) as u64 * pieces;
    Some(ModelSize {
        parameters,
        in_matrices: layers * matrices,
        activation_bytes: 4 * (numbers + logits),
    })
}

#[cfg(test)]
mod tests {
    use super::model_size;
    use crate::config::tests::tiny;

    #[test]
    fn the_memory_of_logits_is_that_of_the_step_with_the_most_masks() {
        let bytes = |changes: &[&str]| model_size(&tiny(changes)).expect("sizes").activation_bytes;
        let (usual, twice) = (bytes(&[]), bytes(&["masking.rate=0.3"]));
        assert!(twice > usual, "{twice} {usual}");
        for changes in [
            ["masking.rate=0.3", "masking.last_rate=0.15"],
            ["masking.rate=0.15", "masking.last_rate=0.3"],
        ] {
            assert_eq!(bytes(&changes), twice, "{changes:?}");
        }
    }
}
