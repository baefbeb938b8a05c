//! Reads text, with and without a line of counts, and word2vec's binary form.

use std::io::{BufRead, Read as _};
use std::path::Path;

use crate::vectors::collection::{Collector, VectorReport, Vectors};
use crate::vectors::error::{VectorsError, malformed, unreadable};
use crate::vectors::format::VectorFormat;
use crate::vectors::unpack::{Encoding, open_any, start_of};

/// The most bytes of a word. A file with a longer run without a space is not in word2vec's form.
const LONGEST_WORD: u64 = 1 << 16;

/// The counts in the first line of a file.
#[derive(Clone, Copy)]
struct Counts {
    n_words: u64,
    n_dimensions: u64,
}

/// What a line should contain, and what it contains.
struct Mismatch {
    expected: String,
    found: String,
}

/// Reads lines of the form `word number number …`. With `with_counts`, the first line is `words dimensions`.
pub(super) fn read_text(
    path: &Path,
    with_counts: bool,
) -> Result<(Vectors, VectorReport), VectorsError> {
    let encoding = Encoding::of(&start_of(path)?);
    let mut reader = open_any(path)?.reader;
    let mut line = Vec::new();
    let mut number = 0;
    let mut counts = None;
    let mut n_dimensions = None;
    let mut collector = Collector::default();
    while next_line(&mut reader, path, &mut line)? {
        number += 1;
        let wrong = |Mismatch { expected, found }| VectorsError::Line {
            path: path.to_path_buf(),
            line: number,
            expected,
            found,
        };
        let text = encoding.text(&line);
        if with_counts && counts.is_none() {
            let mismatch = || Mismatch {
                expected: "`words dimensions`".to_owned(),
                found: quoted(&text),
            };
            let read = parse_counts(&text).ok_or_else(|| wrong(mismatch()))?;
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

/// Reads a line `words dimensions`, then records of a word, a space and `dimensions` numbers in f32.
pub(super) fn read_word2vec(path: &Path) -> Result<(Vectors, VectorReport), VectorsError> {
    let wrong = |reason: String| malformed(path, VectorFormat::Word2vec, reason);
    let input = open_any(path)?;
    let (mut reader, n_bytes) = (input.reader, input.most_bytes);
    let counts = read_head(&mut reader, path)?
        .ok_or_else(|| wrong("expected a first line `words dimensions`".to_owned()))?;
    let mut row = row_buffer(counts, n_bytes).map_err(wrong)?;
    let mut collector = Collector::default();
    for record in 1..=counts.n_words {
        let word = read_word(&mut reader, path)?
            .ok_or_else(|| wrong(format!("expected word {record} of {}", counts.n_words)))?;
        let read = reader.read_exact(bytemuck::cast_slice_mut(&mut row));
        read.map_err(|_| {
            wrong(format!(
                "the vector of word {record}, `{word}`, is cut short"
            ))
        })?;
        let numbers: Vec<f32> = row
            .iter()
            .map(|x| f32::from_bits(u32::from_le(*x)))
            .collect();
        collector.add(word, &numbers);
    }
    match n_bytes_left(&mut reader, path)? {
        0 => Ok(collector.finish()),
        more => Err(wrong(format!(
            "its first line says {} words, found {more} bytes after them",
            counts.n_words
        ))),
    }
}

/// A buffer for the numbers of a word, if the file can hold as many as its first line says.
fn row_buffer(counts: Counts, n_bytes: u64) -> Result<Vec<u32>, String> {
    let Counts {
        n_words,
        n_dimensions,
    } = counts;
    // A word is at least a letter and a space. A file without words gets no buffer, whatever its dimensions.
    let n_needed = n_dimensions
        .checked_mul(4)
        .and_then(|n_bytes_row| n_words.checked_mul(n_bytes_row.checked_add(2)?));
    match n_needed {
        Some(0) => Ok(Vec::new()),
        Some(n_needed) if n_dimensions > 0 && n_needed <= n_bytes => {
            Ok(vec![0; n_dimensions as usize])
        }
        _ => Err(format!(
            "its first line says {n_words} words of {n_dimensions} dimensions, found {n_bytes} bytes"
        )),
    }
}

/// The number of bytes that are left; 0 if they are all white space.
fn n_bytes_left(reader: &mut impl BufRead, path: &Path) -> Result<usize, VectorsError> {
    let mut rest = Vec::new();
    let read = reader.read_to_end(&mut rest);
    read.map_err(|source| unreadable(path, source))?;
    Ok(if rest.trim_ascii().is_empty() {
        0
    } else {
        rest.len()
    })
}

/// Reads the next line without its end; returns `false` at the end of the file.
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

/// Reads the word before the next space. A line end before the word belongs to the previous record.
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

/// The word and the numbers of a line.
fn parse_row(line: &str, n_dimensions: Option<u64>) -> Result<(String, Vec<f32>), Mismatch> {
    let mut fields = line.split_ascii_whitespace();
    let word = fields.next().ok_or_else(|| Mismatch {
        expected: "a word and its numbers".to_owned(),
        found: "nothing".to_owned(),
    })?;
    let number = |field: &str| {
        field.parse().map_err(|_| Mismatch {
            expected: "a number".to_owned(),
            found: quoted(field),
        })
    };
    let row = fields.map(number).collect::<Result<Vec<f32>, _>>()?;
    let found = row.len() as u64;
    if row.is_empty() || n_dimensions.is_some_and(|expected| expected != found) {
        let expected = n_dimensions.map_or("at least 1".to_owned(), |n| n.to_string());
        return Err(Mismatch {
            expected: format!("{expected} numbers after `{word}`"),
            found: found.to_string(),
        });
    }
    Ok((word.to_owned(), row))
}

/// The start of a text in quotes; lines of vectors are too long to be shown whole.
fn quoted(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    format!("`{start}`")
}
