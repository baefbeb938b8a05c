//! The config of a job: one TOML file. A section with rules of its own is defined in the library that reads it.

use std::path::PathBuf;

use corpus::CorpusOptions;
use masking::MaskingOptions;
use optimizer::OptimizerOptions;
use segment::SegmentOptions;
use serde::{Deserialize, Serialize};
use sop::{ExampleOptions, PairObjective};
use synonym::SimilarWordsSection;
use trainer::TrainOptions;

/// The config of one job, as written in its TOML file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The seed of everything random in the job.
    pub seed: u64,
    /// The vocabulary.
    pub vocabulary: VocabularySection,
    /// The raw text.
    pub corpus: CorpusOptions,
    /// How text is cut into words and pieces.
    pub segment: SegmentOptions,
    /// The similar-word table. Objectives that replace words with similar words need one.
    pub similar_words: Option<SimilarWordsSection>,
    /// How sentences are combined into examples.
    pub examples: ExampleOptions,
    /// The folder of shards, and what the shards contain.
    pub shards: ShardsSection,
    /// Folders of shards to train on together, instead of `shards.directory`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mixture: Vec<MixtureSection>,
    /// How the two texts of an example are drawn.
    pub pairs: PairsSection,
    /// What is masked, and how.
    pub masking: MaskingOptions,
    /// The network.
    pub model: ModelSection,
    /// The optimizer and its learning rate.
    pub optimizer: OptimizerOptions,
    /// The training loop.
    pub train: TrainOptions,
    /// Where the run writes its outputs.
    pub output: OutputSection,
    /// The folder that paths in the config are relative to.
    #[serde(skip)]
    pub base: PathBuf,
}

/// `[vocabulary]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VocabularySection {
    /// A `vocab.txt`, with one piece per line, whose id is the number of the line, from 0; or a `tokenizer.json`. If the
    /// file is not there, a `tokenizer.json` in its folder is read.
    pub path: PathBuf,
    /// How to build the vocabulary if the file is not there.
    pub build: Option<VocabularyBuildSection>,
}

/// `[vocabulary.build]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VocabularyBuildSection {
    /// How often a CJK character must occur to become a piece.
    pub min_character_count: u64,
    /// How often a word of another script must occur to become a piece.
    pub min_word_count: u64,
    /// The most pieces that the vocabulary may have, specials included.
    pub max_size: usize,
}

/// `[shards]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShardsSection {
    /// The folder that `prepare` writes and `pretrain` reads.
    pub directory: PathBuf,
    /// The share of documents that is never trained on. The hash of a document's text decides whether it is held out, so
    /// the split does not depend on the order of documents, nor on their format.
    pub held_out_share: f64,
    /// The number of examples in a file.
    pub examples_per_shard: usize,
    /// Two documents are near duplicates if they have at least this share of their text in common, from 0.7 to 1.
    /// `prepare` lists them in a file beside the shards. Without this key it does not look for them.
    pub near_duplicates: Option<f64>,
    /// The seed of what shards hold: which documents are held out, and the target lengths of examples. Without this key it
    /// is the seed of the job. With it, runs with several seeds share shards, and so the held-out documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// `[[mixture]]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MixtureSection {
    /// A folder of shards: `shards.directory`, or one that another config prepared.
    pub directory: PathBuf,
    /// How many times an epoch uses each example of the folder. Fractions such as 0.5 or 2.5 are allowed.
    pub weight: f64,
}

/// `[pairs]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairsSection {
    /// What the order head learns. `prepare` makes examples of single sentences too if this is `none`; shards made for
    /// another objective lack them, and can be trained on with any.
    pub objective: PairObjective,
}

/// `[model]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelSection {
    /// A checkpoint of `pretrain`, a Hugging Face folder, or a TensorFlow 1.x checkpoint, to start from. The sizes are those of the checkpoint, so
    /// the keys from `layers` to `positions` must then be left out.
    pub start_from: Option<PathBuf>,
    /// Whether the encoder of the checkpoint may be incomplete. Parameters that it lacks are then drawn at random, and
    /// layers that its config lacks are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The number of encoder layers.
    pub layers: Option<usize>,
    /// The width of the hidden states.
    pub hidden: Option<usize>,
    /// The number of attention heads.
    pub heads: Option<usize>,
    /// The width of the feed-forward layer.
    pub intermediate: Option<usize>,
    /// The longest input, in pieces.
    pub positions: Option<usize>,
    /// Dropout of hidden states and attention probabilities.
    pub dropout: f64,
}

/// `[output]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutputSection {
    /// The folder of checkpoints, metrics, report and export.
    pub directory: PathBuf,
}
