//! Defines a document and its source.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

/// Where a document comes from: its file, and the position of its record in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's path relative to the corpus's base folder, with `/` between folders on every machine.
    pub path: Arc<str>,
    /// The record's position: its first byte in the unpacked file; in Parquet its row, from 0.
    pub record: u64,
}

/// A text whose sentences follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where the document comes from.
    pub source: Source,
    /// The text. In a plain text file these are the file's exact bytes from `source.record` on.
    pub text: String,
}

/// Hashes a document's text without its layout: the first 8 bytes of a SHA-256.
///
/// White space at the start and the end does not count, and every run of white space and line ends counts as one space. So
/// a text has the same hash as plain text, as JSONL, with other line ends, and with other indents or blank lines. The hash
/// decides on which side of the held-out split a document falls, so that all copies of a text fall on the same side
/// (method §6). The text is not copied.
pub fn content_hash(text: &str) -> u64 {
    let mut hash = Sha256::new();
    for (index, part) in text.split_whitespace().enumerate() {
        if index > 0 {
            hash.update(b" ");
        }
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    u64::from_le_bytes(digest[..8].try_into().expect("SHA-256 has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::content_hash;

    #[test]
    fn layout_does_not_change_the_hash_of_a_text() {
        let text = "第一行。\n第二行 有空格。";
        for same in [
            "第一行。\r\n第二行 有空格。",
            "第一行。\r第二行 有空格。\r\n",
            "\u{3000}\u{3000}第一行。 \n\n\u{3000}\u{3000}第二行\u{a0}有空格。\n",
            "\t第一行。 第二行  有空格。",
            "第一行。\u{2028}第二行\u{3000}有空格。",
        ] {
            assert_eq!(content_hash(same), content_hash(text), "{same:?}");
        }
    }

    #[test]
    fn another_text_has_another_hash() {
        let texts = [
            "今天下雨。",
            "今天 下雨。",
            "今天下雨",
            "今天下雨。今天下雨。",
            "",
        ];
        for (index, text) in texts.iter().enumerate() {
            for other in &texts[..index] {
                assert_ne!(
                    content_hash(text),
                    content_hash(other),
                    "{text:?} {other:?}"
                );
            }
        }
        assert_eq!(content_hash(" \r\n\u{3000}"), content_hash(""));
    }
}
