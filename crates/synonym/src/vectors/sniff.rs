//! Which format a file of vectors has, by its first bytes.

use std::io::Read as _;
use std::path::Path;

use super::unpack::{Encoding, open_any};
use super::{VectorFormat, VectorsError, look_first, unreadable};

/// So many bytes are looked at: more than a line of a thousand numbers.
pub(super) const LOOKED_AT: u64 = 1 << 16;

impl VectorFormat {
    /// The format of a file, by its magic number, or by what its first two lines hold.
    pub fn of(path: &Path) -> Result<Self, VectorsError> {
        let mut start = Vec::new();
        let reader = open_any(path)?.reader;
        let read = reader.take(LOOKED_AT).read_to_end(&mut start);
        read.map_err(|source| unreadable(path, source))?;
        Ok(sniff(&start))
    }
}

pub(super) fn sniff(start: &[u8]) -> VectorFormat {
    if start.starts_with(&look_first::FIFU_MAGIC.to_le_bytes()) {
        return VectorFormat::Finalfusion;
    }
    if start.starts_with(&look_first::FASTTEXT_MAGIC.to_le_bytes()) {
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

fn fields(line: &[u8], encoding: Encoding) -> Option<Vec<String>> {
    let line = encoding.text(line);
    let is_text = !line.contains(char::REPLACEMENT_CHARACTER);
    is_text.then(|| line.split_ascii_whitespace().map(str::to_owned).collect())
}

/// Whether a line is a word and so many numbers (or there is none): in the binary form it holds bytes of numbers.
fn is_row(line: &[u8], n_dimensions: &str, encoding: Encoding) -> bool {
    let Some(fields) = fields(line, encoding) else {
        return false;
    };
    let numbers = fields.get(1..).unwrap_or_default();
    fields.is_empty()
        || numbers.iter().all(|field| field.parse::<f32>().is_ok())
            && n_dimensions.parse() == Ok(numbers.len())
}
