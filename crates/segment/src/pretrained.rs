//! The tokenizer that lies beside a checkpoint's weights: reading it, and the files it is written as.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::added_tokens::{ADDED_TOKENS, AddedTokensError, added_tokens};
use crate::error::TokenizerJsonError;
use crate::pieces::PieceTokenizer;
use crate::punctuation::PunctuationMap;
use crate::tokenizer_files::{
    added_tokens_json, model_card, special_tokens_map, tokenizer_config, tokenizer_json,
};
use crate::tokenizer_json::{Normalizer, TokenizerJson};
use crate::vocabulary::{Vocabulary, VocabularyError};
use crate::vocabulary_file::TOKENIZER_JSON;

const VOCABULARY: &str = "vocab.txt";
const CONFIG: &str = "tokenizer_config.json";
/// The classes of transformers that take a `tokenizer.json` as it stands. All others are BERT's, which take case from
/// `tokenizer_config.json`.
const GENERIC_CLASSES: [&str; 2] = ["PreTrainedTokenizerFast", "TokenizersBackend"];

/// What went wrong with the tokenizer of a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum PretrainedError {
    /// There is no checkpoint.
    #[error(
        "no checkpoint at {path}; give …/checkpoints/step-…, a Hugging Face folder, or a TensorFlow checkpoint (…/bert_model.ckpt)"
    )]
    NoCheckpoint {
        /// The path that was given.
        path: PathBuf,
    },
    /// The checkpoint's folder has no vocabulary.
    #[error(
        "{folder} has neither vocab.txt nor tokenizer.json beside its weights; copy the one that the weights were trained with, because another vocabulary has other ids"
    )]
    NoVocabulary {
        /// The checkpoint's folder.
        folder: PathBuf,
    },
    /// `vocab.txt` and `tokenizer.json` give an id to different pieces.
    #[error(
        "{folder}: id {id} is `{of_text}` in vocab.txt, but `{of_json}` in tokenizer.json; keep the file that the weights were trained with, and remove the other"
    )]
    TwoVocabularies {
        /// The checkpoint's folder.
        folder: PathBuf,
        /// The first id that differs.
        id: u32,
        /// Its piece in `vocab.txt`.
        of_text: String,
        /// Its piece in `tokenizer.json`.
        of_json: String,
    },
    /// The words that were added to the tokenizer cannot be read.
    #[error(transparent)]
    AddedTokens(#[from] AddedTokensError),
    /// The vocabulary of the checkpoint's folder cannot be read.
    #[error(transparent)]
    Vocabulary(#[from] VocabularyError),
    /// The `tokenizer.json` of the checkpoint's folder cannot be read.
    #[error(transparent)]
    TokenizerJson(#[from] TokenizerJsonError),
    /// The tokenizer's config cannot be read.
    #[error("could not read {path}: {source}")]
    ReadConfig {
        /// The tokenizer's config.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The tokenizer's config, or one of its entries, is not what transformers writes.
    #[error(
        "{path}{key}: {source}; it says how text is cut, so mend it, or remove it if the model lower-cases"
    )]
    Config {
        /// The tokenizer's config.
        path: PathBuf,
        /// The entry, behind a comma; empty if the file is no JSON.
        key: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The tokenizer's config asks for something that this program does not do.
    #[error(
        "{path}, {key}: expected {expected}, found {found}; this program does not cut text like this"
    )]
    Unsupported {
        /// The tokenizer's config.
        path: PathBuf,
        /// The entry.
        key: &'static str,
        /// What the entry may be.
        expected: &'static str,
        /// What it is.
        found: bool,
    },
}

/// How the text of a checkpoint is split into pieces.
#[derive(Clone)]
pub struct CheckpointTokenizer {
    /// The checkpoint's vocabulary.
    pub vocabulary: Arc<Vocabulary>,
    /// Words that were added to the tokenizer. Their ids follow those of the vocabulary. [`Self::pieces`] does not look for
    /// them: text is cut into the pieces of the vocabulary.
    pub added: Vec<String>,
    /// Whether text is lower-cased and stripped of accents.
    pub lower_case: bool,
    /// Punctuation marks that are read as others.
    pub punctuation: PunctuationMap,
}

/// A file of a Hugging Face folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenizerFile {
    /// The name in the folder.
    pub name: &'static str,
    /// The whole text.
    pub text: String,
}

impl CheckpointTokenizer {
    /// Reads the tokenizer of a checkpoint: a folder, a file of weights in a folder, or a prefix, which is what the names of
    /// several files of weights begin with (`bert_model.ckpt`).
    ///
    /// The vocabulary is that of `vocab.txt`, or of `tokenizer.json` if there is no such file, as in folders that
    /// transformers 5 has saved. Case and punctuation marks are those of `tokenizer_config.json`; what it does not say
    /// is taken from `tokenizer.json`, and is BERT's default, which lower-cases, if there is no such file either.
    pub fn read(checkpoint: &Path) -> Result<Self, PretrainedError> {
        let folder = folder_of(checkpoint).ok_or_else(|| PretrainedError::NoCheckpoint {
            path: checkpoint.to_path_buf(),
        })?;
        let vocabulary = folder.join(VOCABULARY);
        if Vocabulary::find(&vocabulary).is_none() {
            return Err(PretrainedError::NoVocabulary {
                folder: folder.to_path_buf(),
            });
        }
        let vocabulary = Arc::new(Vocabulary::read(&vocabulary)?);
        let config = Config::read(&folder.join(CONFIG))?;
        let json = normalizer_beside(folder, &vocabulary)?;
        let of_json = json.as_ref().map(|json| json.lower_case);
        let of_config = config.lower_case;
        let lower_case = if config.is_generic {
            of_json.or(of_config)
        } else {
            of_config.or(of_json)
        };
        let lower_case = lower_case.unwrap_or(true);
        config.check_accents(lower_case)?;
        Ok(Self {
            added: added_tokens(folder, &vocabulary)?,
            vocabulary,
            lower_case,
            punctuation: config
                .punctuation
                .or(json.map(|json| json.punctuation))
                .unwrap_or_default(),
        })
    }

