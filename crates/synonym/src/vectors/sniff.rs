//! Finds out the format of a file of vectors from its first bytes.

use std::path::Path;

use crate::vectors::error::VectorsError;
use crate::vectors::format::VectorFormat;
use crate::vectors::layout::lines_of_start;
use crate::vectors::precheck::{FASTTEXT_MAGIC, FIFU_MAGIC};
use crate::vectors::unpack::start_of;

/// The bytes behind the first line that show whether numbers are text.
const MOST_LOOKED_AT: usize = 1 << 12;

impl VectorFormat {
    /// Finds out the format of a file from its magic number, its first line and the bytes behind it.
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
    let first = lines_of_start(start).first().copied().unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    let fields = first.split_ascii_whitespace();
    let n_numbers = fields
        .clone()
        .take_while(|field| field.parse::<u64>().is_ok())
        .count();
    match (fields.count(), n_numbers) {
        (2, 2) if has_numbers_as_bytes(start) => VectorFormat::Word2vec,
        (2, 2) => VectorFormat::TextDims,
        (8, 6..) => VectorFormat::Floret,
        _ => VectorFormat::Text,
    }
}

/// Whether numbers stand as bytes behind the first line. Of the bytes of such numbers one in ten is a control character;
/// text has next to none.
fn has_numbers_as_bytes(start: &[u8]) -> bool {
    let rest = start
        .splitn(2, |byte| *byte == b'\n')
        .nth(1)
        .unwrap_or_default();
    let rest = &rest[..rest.len().min(MOST_LOOKED_AT)];
    let n_control = rest
        .iter()
        .filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    let n_control = n_control.count();
    n_control > 0 && n_control * 50 >= rest.len()
}
