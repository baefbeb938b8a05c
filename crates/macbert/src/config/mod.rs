//! A job's config: one strict TOML file, every section owned by the room that reads it.

mod load;
mod resolve;
#[cfg(test)]
mod tests;
mod words;

use std::path::{Component, Path, PathBuf};

use corpus::CorpusOptions;
use masking::MaskingOptions;
use optimizer::OptimizerOptions;
use segment::{SegmentOptions, VocabularyBuildOptions};
use serde::{Deserialize, Serialize};
use sop::{ExampleOptions, PairObjective};
use synonym::Weights;
use trainer::TrainOptions;

pub(crate) use load::load;
pub(crate) use resolve::{TableSource, check_likeness};
pub(crate) use words::{WordsConfig, is_words_config, load_words};

/// One job, as its TOML file says it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Everything random in the job follows from it.
    pub seed: u64,
    /// The pieces.
    pub vocabulary: VocabularySection,
    /// The raw text.
    pub corpus: CorpusOptions,
    /// Words and pieces.
    pub segment: SegmentOptions,
    /// The similar-word table; objectives that replace with similar words need one.
    pub similar_words: Option<SimilarWordsSection>,
    /// Runs of sentences.
    pub examples: ExampleOptions,
    /// Where examples are kept.
    pub shards: ShardsSection,
    /// Folders of shards that are trained on together, in place of `shards.directory`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mixture: Vec<MixtureSection>,
    /// How two texts are made of an example.
    pub pairs: PairsSection,
    /// What is masked, and how.
    pub masking: MaskingOptions,
    /// The network.
    pub model: ModelSection,
    /// The update.
    pub optimizer: OptimizerOptions,
    /// The loop.
    pub train: TrainOptions,
    /// Where the run is kept.
    pub output: OutputSection,
    /// The folder that paths in the config are relative to.
    #[serde(skip)]
    pub base: PathBuf,
}

/// `[vocabulary]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VocabularySection {
    /// A `vocab.txt`: one piece a line, the line's number is its id.
    pub path: PathBuf,
    /// How to build it where it is not there.
    pub build: Option<VocabularyBuildSection>,
}

/// `[vocabulary.build]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VocabularyBuildSection {
    /// CJK characters seen at least so often become pieces.
    pub min_character_count: u64,
    /// Words of other scripts seen at least so often become pieces.
    pub min_word_count: u64,
    /// The most pieces that the vocabulary may have, specials included.
    pub max_size: usize,
}

/// `[similar_words]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimilarWordsSection {
    /// The compiled table, bound to the vocabulary.
    pub table: PathBuf,
    /// What to compile it from where it is not there: a list or word vectors.
    pub source: Option<PathBuf>,
    /// What the source is: `list`, `finalfusion`, `word2vec`, `word2vec_text`, `fasttext`, `text`.
    pub format: Option<String>,
    /// The most candidates of a word.
    pub top_k: usize,
    /// The least score of a candidate.
    pub min_score: f32,
    /// Words listed apart (的 了 在 …), left out of coverage figures.
    pub function_words: Option<PathBuf>,
    /// How often each candidate is drawn: `uniform` (the default), `similarity`, `frequency`, `listed`.
    pub weights: Option<Weights>,
    /// How often words occur (`word count` a line), for `weights = "frequency"`; without it places in the file stand for it.
    pub counts: Option<PathBuf>,
    /// How neighbours are ranked: `exact` (the default) or `synonyms-compat`.
    pub mode: Option<RankMode>,
    /// Only words of one part of speech, by jieba's tags.
    pub same_tag: Option<bool>,
    /// Lists of opposites, which are dropped.
    pub antonyms: Option<Vec<PathBuf>>,
    /// Whether their characters teach other opposites.
    pub antonym_characters: Option<bool>,
    /// A thesaurus in Cilin's format …
    pub thesaurus: Option<PathBuf>,
    /// … whose words are added (`source`, the default), or that only lets its own pass (`filter`).
    pub thesaurus_use: Option<ThesaurusUse>,
}

/// How neighbours are ranked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RankMode {
    /// By cosine, among the words of the same number of pieces.
    #[default]
    Exact,
    /// As the Synonyms toolkit does, to compare with it.
    SynonymsCompat,
}

/// What a thesaurus is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ThesaurusUse {
    /// Its groups are added to what the source has.
    #[default]
    Source,
    /// Of the words it knows only candidates of their groups are kept.
    Filter,
}

/// `[shards]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShardsSection {
    /// The folder that `prepare` writes and `pretrain` reads.
    pub directory: PathBuf,
    /// The share of documents that is never trained on, by hash of the document.
    pub held_out_share: f64,
    /// Examples of a file.
    pub examples_per_shard: usize,
    /// Look for documents that share so much of their text, from 0.7 to 1; they are listed beside the shards.
    pub near_duplicates: Option<f64>,
}

/// `[[mixture]]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MixtureSection {
    /// A folder of shards, `shards.directory` or one that another config prepared.
    pub directory: PathBuf,
    /// How often an epoch has its examples; also shares, as 0.5 or 2.5.
    pub weight: f64,
}

/// `[pairs]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairsSection {
    /// `sop`, `nsp` or `none`.
    pub objective: PairObjective,
}

/// `[model]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelSection {
    /// A checkpoint of ours or a Hugging Face folder to continue from; the shape below is then its own and is left out.
    pub start_from: Option<PathBuf>,
    /// Encoder layers.
    pub layers: Option<usize>,
    /// Width of the hidden states.
    pub hidden: Option<usize>,
    /// Attention heads.
    pub heads: Option<usize>,
    /// Width of the feed-forward layer.
    pub intermediate: Option<usize>,
    /// The longest input.
    pub positions: Option<usize>,
    /// Dropout of hidden states and attention shares.
    pub dropout: f64,
}

/// `[output]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutputSection {
    /// Checkpoints, metrics, the report and the export lie here.
    pub directory: PathBuf,
}

impl Config {
    /// A path of the config, seen from where the program runs.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        seen_from(&self.base, path)
    }

    /// How text is cut, paths seen from where the program runs.
    pub(crate) fn segment_options(&self) -> SegmentOptions {
        let dictionary = self.segment.dictionary.as_ref();
        SegmentOptions {
            dictionary: dictionary.map(|path| self.path(path)),
            ..self.segment.clone()
        }
    }

    /// The folders of shards that are trained on, with their weights.
    pub(crate) fn shard_folders(&self) -> Vec<(PathBuf, f64)> {
        if self.mixture.is_empty() {
            return vec![(self.path(&self.shards.directory), 1.0)];
        }
        let folders = self.mixture.iter();
        folders
            .map(|part| (self.path(&part.directory), part.weight))
            .collect()
    }

    /// How the vocabulary is built where it is not there.
    pub(crate) fn vocabulary_build_options(&self) -> Option<VocabularyBuildOptions> {
        self.vocabulary
            .build
            .as_ref()
            .map(|build| VocabularyBuildOptions {
                min_character_count: build.min_character_count,
                min_word_count: build.min_word_count,
                max_size: build.max_size,
                lower_case: self.segment.lower_case,
            })
    }
}

/// A path of a config, seen from where the program runs: `configs/../runs` is shown, and opened, as `runs`.
pub(crate) fn seen_from(base: &Path, path: &Path) -> PathBuf {
    let mut seen = PathBuf::new();
    for part in base.join(path).components() {
        let ends_in_a_name = matches!(seen.components().next_back(), Some(Component::Normal(_)));
        if part == Component::ParentDir && ends_in_a_name {
            seen.pop();
        } else {
            seen.push(part);
        }
    }
    seen
}
