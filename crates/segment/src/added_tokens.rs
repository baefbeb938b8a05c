//! Reads `added_tokens.json`: words that were added to the tokenizer of a checkpoint, with ids behind its vocabulary.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::spans::PieceId;
use crate::vocabulary::Vocabulary;

pub(crate) const ADDED_TOKENS: &str = "added_tokens.json";

/// What is wrong with an `added_tokens.json`.
#[derive(Debug, thiserror::Error)]
pub enum AddedTokensError {
    /// The file could not be read.
    #[error("could not read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not an object of words and ids.
    #[error("{path}: expected words with their ids, {source}")]
    Json {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: serde_json::Error,
    },
    /// An id does not fit the vocabulary.
    #[error(
        "{path}: `{word}` has id {id}, expected {expected}; copy the vocabulary and the added words of one tokenizer"
    )]
    Id {
        /// The file.
        path: PathBuf,
        /// The word.
        word: String,
        /// Its id in the file.
        id: usize,
        /// The id that follows from the vocabulary and the other words.
        expected: usize,
    },
}

/// Reads the words that were added to a vocabulary, in the order of their ids, which follow those of the vocabulary. A file
/// that does not exist adds nothing. Old files also list pieces of the vocabulary itself; they add nothing either.
pub(crate) fn added_tokens(
    folder: &Path,
    vocabulary: &Vocabulary,
) -> Result<Vec<String>, AddedTokensError> {
    let path = folder.join(ADDED_TOKENS);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(AddedTokensError::Read { path, source }),
    };
    let ids: BTreeMap<String, usize> = match serde_json::from_str(&text) {
        Ok(ids) => ids,
        Err(source) => return Err(AddedTokensError::Json { path, source }),
    };
    let mut by_id: Vec<(usize, String)> = ids.into_iter().map(|(word, id)| (id, word)).collect();
    by_id.sort_unstable();
    let mut added = Vec::new();
    for (id, word) in by_id {
        let known = vocabulary.id(&word).map(PieceId::index);
        let expected = known.unwrap_or(vocabulary.len() + added.len());
        if id != expected {
            return Err(AddedTokensError::Id {
                path,
                word,
                id,
                expected,
            });
        }
        if known.is_none() {
            added.push(word);
        }
    }
    Ok(added)
}

#[cfg(test)]
mod tests {
    use super::added_tokens;
    use crate::vocabulary::Vocabulary;

    #[track_caller]
    fn check(text: &str, expect: Result<&[&str], &str>) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("added_tokens.json"), text).expect("written");
        let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "语"].map(String::from);
        let vocabulary = Vocabulary::from_pieces(pieces.to_vec()).expect("a vocabulary");
        match (added_tokens(folder.path(), &vocabulary), expect) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(error), Err(expected)) => {
                let error = error.to_string();
                assert!(error.contains(expected), "{error}");
            }
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn added_words_follow_the_vocabulary() {
        check(r#"{"[DOC]": 6, "新冠": 5}"#, Ok(&["新冠", "[DOC]"]));
        check(r#"{"[SEP]": 3, "新冠": 5}"#, Ok(&["新冠"]));
        check("{}", Ok(&[]));
    }

    #[test]
    fn ids_that_do_not_fit_the_vocabulary_are_refused() {
        check(r#"{"新冠": 6}"#, Err("`新冠` has id 6, expected 5"));
        check(r#"{"新冠": 4}"#, Err("`新冠` has id 4, expected 5"));
        check(r#"{"语": 5}"#, Err("`语` has id 5, expected 4"));
        check(r#"{"甲": 5, "乙": 5}"#, Err("has id 5, expected 6"));
        check("[1]", Err("expected words with their ids"));
    }
}
