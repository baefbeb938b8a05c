//! What a reader of vectors kept and what it passed over.

use std::fmt;

/// The most rows that are named by their lines.
const MAX_NAMED: usize = 5;

/// Counts of the vectors that were kept and left out on reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VectorReport {
    /// Vectors kept.
    pub n_words: usize,
    /// Vectors left out because they contain a number that is not finite.
    pub n_not_finite: usize,
    /// Vectors left out because their length is 0.
    pub n_zero: usize,
    /// Vectors left out because their word occurred before.
    pub n_repeated: usize,
    /// Vectors left out because their word is not text in the file's encoding.
    pub n_not_text: usize,
    /// Vectors left out because they have other dimensions than the first. Only
    /// [`Vectors::from_rows`](crate::Vectors::from_rows) counts these.
    pub n_other_dimensions: usize,
    /// Rows of a text file that were passed over because they are not a word and its numbers.
    pub n_broken: usize,
    /// Blank lines of a text file, which were passed over.
    pub n_blank: usize,
    /// The first rows of a text file that were passed over, with the reason.
    pub named: Vec<NamedRow>,
    /// The first line of a text file, if it says another number of rows than the file has.
    pub wrong_count: Option<WrongCount>,
    /// The encoding of the words, if it is not UTF-8.
    pub encoding: Option<&'static str>,
    /// The number of rows that reading stopped after, if there was a limit and the file has as many.
    pub stopped_after: Option<usize>,
}

/// A row of a text file that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRow {
    /// The number of its line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub fault: RowFault,
}

/// Why a row of a text file is no vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowFault {
    /// Fewer numbers than expected stand at its end.
    TooFew {
        /// The numbers at the end of the row.
        found: usize,
        /// The numbers that a row has.
        expected: usize,
    },
    /// The numbers go on in what should be the word, as if two rows had grown together.
    TooMany {
        /// The numbers that a row has.
        expected: usize,
    },
    /// Nothing stands before the numbers.
    NoWord,
    /// One of its numbers is not finite.
    NotFinite,
}

/// The number of rows that a file's first line says, and the number that the file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongCount {
    /// The number in the first line.
    pub said: u64,
    /// The number of rows.
    pub found: u64,
}

impl VectorReport {
    /// Names a row that was passed over, if fewer than [`MAX_NAMED`] rows have been named.
    pub(super) fn name(&mut self, line: u64, fault: RowFault) {
        if self.named.len() < MAX_NAMED {
            self.named.push(NamedRow { line, fault });
        }
    }

    /// Vectors and broken rows, kept or not. Blank lines do not count.
    pub fn n_read(&self) -> usize {
        let kept_or_dropped = self.n_words + self.n_not_finite + self.n_zero + self.n_repeated;
        kept_or_dropped + self.n_not_text + self.n_other_dimensions + self.n_broken
    }
}

/// What was left out and why, then a line for each row that is named; empty if nothing was left out.
impl fmt::Display for VectorReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left_out = [
            (self.n_not_finite, "with a number that is not finite"),
            (self.n_zero, "of length 0"),
            (self.n_repeated, "of a word seen before"),
            (
                self.n_not_text,
                "of a word that is not text in the file's encoding",
            ),
            (
                self.n_other_dimensions,
                "of other dimensions than the first",
            ),
            (self.n_broken, "that are not a word and its numbers"),
            (self.n_blank, "blank lines"),
        ];
        let left_out = left_out.into_iter().filter(|(count, _)| *count > 0);
        let left_out: Vec<String> = left_out
            .map(|(count, reason)| format!("{count} {reason}"))
            .collect();
        if !left_out.is_empty() {
            write!(out, "left out: {}", left_out.join(", "))?;
        }
        for row in &self.named {
            write!(out, "\n{row}")?;
        }
        Ok(())
    }
}

impl fmt::Display for NamedRow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}", self.line, self.fault)
    }
}

impl fmt::Display for RowFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { found, expected } => {
                write!(out, "expected {expected} numbers at its end, found {found}")
            }
            Self::TooMany { expected } => {
                write!(
                    out,
                    "expected a word and {expected} numbers, found more numbers"
                )
            }
            Self::NoWord => write!(out, "expected a word before the numbers, found none"),
            Self::NotFinite => write!(out, "a number is not finite"),
        }
    }
}

impl fmt::Display for WrongCount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { said, found } = self;
        write!(
            out,
            "its first line says {said} words, but it has {found} rows"
        )
    }
}
