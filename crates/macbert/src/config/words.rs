//! The config of similar words: which text vectors are trained on, how, and what a table is made of.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use corpus::CorpusOptions;
use segment::SegmentOptions;
use serde::{Deserialize, Serialize};
use synonym::{TrainOptions, VectorFormat};

use super::load::document;
use super::{SimilarWordsSection, VocabularySection};
use crate::failure::wrong_call;

/// The shipped config, for a call that names none.
const SHIPPED: &str = include_str!("../../../../configs/similar-words.toml");

/// One table of similar words, as its TOML file says it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WordsConfig {
    /// Everything random in the training follows from it.
    pub seed: u64,
    /// The raw text.
    pub corpus: CorpusOptions,
    /// How words are cut.
    pub segment: SegmentOptions,
    /// Which text is trained on.
    pub text: TextSection,
    /// How vectors are trained.
    pub train: TrainOptions,
    /// Where vectors go.
    pub vectors: VectorsSection,
    /// The vocabulary that the table is for.
    pub vocabulary: VocabularySection,
    /// The table.
    pub similar_words: SimilarWordsSection,
    /// What the table is judged by.
    pub judge: JudgeSection,
    /// The folder that paths in the config are relative to.
    #[serde(skip)]
    pub base: PathBuf,
}

/// `[text]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextSection {
    /// Whether the text is cut already, a space between words: it is then taken as it stands.
    pub is_cut: bool,
    /// Every so-manieth document of each file is left out of the training, for `eval`; 0 leaves none out.
    pub held_out_every: u64,
}

/// `[vectors]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VectorsSection {
    /// Files to write, all with the same vectors; the name's end says the form.
    pub paths: Vec<PathBuf>,
    /// How often each word was seen is written here, in word2vec.c's form of a vocabulary.
    pub counts: Option<PathBuf>,
    /// Threads; 0 takes all cores, 1 gives the same bits in every run.
    pub threads: usize,
}

/// `[judge]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JudgeSection {
    /// A thesaurus in Cilin's format.
    pub thesaurus: Option<PathBuf>,
    /// Lists of pairs that people gave a similarity.
    pub human: Vec<PathBuf>,
    /// Lists of antonyms.
    pub antonyms: Vec<PathBuf>,
}

impl WordsConfig {
    /// A path of the config, seen from where the program runs.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        self.base.join(path)
    }

    fn check(&self) -> Result<()> {
        if let Some(problem) = self.train.problem() {
            return Err(anyhow!("train.{problem}"));
        }
        ensure!(
            self.text.held_out_every != 1,
            "text.held_out_every: 1 leaves nothing to train on; expected 0, or 2 and more"
        );
        for path in &self.vectors.paths {
            ensure!(
                VectorFormat::of_name(path).is_some(),
                "vectors.paths: {} should end in .fifu (finalfusion), .bin (word2vec), .txt or .vec (text)",
                path.display()
            );
        }
        self.similar_words.check()
    }
}

/// Whether a file is a config of similar words, and not one of a whole job.
pub(crate) fn is_words_config(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let document: Option<toml::Table> = text.parse().ok();
    document.is_some_and(|document| document.contains_key("vectors"))
}

/// The checked config of a file, or the shipped one, its paths seen from the current folder.
pub(crate) fn load_words(file: Option<&Path>, overrides: &[String]) -> Result<WordsConfig> {
    let read = || -> Result<WordsConfig> {
        let name = file.map_or("the shipped config".to_owned(), |file| {
            file.display().to_string()
        });
        let text = match file {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| format!("could not read the config {name}"))?,
            None => SHIPPED.to_owned(),
        };
        let text = document(&text, &name, overrides)?;
        let mut config: WordsConfig =
            toml::from_str(&text).map_err(|error| anyhow!("{name}: {error}"))?;
        config.base = file
            .and_then(Path::parent)
            .unwrap_or(Path::new(""))
            .to_path_buf();
        config.check().with_context(|| name)?;
        Ok(config)
    };
    read().map_err(wrong_call)
}
