//! What the start of a text file shows of its rows: the numbers of a row, the counts in its first line, its encoding.

use std::collections::HashMap;
use std::path::Path;

use crate::vectors::encoding::{Encoding, Unreadable};
use crate::vectors::error::{VectorsError, malformed};
use crate::vectors::format::VectorFormat;
use crate::vectors::row::n_numbers;
use crate::vectors::unpack::START_BYTES;

/// The most numbers of a row that memory is asked for if there is no row to judge by.
const MOST_DIMENSIONS: usize = 1 << 24;
/// The byte order mark, which Windows programs put at the start of a file.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The counts in the first line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub n_words: u64,
    pub n_dimensions: u64,
}

/// The layout of a text file.
pub(super) struct Layout {
    /// The counts in its first line, if the format has them.
    pub counts: Option<Counts>,
    pub n_dimensions: usize,
    pub encoding: Encoding,
}

impl Layout {
    /// Finds out the layout from the start of a file.
    pub(super) fn of(
        path: &Path,
        start: &[u8],
        format: VectorFormat,
    ) -> Result<Self, VectorsError> {
        let wrong = |reason: String| malformed(path, format, reason);
        let lines = lines_of_start(start);
        let Some((first, rows)) = lines.split_first() else {
            return Err(wrong("it is empty".to_owned()));
        };
        let wrong_first = |expected: &str| VectorsError::Line {
            path: path.to_path_buf(),
            line: 1,
            expected: expected.to_owned(),
            found: quoted(first),
        };
        let mut counts = parse_counts(first);
        let mut all_but_first = rows;
        if format == VectorFormat::TextDims {
            counts.ok_or_else(|| wrong_first("`words dimensions`"))?;
        } else if counts.is_some_and(|counts| fits(counts, rows)) {
            return Err(wrong_first("a word and its numbers"));
        } else {
            (counts, all_but_first) = (None, &lines);
        }
        let rows = all_but_first;
        let n_dimensions = n_dimensions(first, rows, counts).map_err(wrong)?;
        if n_dimensions == 1 && are_counts(rows) {
            let reason = "every row has one whole number, as lists of counts do";
            return Err(wrong(reason.to_owned()));
        }
        let encoding = Encoding::judge(rows.iter().copied());
        Ok(Self {
            counts,
            n_dimensions,
            encoding: encoding.map_err(|error| not_text(path, error))?,
        })
    }
}

/// The error of words that are in no encoding that is read.
pub(super) fn not_text(path: &Path, unreadable: Unreadable) -> VectorsError {
    let path = path.to_path_buf();
    match unreadable {
        Unreadable::Other(encoding) => VectorsError::Encoding { path, encoding },
        Unreadable::NoText {
            n_not_text,
            n_words,
        } => VectorsError::NotText {
            path,
            n_not_text,
            n_words,
        },
    }
}

/// The numbers of a row, from the first line or by what most rows have.
fn n_dimensions(first: &[u8], rows: &[&[u8]], counts: Option<Counts>) -> Result<usize, String> {
    let usual = usual_numbers(rows);
    match (counts, usual) {
        (None, Some((usual, _))) => Ok(usual),
        (None, None) => Err(format!(
            "no line ends in numbers; it begins with {}",
            quoted(first)
        )),
        (Some(counts), usual) => {
            let n_dimensions = usize::try_from(counts.n_dimensions).unwrap_or(usize::MAX);
            // A row cannot hold more numbers than bytes, so a huge number is refused before memory is asked for.
            let longest = rows.iter().map(|row| row.len()).max().unwrap_or(0);
            let n_fitting = rows
                .iter()
                .filter(|row| n_numbers(row) == n_dimensions)
                .count();
            let is_likely = n_dimensions > 0 && (rows.is_empty() || n_dimensions <= longest);
            match usual {
                Some((usual, n_usual)) if usual != n_dimensions && n_fitting * 2 < rows.len() => {
                    Err(format!(
                        "its first line says {n_dimensions} dimensions, but {n_usual} of the first {} rows have {usual} numbers",
                        rows.len()
                    ))
                }
                _ if !is_likely => Err(format!("its first line says {n_dimensions} dimensions")),
                _ => Ok(n_dimensions.min(MOST_DIMENSIONS)),
            }
        }
    }
}

/// The number of numbers that most rows end in, and how many rows do; of equally many the first in the file.
fn usual_numbers(rows: &[&[u8]]) -> Option<(usize, usize)> {
    let mut seen: HashMap<usize, (usize, usize)> = HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        seen.entry(n_numbers(row)).or_insert((0, index)).0 += 1;
    }
    seen.remove(&0);
    let usual = seen
        .into_iter()
        .max_by_key(|(_, (count, first))| (*count, std::cmp::Reverse(*first)));
    usual.map(|(n, (count, _))| (n, count))
}

/// Whether most rows have as many numbers, more than one, as counts say.
fn fits(counts: Counts, rows: &[&[u8]]) -> bool {
    let usual = usual_numbers(rows).map_or(0, |(usual, _)| usual);
    usual > 1 && counts.n_dimensions == usual as u64
}

/// Whether nine rows in ten are a word and a whole number, as in `语言 2000`. One row says nothing.
pub(super) fn are_counts(rows: &[&[u8]]) -> bool {
    let is_count = |row: &&&[u8]| {
        let number = row
            .rsplit(u8::is_ascii_whitespace)
            .next()
            .unwrap_or_default();
        n_numbers(row) == 1 && number.iter().all(u8::is_ascii_digit)
    };
    let n_counts = rows.iter().filter(is_count).count();
    rows.len() > 1 && n_counts * 10 >= rows.len() * 9
}

/// The whole lines at the start of a file that are not blank, without their ends and without a byte order mark.
pub(super) fn lines_of_start(start: &[u8]) -> Vec<&[u8]> {
    let is_whole = start.len() < START_BYTES;
    let end = start.iter().rposition(|byte| *byte == b'\n');
    let whole = match end {
        Some(end) if !is_whole => &start[..end],
        _ => start,
    };
    let lines = whole.split(|byte| *byte == b'\n');
    lines
        .map(|line| without_mark(line).trim_ascii_end())
        .filter(|line| !line.trim_ascii().is_empty())
        .collect()
}

/// A line without the byte order mark that files which were joined have in their middle, too.
pub(super) fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(MARK).unwrap_or(line)
}

/// Parses `words dimensions`.
pub(super) fn parse_counts(line: &[u8]) -> Option<Counts> {
    let text = std::str::from_utf8(line).ok()?;
    let mut fields = text.split_ascii_whitespace().map(str::parse);
    match (fields.next(), fields.next(), fields.next()) {
        (Some(Ok(n_words)), Some(Ok(n_dimensions)), None) => Some(Counts {
            n_words,
            n_dimensions,
        }),
        _ => None,
    }
}

/// The start of a line in quotes; lines of vectors are too long to be shown whole.
fn quoted(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let start: String = text.chars().take(40).collect();
    format!("`{}`", start.escape_debug())
}
