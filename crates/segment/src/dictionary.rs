//! Reads jieba's user dictionaries: one word per line, with its frequency and tag if they are known.

use std::path::Path;

use repro::sha256_hex;

use crate::error::SegmentError;

/// The highest frequency. jieba adds frequencies up, so one near 2^64 would overflow the sum.
const MAX_FREQUENCY: usize = 1 << 40;

/// A user dictionary.
pub(crate) struct Dictionary {
    pub(crate) entries: Vec<Entry>,
    /// The hash of the file's bytes.
    pub(crate) sha256: String,
}

/// A line of a user dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) word: String,
    pub(crate) frequency: Option<usize>,
    pub(crate) tag: Option<String>,
}

impl Dictionary {
    pub(crate) fn read(path: &Path) -> Result<Self, SegmentError> {
        let bytes = std::fs::read(path).map_err(|source| SegmentError::ReadDictionary {
            path: path.to_path_buf(),
            source,
        })?;
        let mut entries = Vec::new();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let wrong = || SegmentError::DictionaryLine {
                path: path.to_path_buf(),
                line: index + 1,
                found: String::from_utf8_lossy(line).trim().to_owned(),
            };
            let line = std::str::from_utf8(line).map_err(|_| wrong())?;
            let line = line.trim_start_matches('\u{feff}').trim();
            if !line.is_empty() {
                entries.push(parse_entry(line).ok_or_else(wrong)?);
            }
        }
        Ok(Self {
            entries,
            sha256: sha256_hex(&bytes),
        })
    }
}

/// Parses `word`, `word frequency`, `word tag` or `word frequency tag`; the word itself may have spaces.
///
/// A last field of lower-case letters is a tag only if something before it is not a Latin letter. Otherwise it is
/// part of the word: `machine learning` is a word.
fn parse_entry(line: &str) -> Option<Entry> {
    let (mut word, mut frequency, mut tag) = (line, None, None);
    if let Some((front, last)) = last_field(word)
        && last.bytes().all(|b| b.is_ascii_lowercase())
        && front
            .chars()
            .any(|c| !c.is_ascii_alphabetic() && !c.is_whitespace())
    {
        (word, tag) = (front, Some(last.to_owned()));
    }
    if let Some((front, last)) = last_field(word) {
        if last.bytes().all(|b| b.is_ascii_digit()) {
            let number = last.parse().ok().filter(|n| *n <= MAX_FREQUENCY)?;
            (word, frequency) = (front, Some(number));
        } else if last.parse::<f64>().is_ok_and(f64::is_finite) {
            return None; // a number such as -3 or 0.5 was meant as a frequency
        }
    }
    Some(Entry {
        word: word.to_owned(),
        frequency,
        tag,
    })
}

/// Splits a text at its last white space.
fn last_field(text: &str) -> Option<(&str, &str)> {
    let (front, last) = text.rsplit_once(char::is_whitespace)?;
    Some((front.trim_end(), last))
}

#[cfg(test)]
mod tests {
    use super::{Dictionary, parse_entry};

    #[track_caller]
    fn check(line: &str, word: &str, frequency: Option<usize>, tag: Option<&str>) {
        let entry = parse_entry(line).expect("an entry");
        let found = (entry.word.as_str(), entry.frequency, entry.tag.as_deref());
        assert_eq!(found, (word, frequency, tag));
    }

    #[test]
    fn frequency_and_tag_may_be_left_out() {
        check("提起诉讼", "提起诉讼", None, None);
        check("提起诉讼 5", "提起诉讼", Some(5), None);
        check("提起诉讼 v", "提起诉讼", None, Some("v"));
        check("提起诉讼\t5  v", "提起诉讼", Some(5), Some("v"));
        check("machine learning", "machine learning", None, None);
        check("New York 3 ns", "New York", Some(3), Some("ns"));
        check("3", "3", None, None);
    }

    #[track_caller]
    fn check_error(bytes: &[u8], expect: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("words.txt");
        std::fs::write(&path, bytes).expect("written");
        let error = Dictionary::read(&path).err().expect("refused").to_string();
        let shown = error.rsplit_once("words.txt").expect("the file's name").1;
        assert_eq!(shown, expect);
    }

    #[test]
    fn an_error_names_file_and_line() {
        check_error(
            "语言\n\n模型 0.5 n\n".as_bytes(),
            ":3: expected `word [frequency] [tag]`, found `模型 0.5 n`",
        );
        check_error(
            "语言 99999999999999999999\n".as_bytes(),
            ":1: expected `word [frequency] [tag]`, found `语言 99999999999999999999`",
        );
        check_error(
            b"ok 3\nbad \xff 3\n",
            ":2: expected `word [frequency] [tag]`, found `bad \u{fffd} 3`",
        );
        let missing = Dictionary::read("no/words.txt".as_ref()).err();
        assert!(
            missing
                .expect("refused")
                .to_string()
                .contains("no/words.txt")
        );
    }
}
