//! Reads a text file in blocks of lines, whose rows are parsed on all cores.

use std::io::{BufRead, Read as _};
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use crate::vectors::error::{VectorsError, malformed, unreadable};
use crate::vectors::format::VectorFormat;
use crate::vectors::layout::without_mark;
use crate::vectors::report::RowFault;
use crate::vectors::row::parse_row;

/// The most bytes of a line. A file with a longer one is not text, and is not read into memory.
const LONGEST_LINE: u64 = 1 << 26;
/// A block ends after the line that makes it as long as this.
const BLOCK_BYTES: usize = 1 << 22;
/// The most numbers of a block, if a row has fewer.
const BLOCK_NUMBERS: usize = 1 << 22;

/// Some lines of a file, and the rows in them.
pub(super) struct Block {
    bytes: Vec<u8>,
    lines: Vec<Range<usize>>,
    n_dimensions: usize,
    /// Row-major, `[lines, dimensions]`; what stands in it for a line that is no row has no meaning.
    numbers: Vec<f32>,
}

/// A line of a block.
#[derive(Clone, Copy)]
pub(super) enum Line<'b> {
    Blank,
    /// A word and its numbers.
    Row(&'b [u8], &'b [f32]),
    Broken(RowFault),
}

impl Block {
    pub(super) fn new(n_dimensions: usize) -> Self {
        Self {
            bytes: Vec::new(),
            lines: Vec::new(),
            n_dimensions,
            numbers: Vec::new(),
        }
    }

    /// Reads the next lines in place of those of the block; returns `false` at the end of the file.
    pub(super) fn read(
        &mut self,
        reader: &mut impl BufRead,
        path: &Path,
        format: VectorFormat,
    ) -> Result<bool, VectorsError> {
        self.bytes.clear();
        self.lines.clear();
        let most_lines = (BLOCK_NUMBERS / self.n_dimensions.max(1)).max(1);
        while self.bytes.len() < BLOCK_BYTES && self.lines.len() < most_lines {
            let start = self.bytes.len();
            let read = reader.take(LONGEST_LINE).read_until(b'\n', &mut self.bytes);
            let n_bytes = read.map_err(|source| unreadable(path, source))? as u64;
            if n_bytes == LONGEST_LINE {
                let reason = format!("a line has more than {LONGEST_LINE} bytes");
                return Err(malformed(path, format, reason));
            }
            if n_bytes == 0 {
                break;
            }
            self.lines.push(start..self.bytes.len());
        }
        Ok(!self.lines.is_empty())
    }

    /// The lines in their order, with their rows parsed.
    pub(super) fn parse(&mut self) -> Vec<Line<'_>> {
        let n_dimensions = self.n_dimensions;
        self.numbers.resize(self.lines.len() * n_dimensions, 0.0);
        let bytes = &self.bytes;
        let rows = self.numbers.par_chunks_exact_mut(n_dimensions);
        let lines = self.lines.par_iter().zip(rows);
        lines
            .map(|(line, numbers)| {
                let line = without_mark(&bytes[line.clone()]);
                if line.trim_ascii().is_empty() {
                    return Line::Blank;
                }
                match parse_row(line, numbers) {
                    Ok(word) => Line::Row(word, numbers),
                    Err(fault) => Line::Broken(fault),
                }
            })
            .collect()
    }
}
