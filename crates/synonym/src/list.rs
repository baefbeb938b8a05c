//! Lists of similar words: one `word<TAB>similar<TAB>score` per line, with an optional fourth column for the weight.

use std::path::{Path, PathBuf};

use segment::line_end;

use crate::vectors::encoding::{Encoding, Unreadable};
use crate::vectors::seems::{Seems, by_mark};

/// The most characters of a line that an error shows.
const MAX_SHOWN: usize = 80;

/// A word and a word that is similar to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The word.
    pub word: String,
    /// The similar word.
    pub similar: String,
    /// How similar the two are; greater means more similar.
    pub score: f32,
    /// The relative weight of this similar word among those of the word, for weighted draws; above 0.
    pub weight: f32,
}

impl Entry {
    /// Makes an entry of weight 1.
    pub fn new(word: impl Into<String>, similar: impl Into<String>, score: f32) -> Self {
        Self {
            word: word.into(),
            similar: similar.into(),
            score,
            weight: 1.0,
        }
    }
}

/// An error of reading a list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file could not be read.
    #[error("could not read the list {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is no text.
    #[error("could not read {path} as a list: it seems to be {what}; {cure}")]
    Seems {
        /// The file.
        path: PathBuf,
        /// What the file seems to be.
        what: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// The text is in another encoding than UTF-8.
    #[error(
        "{path}: the text is in {encoding}, expected UTF-8; convert the file first: iconv -f {encoding} -t UTF-8 OLD > NEW"
    )]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The encoding.
        encoding: &'static str,
    },
    /// A line has the wrong form.
    #[error("{path}:{line}: expected {expected}, found `{found}`")]
    Line {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// What the line should contain.
        expected: &'static str,
        /// The line.
        found: String,
    },
}

/// Reads a list of similar words.
///
/// Skips empty lines and comments. A comment starts with `#`, unless a tab follows: then `#` is a word. Entries that occur
/// twice are kept; [`compile`](crate::compile()) keeps the higher score and counts the other as dropped.
pub fn read_list(path: &Path) -> Result<Vec<Entry>, ListError> {
    let mut entries = Vec::new();
    for (index, line) in lines_of(path)?.iter().enumerate() {
        let is_comment = line.starts_with('#') && !line.starts_with("#\t");
        if line.trim().is_empty() || is_comment {
            continue;
        }
        entries.push(parse(line).map_err(|expected| wrong_line(path, index, expected, line))?);
    }
    Ok(entries)
}

/// The lines of a UTF-8 file, without their ends and without a byte order mark.
pub(crate) fn lines_of(path: &Path) -> Result<Vec<String>, ListError> {
    let bytes = std::fs::read(path).map_err(|source| ListError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    if let Some(Seems { what, cure }) = by_mark(&bytes) {
        let path = path.to_path_buf();
        return Err(ListError::Seems { path, what, cure });
    }
    if let Some(encoding) = other_encoding(&bytes) {
        let path = path.to_path_buf();
        return Err(ListError::Encoding { path, encoding });
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let end = line_end(bytes);
    let lines = bytes.split(|byte| *byte == end).enumerate();
    lines
        .map(|(index, line)| match std::str::from_utf8(line) {
            Ok(line) => Ok(line.strip_suffix('\r').unwrap_or(line).to_owned()),
            Err(_) => Err(wrong_line(
                path,
                index,
                "UTF-8",
                &String::from_utf8_lossy(line),
            )),
        })
        .collect()
}

/// The encoding of a text, if it is another one than UTF-8. A few broken lines are no other encoding.
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    if std::str::from_utf8(bytes).is_ok() {
        return None;
    }
    match Encoding::judge(bytes.split(|byte| *byte == b'\n')) {
        Ok(encoding) => encoding.name(),
        Err(Unreadable::Other(encoding)) => Some(encoding),
        Err(Unreadable::NoText { .. }) => None,
    }
}

/// The error of a line of the wrong form; `index` counts lines from 0.
pub(crate) fn wrong_line(
    path: &Path,
    index: usize,
    expected: &'static str,
    found: &str,
) -> ListError {
    ListError::Line {
        path: path.to_path_buf(),
        line: index + 1,
        expected,
        found: found.chars().take(MAX_SHOWN).collect(),
    }
}

fn parse(line: &str) -> Result<Entry, &'static str> {
    let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
    let (word, similar, score, weight) = match fields[..] {
        [word, similar, score] => (word, similar, score, None),
        [word, similar, score, weight] => (word, similar, score, Some(weight)),
        _ => return Err("word, similar word, score and optionally a weight, separated by tabs"),
    };
    if word.is_empty() || similar.is_empty() {
        return Err("a word and a similar word");
    }
    let score: f32 = score.parse().map_err(|_| "a number as score")?;
    if !score.is_finite() {
        return Err("a finite score");
    }
    let weight: f32 = weight.map_or(Ok(1.0), |weight| {
        weight.parse().map_err(|_| "a number as weight")
    })?;
    if !(weight > 0.0 && weight.is_finite()) {
        return Err("a weight above 0");
    }
    Ok(Entry {
        weight,
        ..Entry::new(word, similar, score)
    })
}

