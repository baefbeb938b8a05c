//! The tokenizer that lies beside a checkpoint's weights: reading it, and the files it is written as.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::added_tokens::{ADDED_TOKENS, AddedTokensError, added_tokens};
use crate::pieces::PieceTokenizer;
use crate::punctuation::PunctuationMap;
use crate::tokenizer_files::{
    added_tokens_json, special_tokens_map, tokenizer_config, tokenizer_json,
};
use crate::vocabulary::{Vocabulary, VocabularyError};

const VOCABULARY: &str = "vocab.txt";
const CONFIG: &str = "tokenizer_config.json";

/// What went wrong with the tokenizer of a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum PretrainedError {
    /// There is no checkpoint.
    #[error("no checkpoint at {path}; give …/checkpoints/step-…, or a Hugging Face folder")]
    NoCheckpoint {
        /// The path that was given.
        path: PathBuf,
    },
    /// The checkpoint's folder has no vocabulary.
    #[error("{folder} has no usable vocab.txt beside its weights: {source}")]
    NoVocabulary {
        /// The checkpoint's folder.
        folder: PathBuf,
        /// What is wrong with the vocabulary.
        source: VocabularyError,
    },
    /// The words that were added to the tokenizer cannot be read.
    #[error(transparent)]
    AddedTokens(#[from] AddedTokensError),
    /// The tokenizer's config maps something else than punctuation marks.
    #[error("{path}, punctuation: {source}")]
    Punctuation {
        /// The tokenizer's config.
        path: PathBuf,
        /// What is wrong with its entry.
        source: serde_json::Error,
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
    /// Reads the tokenizer of a checkpoint: a folder, or a file of weights in a folder.
    ///
    /// A folder without a readable `tokenizer_config.json` is taken as BERT's default, which lower-cases.
    pub fn read(checkpoint: &Path) -> Result<Self, PretrainedError> {
        if !checkpoint.exists() {
            return Err(PretrainedError::NoCheckpoint {
                path: checkpoint.to_path_buf(),
            });
        }
        let folder = if checkpoint.is_dir() {
            checkpoint
        } else {
            checkpoint.parent().unwrap_or(Path::new("."))
        };
        let vocabulary = Vocabulary::read(&folder.join(VOCABULARY)).map_err(|source| {
            PretrainedError::NoVocabulary {
                folder: folder.to_path_buf(),
                source,
            }
        })?;
        let path = folder.join(CONFIG);
        let config = std::fs::read_to_string(&path).ok();
        let config: Option<serde_json::Value> =
            config.and_then(|text| serde_json::from_str(&text).ok());
        let config = config.unwrap_or_default();
        let punctuation = config.get("punctuation").cloned();
        let punctuation = punctuation.map(serde_json::from_value).transpose();
        Ok(Self {
            added: added_tokens(folder, &vocabulary)?,
            vocabulary: Arc::new(vocabulary),
            lower_case: config["do_lower_case"].as_bool().unwrap_or(true),
            punctuation: punctuation
                .map_err(|source| PretrainedError::Punctuation { path, source })?
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{CheckpointTokenizer, PretrainedError};
    use crate::vocabulary::Vocabulary;

    #[test]
    fn what_is_written_is_read_again() {
        let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "天", "."];
        let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec());
        let written = CheckpointTokenizer {
            vocabulary: Arc::new(vocabulary.expect("a vocabulary")),
            added: vec!["新冠".to_owned()],
            lower_case: false,
            punctuation: [('…', '.')].into(),
        };
        let folder = tempfile::tempdir().expect("a folder");
        for file in written.files(128) {
            std::fs::write(folder.path().join(file.name), file.text).expect("written");
        }
        let read = CheckpointTokenizer::read(folder.path()).expect("a tokenizer");
        assert_eq!(read.vocabulary.sha256(), written.vocabulary.sha256());
        assert_eq!(read.added, written.added);
        assert_eq!(read.lower_case, written.lower_case);
        assert_eq!(read.punctuation, written.punctuation);
        std::fs::remove_file(folder.path().join("vocab.txt")).expect("removed");
        let read = CheckpointTokenizer::read(folder.path());
        assert!(matches!(read, Err(PretrainedError::NoVocabulary { .. })));
    }
}
