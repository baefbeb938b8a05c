//! Reads word2vec's binary form: a line of counts, then records of a word, a space and the numbers in f32.

use std::io::{BufRead, Read as _};
use std::path::Path;

use crate::vectors::collection::{Collector, Vectors};
use crate::vectors::encoding::Encoding;
use crate::vectors::error::{VectorsError, malformed, unreadable};
use crate::vectors::format::VectorFormat;
use crate::vectors::layout::{Counts, not_text, parse_counts};
use crate::vectors::report::VectorReport;
use crate::vectors::unpack::open_any;

/// The most bytes of a word. A file with a longer run without a space is not in word2vec's form.
const LONGEST_WORD: u64 = 1 << 16;

/// Reads at most `limit` records.
pub(super) fn read(
    path: &Path,
    start: &[u8],
    limit: usize,
) -> Result<(Vectors, VectorReport), VectorsError> {
    let wrong = |reason: String| malformed(path, VectorFormat::Word2vec, reason);
    let input = open_any(path)?;
    let (mut reader, n_bytes) = (input.reader, input.most_bytes);
    let counts = read_head(&mut reader, path)?
        .ok_or_else(|| wrong("expected a first line `words dimensions`".to_owned()))?;
    let mut row = row_buffer(counts, n_bytes).map_err(wrong)?;
    let words = words_of_start(start, row.len());
    let encoding = Encoding::judge(words).map_err(|error| not_text(path, error))?;
    let mut numbers = vec![0.0; row.len()];
    let mut collector = Collector::default();
    let n_read = counts.n_words.min(limit as u64);
    for record in 1..=n_read {
        let word = read_word(&mut reader, path)?
            .ok_or_else(|| wrong(format!("expected word {record} of {}", counts.n_words)))?;
        let text = encoding.text(&word);
        reader
            .read_exact(bytemuck::cast_slice_mut(&mut row))
            .map_err(|_| {
                let word = text.as_deref().unwrap_or("?");
                wrong(format!(
                    "the vector of word {record}, `{word}`, is cut short"
                ))
            })?;
        for (number, bits) in numbers.iter_mut().zip(&row) {
            *number = f32::from_bits(u32::from_le(*bits));
        }
        match text {
            Some(text) => _ = collector.add(text.into_owned(), &numbers),
            None => collector.report().n_not_text += 1,
        }
    }
    collector.report().encoding = encoding.name();
    if n_read < counts.n_words {
        collector.report().stopped_after = Some(limit);
        return Ok(collector.finish());
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

/// The words of the whole records at the start of a file.
fn words_of_start(start: &[u8], n_dimensions: usize) -> Vec<&[u8]> {
    let mut words = Vec::new();
    let mut rest = start
        .splitn(2, |byte| *byte == b'\n')
        .nth(1)
        .unwrap_or_default();
    while let Some(space) = rest.iter().position(|byte| *byte == b' ') {
        words.push(rest[..space].trim_ascii());
        rest = rest.get(space + 1 + 4 * n_dimensions..).unwrap_or_default();
    }
    words
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

fn read_head(reader: &mut impl BufRead, path: &Path) -> Result<Option<Counts>, VectorsError> {
    let mut line = Vec::new();
    let read = reader.take(LONGEST_WORD).read_until(b'\n', &mut line);
    read.map_err(|source| unreadable(path, source))?;
    Ok(parse_counts(&line))
}

/// Reads the word before the next space. A line end before the word belongs to the previous record.
fn read_word(reader: &mut impl BufRead, path: &Path) -> Result<Option<Vec<u8>>, VectorsError> {
    let mut bytes = Vec::new();
    let read = reader.take(LONGEST_WORD).read_until(b' ', &mut bytes);
    read.map_err(|source| unreadable(path, source))?;
    let word = bytes.strip_suffix(b" ").map(<[u8]>::trim_ascii);
    Ok(word.filter(|word| !word.is_empty()).map(<[u8]>::to_vec))
}