#[cfg(test)]
mod tests {
    use super::{Entry, read_list};

    fn read(bytes: impl AsRef<[u8]>) -> Result<Vec<Entry>, String> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("written");
        let shown = file.path().display().to_string();
        read_list(file.path()).map_err(|error| error.to_string().replace(&shown, "list.tsv"))
    }

    #[test]
    fn comments_and_empty_lines_are_skipped() {
        let read = read("# scores are ranks\n\n \t\n语言\t语法\t0.5\n").expect("a list");
        assert_eq!(read, [Entry::new("语言", "语法", 0.5)]);
    }

    #[test]
    fn the_number_sign_is_a_word_if_a_tab_follows() {
        assert_eq!(
            read("#\t＊\t1\n").expect("a list"),
            [Entry::new("#", "＊", 1.0)]
        );
    }

    #[test]
    fn a_fourth_column_is_a_weight() {
        let read_entries = read("语言\t语法\t0.5\t2.5\n").expect("a list");
        let expect = Entry {
            weight: 2.5,
            ..Entry::new("语言", "语法", 0.5)
        };
        assert_eq!(read_entries, [expect]);
        for weight in ["0", "-1", "inf", "x"] {
            assert!(read(format!("语言\t语法\t1\t{weight}\n")).is_err());
        }
    }

    #[test]
    fn a_byte_order_mark_and_crlf_are_not_part_of_words() {
        let read = read("\u{feff}语言\t语法\t0.5\r\n模型\t建模\t1\r\n").expect("a list");
        assert_eq!(
            read,
            [
                Entry::new("语言", "语法", 0.5),
                Entry::new("模型", "建模", 1.0)
            ]
        );
    }

    #[test]
    fn a_wrong_line_is_named() {
        let check = |bytes: &[u8], expect: &str| {
            assert_eq!(read(bytes), Err(format!("list.tsv:{expect}")));
        };
        check(
            "语言\t语法\t1\n模型\t建模\tx\n".as_bytes(),
            "2: expected a number as score, found `模型\t建模\tx`",
        );
        check(
            "语言 语法 1\n".as_bytes(),
            "1: expected word, similar word, score and optionally a weight, separated by tabs, found `语言 语法 1`",
        );
        check(
            "语言\t语法\tnan\n".as_bytes(),
            "1: expected a finite score, found `语言\t语法\tnan`",
        );
        check(
            "\t语法\t1\n".as_bytes(),
            "1: expected a word and a similar word, found `\t语法\t1`",
        );
        check(
            b"# \xe8\xaf\xad\n\xd3\xef\t1\n",
            "2: expected UTF-8, found `\u{fffd}\u{fffd}\t1`",
        );
    }

    #[test]
    fn a_list_in_another_encoding_and_a_file_that_is_no_list_are_named() {
        let text = "医院\t诊所\t1\n医生\t大夫\t1\n购买\t采购\t0.5\n";
        let gb18030 = encoding_rs::GB18030.encode(text).0;
        insta::assert_snapshot!(
            read(&gb18030).expect_err("refused"),
            @"list.tsv: the text is in GB18030, expected UTF-8; convert the file first: iconv -f GB18030 -t UTF-8 OLD > NEW"
        );
        insta::assert_snapshot!(
            read(b"\xff\xfe-N\t\0").expect_err("refused"),
            @"could not read list.tsv as a list: it seems to be text in UTF-16; convert it to UTF-8 first: iconv -f UTF-16 -t UTF-8 OLD > NEW"
        );
        let pointer = "version https://git-lfs.github.com/spec/v1\n";
        assert!(read(pointer).expect_err("refused").contains("git lfs pull"));
    }

    #[test]
    fn a_missing_list_is_named() {
        let error = read_list(std::path::Path::new("absent.tsv"))
            .expect_err("absent")
            .to_string();
        assert!(
            error.starts_with("could not read the list absent.tsv: "),
            "{error}"
        );
    }
}