    /// The number of ids: those of the vocabulary and of the added words.
    pub fn n_pieces(&self) -> usize {
        self.vocabulary.len() + self.added.len()
    }

    /// The tokenizer itself.
    pub fn pieces(&self) -> PieceTokenizer {
        PieceTokenizer::with_punctuation(&self.vocabulary, self.lower_case, &self.punctuation)
    }

    /// The files that a Hugging Face folder holds of this tokenizer. `positions` is the longest input of the model, in
    /// pieces.
    pub fn files(&self, positions: usize) -> Vec<TokenizerFile> {
        let Self {
            vocabulary,
            added,
            lower_case,
            punctuation,
        } = self;
        let mut files = [
            (VOCABULARY, vocabulary.to_text()),
            (
                "tokenizer.json",
                tokenizer_json(vocabulary, added, *lower_case, punctuation),
            ),
            (
                CONFIG,
                tokenizer_config(*lower_case, punctuation, positions),
            ),
            ("special_tokens_map.json", special_tokens_map()),
            ("README.md", model_card(punctuation)),
        ]
        .map(|(name, text)| TokenizerFile { name, text })
        .to_vec();
        if !added.is_empty() {
            files.push(TokenizerFile {
                name: ADDED_TOKENS,
                text: added_tokens_json(added, vocabulary.len()),
            });
        }
        files
    }
}

/// The folder of a checkpoint; `None` if there is no such folder or file, and no TensorFlow checkpoint with this prefix.
fn folder_of(checkpoint: &Path) -> Option<&Path> {
    if checkpoint.is_dir() {
        return Some(checkpoint);
    }
    let folder = match checkpoint.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let is_prefix = || {
        let name = checkpoint.file_name()?.to_string_lossy();
        let endings = [format!("{name}.index"), format!("{name}.data-")];
        let mut entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
        entries.find(|entry| {
            let file = entry.file_name();
            endings
                .iter()
                .any(|start| file.to_string_lossy().starts_with(start))
        })
    };
    (checkpoint.exists() || is_prefix().is_some()).then_some(folder)
}

/// The normaliser of the folder's `tokenizer.json`, if there is one. Its pieces must be those of the vocabulary.
fn normalizer_beside(
    folder: &Path,
    vocabulary: &Vocabulary,
) -> Result<Option<Normalizer>, PretrainedError> {
    let path = folder.join(TOKENIZER_JSON);
    if !path.is_file() {
        return Ok(None);
    }
    let json = TokenizerJson::read(&path)?;
    if let Some((id, of_json)) = json.differs_from(vocabulary)? {
        return Err(PretrainedError::TwoVocabularies {
            folder: folder.to_path_buf(),
            id: id.get(),
            of_text: vocabulary.piece(id).to_owned(),
            of_json,
        });
    }
    Ok(Some(json.normalizer()?))
}

/// What this program needs of a `tokenizer_config.json`.
#[derive(Default)]
struct Config {
    path: PathBuf,
    /// Whether the class takes `tokenizer.json` as it stands.
    is_generic: bool,
    lower_case: Option<bool>,
    strip_accents: Option<bool>,
    punctuation: Option<PunctuationMap>,
}

impl Config {
    /// Reads the file; a file that is not there says nothing.
    fn read(path: &Path) -> Result<Self, PretrainedError> {
        let path = path.to_path_buf();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(source) => return Err(PretrainedError::ReadConfig { path, source }),
        };
        let wrong = |key| {
            let path = path.clone();
            move |source| PretrainedError::Config { path, key, source }
        };
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let root: Value = serde_json::from_slice(bytes).map_err(wrong(""))?;
        let class = root["tokenizer_class"].as_str().unwrap_or_default();
        let flag = |name: &str, key| serde_json::from_value(root[name].clone()).map_err(wrong(key));
        if flag("tokenize_chinese_chars", ", tokenize_chinese_chars")? == Some(false) {
            return Err(PretrainedError::Unsupported {
                path,
                key: "tokenize_chinese_chars",
                expected: "true",
                found: false,
            });
        }
        let punctuation = serde_json::from_value(root["punctuation"].clone());
        Ok(Self {
            is_generic: GENERIC_CLASSES.contains(&class),
            lower_case: flag("do_lower_case", ", do_lower_case")?,
            strip_accents: flag("strip_accents", ", strip_accents")?,
            punctuation: punctuation.map_err(wrong(", punctuation"))?,
            path,
        })
    }

    /// Refuses accents that are kept in lower case, or stripped without it: BERT's default ties the two.
    fn check_accents(&self, lower_case: bool) -> Result<(), PretrainedError> {
        match self.strip_accents {
            Some(found) if found != lower_case && !self.is_generic => {
                Err(PretrainedError::Unsupported {
                    path: self.path.clone(),
                    key: "strip_accents",
                    expected: "null, or the value of do_lower_case",
                    found,
                })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
