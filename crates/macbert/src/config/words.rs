//! The config of similar words: the text that vectors are trained on, the training, and the table compiled from the
//! vectors.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use corpus::CorpusOptions;
use segment::SegmentOptions;
use serde::{Deserialize, Serialize};
use synonym::{SimilarWordsSection, TableJob, TrainOptions, VectorFormat};

use super::job::VocabularySection;
use super::load::with_overrides;
use super::paths::seen_from;
use super::resolve::{segment_options, table_job};
use crate::failure::usage_error;

/// The shipped config, which is used if the command line names no config.
const SHIPPED: &str = include_str!("../../../../configs/similar-words.toml");

/// The config of one similar-word table, as written in its TOML file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WordsConfig {
    /// The seed of everything random in the training.
    pub seed: u64,
    /// The raw text.
    pub corpus: CorpusOptions,
    /// How text is cut into words.
    pub segment: SegmentOptions,
    /// Which documents are trained on.
    pub text: TextSection,
    /// How vectors are trained.
    pub train: TrainOptions,
    /// Where the vectors are written.
    pub vectors: VectorsSection,
    /// The vocabulary that the table is for.
    pub vocabulary: VocabularySection,
    /// The table.
    pub similar_words: SimilarWordsSection,
    /// The thesaurus and the lists that table and vectors are compared with.
    pub judge: JudgeSection,
    /// The folder that paths in the config are relative to.
    #[serde(skip)]
    pub base: PathBuf,
}

/// `[text]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextSection {
    /// Holds out every n-th document of each file for `eval`; 0 holds out none.
    pub held_out_every: u64,
}

/// `[vectors]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VectorsSection {
    /// Files to write, all with the same vectors. A file's extension chooses its format.
    pub paths: Vec<PathBuf>,
    /// A file to write word counts to, in the vocabulary format of word2vec.c.
    pub counts: Option<PathBuf>,
    /// The number of threads. 0 uses all cores. With 1 every run gives the same bits.
    pub threads: usize,
}

/// `[judge]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JudgeSection {
    /// A thesaurus in the format of Cilin.
    pub thesaurus: Option<PathBuf>,
    /// Lists of word pairs with their similarity in human judgement.
    pub human: Vec<PathBuf>,
    /// Lists of antonyms.
    pub antonyms: Vec<PathBuf>,
}

impl WordsConfig {
    /// A path of the config, relative to where the program runs.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        seen_from(&self.base, path)
    }

    /// How text is cut, with paths relative to where the program runs.
    pub(crate) fn segment_options(&self) -> SegmentOptions {
        segment_options(&self.base, &self.segment)
    }

    /// How the table is compiled.
    pub(crate) fn table_job(&self) -> TableJob {
        table_job(&self.base, &self.segment, &self.similar_words)
    }

    fn check(&self) -> Result<()> {
        if let Some(problem) = self.train.problem() {
            return Err(anyhow!("train.{problem}"));
        }
        if let Some(problem) = self.segment.problem() {
            bail!("{problem}");
        }
        ensure!(
            self.text.held_out_every != 1,
            "text.held_out_every: 1 leaves nothing to train on; expected 0, or at least 2"
        );
        for path in &self.vectors.paths {
            ensure!(
                VectorFormat::of_name(path).is_some(),
                "vectors.paths: expected a name that ends in .fifu (finalfusion), .bin (word2vec), .txt or .vec (text), found {}",
                path.display()
            );
        }
        if let Some(problem) = self.similar_words.problem() {
            bail!("{problem}");
        }
        Ok(())
    }
}

/// Whether a file is a config of similar words. The config of a job has no section `[vectors]`.
pub(crate) fn is_words_config(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let document: Option<toml::Table> = text.parse().ok();
    document.is_some_and(|document| document.contains_key("vectors"))
}

/// Reads and checks a config of similar words. If `file` is `None`, it reads the shipped config, whose paths are then
/// relative to the current folder.
pub(crate) fn load_words(file: Option<&Path>, overrides: &[String]) -> Result<WordsConfig> {
    read(file, overrides).map_err(usage_error)
}

fn read(file: Option<&Path>, overrides: &[String]) -> Result<WordsConfig> {
    let name = file.map_or("the shipped config".to_owned(), |file| {
        file.display().to_string()
    });
    let text = match file {
        Some(file) => std::fs::read_to_string(file)
            .with_context(|| format!("could not read the config {name}"))?,
        None => SHIPPED.to_owned(),
    };
    let text = with_overrides(&text, &name, overrides)?;
    let mut config: WordsConfig =
        toml::from_str(&text).map_err(|error| anyhow!("{name}: {error}"))?;
    config.base = file
        .and_then(Path::parent)
        .unwrap_or(Path::new(""))
        .to_path_buf();
    config.check().with_context(|| name)?;
    Ok(config)
}
