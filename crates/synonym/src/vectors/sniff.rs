//! Finds out the format of a file of vectors from its first bytes.

use std::path::Path;

use crate::vectors::error::VectorsError;
use crate::vectors::format::VectorFormat;
use crate::vectors::precheck::{FASTTEXT_MAGIC, FIFU_MAGIC};
use crate::vectors::unpack::{Encoding, start_of};

impl VectorFormat {
    /// Finds out the format of a file from its magic number or its first two lines.
    pub fn of(path: &Path) -> Result<Self, VectorsError> {
        Ok(sniff(&start_of(path)?))
    }
}

pub(super) fn sniff(start: &[u8]) -> VectorFormat {
    if start.starts_with(&FIFU_MAGIC.to_le_bytes()) {
        return VectorFormat::Finalfusion;
    }
    if start.starts_with(&FASTTEXT_MAGIC.to_le_bytes()) {
        return VectorFormat::Fasttext;
    }
    let encoding = Encoding::of(start);
    let mut lines = start.splitn(3, |byte| *byte == b'\n');
    let (first, second) = (lines.next().unwrap_or(&[]), lines.next().unwrap_or(&[]));
    let first: Vec<String> = fields(first, encoding).unwrap_or_default();
    let n_numbers = first
        .iter()
        .take_while(|field| field.parse::<u64>().is_ok())
        .count();
    match (first.len(), n_numbers) {
        (2, 2) if is_row(second, &first[1], encoding) => VectorFormat::TextDims,
        (2, 2) => VectorFormat::Word2vec,
        (8, 6..) => VectorFormat::Floret,
        _ => VectorFormat::Text,
    }
}

/// The fields of a line, or `None` if the line is not text.
fn fields(line: &[u8], encoding: Encoding) -> Option<Vec<String>> {
    let line = encoding.text(line);
    let is_text = !line.contains(char::REPLACEMENT_CHARACTER);
    is_text.then(|| line.split_ascii_whitespace().map(str::to_owned).collect())
}

/// Whether a line is a word and `n_dimensions` numbers, or empty. In the binary form it holds the bytes of numbers
/// instead.
fn is_row(line: &[u8], n_dimensions: &str, encoding: Encoding) -> bool {
    let Some(fields) = fields(line, encoding) else {
        return false;
    };
    let numbers = fields.get(1..).unwrap_or_default();
    fields.is_empty()
        || numbers.iter().all(|field| field.parse::<f32>().is_ok())
            && n_dimensions.parse() == Ok(numbers.len())
}
