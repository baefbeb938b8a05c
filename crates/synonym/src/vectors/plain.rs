//! Text forms (with and without a line of counts) and word2vec's binary form.

use std::io::{BufRead, Read as _};
use std::path::Path;

use super::{Collector, VectorFormat, VectorReport, Vectors, VectorsError, open, unreadable};

/// No word is longer, in bytes: what runs on without a space is no word2vec file.
const LONGEST_WORD: u64 = 1 << 16;

/// What the first line of a file says.
#[derive(Clone, Copy)]
struct Counts {
    n_words: u64,
    n_dimensions: u64,
}

/// Reads `word number number …` lines, after a line `words dimensions` where `with_counts` is set.
pub(super) fn read_text(
    path: &Path,
    with_counts: bool,
) -> Result<(Vectors, VectorReport), VectorsError> {
    let mut reader = open(path)?;
    let mut line = Vec::new();
    let mut number = 0;
    let mut counts = None;
    let mut n_dimensions = None;
    let mut collector = Collector::default();
    while next_line(&mut reader, path, &mut line)? {
        number += 1;
        let wrong = |(expected, found): (String, String)| VectorsError::Line {
            path: path.to_path_buf(),
            line: number,
            expected,
            found,
        };
        let text = String::from_utf8_lossy(&line);
        if with_counts && counts.is_none() {
            let read = parse_counts(&text)
                .ok_or_else(|| wrong(("`words dimensions`".to_owned(), quoted(&text))))?;
            (counts, n_dimensions) = (Some(read), Some(read.n_dimensions));
            continue;
        }
        let (word, row) = parse_row(&text, n_dimensions).map_err(wrong)?;
        n_dimensions = Some(row.len() as u64);
        collector.add(word, &row);
    }
    match counts {
        None if number == 0 => Err(malformed(
            path,
            VectorFormat::Text,
            "it is empty".to_owned(),
        )),
        Some(Counts { n_words, .. }) if n_words != number - 1 => {
            let found = number - 1;
            let reason = format!("its first line says {n_words} words, found {found}");
            Err(malformed(path, VectorFormat::TextDims, reason))
        }
        _ => Ok(collector.finish()),
    }
}

/// Reads records of a word, a space and `dimensions` f32, after a line `words dimensions`.
pub(super) fn read_word2vec(path: &Path) -> Result<(Vectors, VectorReport), VectorsError> {
    let wrong = |reason: String| malformed(path, VectorFormat::Word2vec, reason);
    let mut reader = open(path)?;
    let n_bytes = reader.get_ref().metadata().map(|data| data.len());
    let n_bytes = n_bytes.map_err(|source| unreadable(path, source))?;
    let counts = read_head(&mut reader, path)?
        .ok_or_else(|| wrong("expected a first line `words dimensions`".to_owned()))?;
    let least = u128::from(counts.n_words) * (4 * u128::from(counts.n_dimensions) + 1);
    if counts.n_dimensions == 0 || least > u128::from(n_bytes) {
        let Counts {
            n_words,
            n_dimensions,
        } = counts;
        let reason = format!(
            "its first line says {n_words} words of {n_dimensions} dimensions, found {n_bytes} bytes"
        );
        return Err(wrong(reason));
    }
    let mut collector = Collector::default();
    let mut bytes = vec![0; 4 * counts.n_dimensions as usize];
    for record in 1..=counts.n_words {
        let word = read_word(&mut reader, path)?
            .ok_or_else(|| wrong(format!("expected word {record} of {}", counts.n_words)))?;
        let read = reader.read_exact(&mut bytes);
        read.map_err(|_| wrong(format!("word {record}, `{word}`, has no whole vector")))?;
        let row: Vec<f32> = bytes
            .chunks_exact(4)
            .map(|x| f32::from_le_bytes(x.try_into().expect("4 bytes")))
            .collect();
        collector.add(word, &row);
    }
    let mut rest = Vec::new();
    let read = reader.read_to_end(&mut rest);
    read.map_err(|source| unreadable(path, source))?;
    if !rest.trim_ascii().is_empty() {
        let (n_words, more) = (counts.n_words, rest.len());
        return Err(wrong(format!(
            "its first line says {n_words} words, found {more} bytes after them"
        )));
    }
    Ok(collector.finish())
}

fn malformed(path: &Path, format: VectorFormat, reason: String) -> VectorsError {
    VectorsError::Malformed {
        path: path.to_path_buf(),
        format,
        reason,
    }
}

/// The next line without its end; `false` at the file's end.
fn next_line(
    reader: &mut impl BufRead,
    path: &Path,
    line: &mut Vec<u8>,
) -> Result<bool, VectorsError> {
    line.clear();
    let read = reader.read_until(b'\n', line);
    let n_bytes = read.map_err(|source| unreadable(path, source))?;
    let length = line.trim_ascii_end().len();
    line.truncate(length);
    Ok(n_bytes > 0)
}

fn read_head(reader: &mut impl BufRead, path: &Path) -> Result<Option<Counts>, VectorsError> {
    let mut line = Vec::new();
    next_line(&mut reader.take(LONGEST_WORD), path, &mut line)?;
    Ok(std::str::from_utf8(&line).ok().and_then(parse_counts))
}

/// The bytes before the next space; a line end that closed the record before is no part of the word.
fn read_word(reader: &mut impl BufRead, path: &Path) -> Result<Option<String>, VectorsError> {
    let mut bytes = Vec::new();
    let read = reader.take(LONGEST_WORD).read_until(b' ', &mut bytes);
    read.map_err(|source| unreadable(path, source))?;
    let word = bytes.strip_suffix(b" ").map(<[u8]>::trim_ascii);
    Ok(word
        .filter(|word| !word.is_empty())
        .map(|word| String::from_utf8_lossy(word).into_owned()))
}

fn parse_counts(line: &str) -> Option<Counts> {
    let mut fields = line.split_ascii_whitespace().map(str::parse);
    match (fields.next(), fields.next(), fields.next()) {
        (Some(Ok(n_words)), Some(Ok(n_dimensions)), None) => Some(Counts {
            n_words,
            n_dimensions,
        }),
        _ => None,
    }
}

/// The word and the numbers of a line, or what was expected and found.
fn parse_row(
    line: &str,
    n_dimensions: Option<u64>,
) -> Result<(String, Vec<f32>), (String, String)> {
    let mut fields = line.split_ascii_whitespace();
    let word = fields
        .next()
        .ok_or_else(|| ("a word and its numbers".to_owned(), "nothing".to_owned()))?;
    let row = fields
        .map(|field| {
            field
                .parse()
                .map_err(|_| ("a number".to_owned(), quoted(field)))
        })
        .collect::<Result<Vec<f32>, _>>()?;
    let found = row.len() as u64;
    if row.is_empty() || n_dimensions.is_some_and(|expected| expected != found) {
        let expected = n_dimensions.map_or("at least 1".to_owned(), |n| n.to_string());
        return Err((
            format!("{expected} numbers after `{word}`"),
            found.to_string(),
        ));
    }
    Ok((word.to_owned(), row))
}

/// The beginning of a line, in marks: lines of vectors are long.
fn quoted(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    format!("`{start}`")
}
