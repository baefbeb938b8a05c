//! Similar words as a plain list: `word<TAB>similar<TAB>score` a line.

use std::path::{Path, PathBuf};

/// A word and one that is similar to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The word.
    pub word: String,
    /// The similar word.
    pub similar: String,
    /// How similar: the greater, the more.
    pub score: f32,
}

impl Entry {
    /// An entry.
    pub fn new(word: impl Into<String>, similar: impl Into<String>, score: f32) -> Self {
        Self {
            word: word.into(),
            similar: similar.into(),
            score,
        }
    }
}

/// What went wrong with a list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file could not be read.
    #[error("could not read the list {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line makes no sense.
    #[error("{path}:{line}: expected {expected}, found `{found}`")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}

/// Reads a list; empty lines and lines from `#` are passed over.
pub fn read_list(path: &Path) -> Result<Vec<Entry>, ListError> {
    let text = std::fs::read_to_string(path).map_err(|source| ListError::Read {
        path: path.to_path_buf(),
        source,
    })?;
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        entries.push(parse(line).map_err(|expected| ListError::Line {
            path: path.to_path_buf(),
            line: index + 1,
            expected,
            found: line.to_owned(),
        })?);
    }
    Ok(entries)
}

fn parse(line: &str) -> Result<Entry, &'static str> {
    let mut fields = line.split('\t').map(str::trim);
    let (Some(word), Some(similar), Some(score), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err("word, similar word and score with tabs between them");
    };
    if word.is_empty() || similar.is_empty() {
        return Err("a word and a similar word");
    }
    let score: f32 = score.parse().map_err(|_| "a number as score")?;
    if !score.is_finite() {
        return Err("a finite score");
    }
    Ok(Entry::new(word, similar, score))
}

#[cfg(test)]
mod tests {
    use super::{Entry, read_list};

    fn read(text: &str) -> Result<Vec<Entry>, String> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("written");
        let shown = file.path().display().to_string();
        read_list(file.path()).map_err(|error| error.to_string().replace(&shown, "list.tsv"))
    }

    #[test]
    fn comments_and_empty_lines_are_passed_over() {
        let read = read("# scores are ranks\n\n语言\t语法\t0.5\n").expect("a list");
        assert_eq!(read, [Entry::new("语言", "语法", 0.5)]);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let expect = "list.tsv:2: expected a number as score, found `模型\t建模\tx`";
        assert_eq!(
            read("语言\t语法\t1\n模型\t建模\tx\n"),
            Err(expect.to_owned())
        );
        assert!(read("语言 语法 1\n").is_err());
        assert!(read("语言\t语法\tnan\n").is_err());
        assert!(read("\t语法\t1\n").is_err());
    }
}
