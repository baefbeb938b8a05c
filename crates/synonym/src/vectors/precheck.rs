//! Checks a file before the `finalfusion` crate reads it.
//!
//! That crate allocates whatever a header claims, and panics if a word occurs twice. So every count is compared with the
//! bytes that the file has, and every word must occur once.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use crate::vectors::error::{VectorsError, malformed, unreadable};
use crate::vectors::format::VectorFormat;
use crate::vectors::unpack::open;

/// The first number of a `.fifu` file.
pub(super) const FIFU_MAGIC: u32 = u32::from_le_bytes(*b"FiFu");
/// The first number of a fastText file.
pub(super) const FASTTEXT_MAGIC: u32 = 793_712_314;
/// The bytes of fastText's options before the number of buckets: 8 numbers of 4 bytes.
const FASTTEXT_OPTIONS_BEFORE_BUCKETS: u128 = 8 * 4;
/// The bytes of fastText's options after the least and the greatest length of n-grams: one number of 4 and one of 8.
const FASTTEXT_OPTIONS_AFTER_NGRAMS: u128 = 4 + 8;
const F32_BYTES: u128 = 4;

/// The numbers that identify the chunks of a `.fifu` file.
mod chunk {
    pub(super) const SIMPLE_VOCABULARY: u32 = 1;
    pub(super) const MATRIX: u32 = 2;
    pub(super) const BUCKET_VOCABULARY: u32 = 3;
    pub(super) const QUANTISED_MATRIX: u32 = 4;
    pub(super) const METADATA: u32 = 5;
    pub(super) const NORMS: u32 = 6;
    pub(super) const FASTTEXT_VOCABULARY: u32 = 7;
    pub(super) const NGRAM_VOCABULARY: u32 = 8;
    pub(super) const FLORET_VOCABULARY: u32 = 9;
}

/// What is wrong with a file.
enum Flaw {
    Read(std::io::Error),
    Contradiction(String),
    /// A word with the numbers of its first and second occurrence, from 1.
    Duplicate {
        word: String,
        first: u64,
        second: u64,
    },
    NoWords,
}

/// Checks a file in finalfusion's or fastText's format.
pub(super) fn check(path: &Path, format: VectorFormat) -> Result<(), VectorsError> {
    let reader = open(path)?;
    let n_bytes = reader.get_ref().metadata().map(|data| data.len());
    let mut fields = Fields {
        reader,
        position: 0,
        n_bytes: n_bytes.map_err(|source| unreadable(path, source))?,
    };
    let checked = match format {
        VectorFormat::Fasttext => check_fasttext(&mut fields),
        _ => check_fifu(&mut fields),
    };
    checked.map_err(|flaw| match flaw {
        Flaw::Read(source) => unreadable(path, source),
        Flaw::Contradiction(reason) => malformed(path, format, reason),
        Flaw::Duplicate {
            word,
            first,
            second,
        } => VectorsError::Duplicate {
            path: path.to_path_buf(),
            word,
            first,
            second,
        },
        Flaw::NoWords => VectorsError::NoWords {
            path: path.to_path_buf(),
        },
    })
}

fn check_fifu(fields: &mut Fields) -> Result<(), Flaw> {
    expect("its first number", FIFU_MAGIC, fields.u32()?)?;
    expect("its version", 0, fields.u32()?)?;
    let chunks = check_chunk_list(fields)?;
    let mut n_words = 0;
    for chunk in chunks {
        expect("the kind of the next chunk", chunk, fields.u32()?)?;
        let n_bytes = fields.u64()?;
        match chunk {
            chunk::METADATA => fields.skip(n_bytes.into())?,
            chunk::MATRIX => check_matrix(fields, n_words)?,
            chunk::QUANTISED_MATRIX => check_quantised(fields, n_words)?,
            chunk::NORMS => check_norms(fields, n_words)?,
            vocabulary => n_words = check_vocabulary(fields, vocabulary)?,
        }
    }
    // finalfusion would read any bytes that follow as norms.
    match fields.n_bytes - fields.position {
        0 => Ok(()),
        more => contradiction(format!("found {more} bytes after its last chunk")),
    }
}

/// Reads the list of the chunks' kinds. finalfusion ignores the list and expects one fixed order, so the list must have
/// that order.
fn check_chunk_list(fields: &mut Fields) -> Result<Vec<u32>, Flaw> {
    let n_chunks = fields.u32()?;
    fields.has(u128::from(n_chunks) * 4)?;
    let chunks = (0..n_chunks)
        .map(|_| fields.u32())
        .collect::<Result<Vec<_>, _>>()?;
    let required = chunks.strip_prefix(&[chunk::METADATA]).unwrap_or(&chunks);
    let required = required.strip_suffix(&[chunk::NORMS]).unwrap_or(required);
    let is_vocabulary = |kind: &u32| {
        ![
            chunk::METADATA,
            chunk::NORMS,
            chunk::MATRIX,
            chunk::QUANTISED_MATRIX,
        ]
        .contains(kind)
    };
    match required {
        [vocabulary, chunk::MATRIX | chunk::QUANTISED_MATRIX] if is_vocabulary(vocabulary) => {
            Ok(chunks)
        }
        _ => contradiction(format!(
            "expected a vocabulary and a matrix, found chunks of the kinds {chunks:?}"
        )),
    }
}

/// Checks a chunk with a vocabulary; returns its number of words.
fn check_vocabulary(fields: &mut Fields, kind: u32) -> Result<u64, Flaw> {
    if kind == chunk::FLORET_VOCABULARY {
        return Err(Flaw::NoWords);
    }
    let n_words = fields.u64()?;
    let mut n_ngrams = 0;
    match kind {
        chunk::SIMPLE_VOCABULARY => (),
        chunk::BUCKET_VOCABULARY | chunk::FASTTEXT_VOCABULARY => fields.skip(3 * 4)?,
        chunk::NGRAM_VOCABULARY => {
            n_ngrams = fields.u64()?;
            fields.skip(2 * 4)?;
        }
        _ => return contradiction(format!("found a chunk of the unknown kind {kind}")),
    }
    let mut seen = HashMap::new();
    for number in 1..=n_words {
        let n_bytes = fields.u32()?;
        let bytes = fields.bytes(n_bytes.into())?;
        check_new(&mut seen, &bytes, number)?;
    }
    for _ in 0..n_ngrams {
        let n_bytes = fields.u32()?;
        fields.skip(u128::from(n_bytes) + 8)?;
    }
    Ok(n_words)
}

fn check_matrix(fields: &mut Fields, n_words: u64) -> Result<(), Flaw> {
    let (n_rows, n_dimensions) = (fields.u64()?, fields.u32()?);
    fields.skip(4)?;
    fields.skip_padding()?;
    check_shape(n_words, n_rows, n_dimensions.into())?;
    fields.skip(product(&[n_rows, n_dimensions.into()])? * F32_BYTES)
}

fn check_quantised(fields: &mut Fields, n_words: u64) -> Result<(), Flaw> {
    let (has_projection, has_norms) = (fields.u32()? != 0, fields.u32()? != 0);
    let (n_codes, n_dimensions, n_centroids) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let n_rows = fields.u64()?;
    fields.skip(2 * 4)?;
    fields.skip_padding()?;
    let (n_codes, n_dimensions) = (u64::from(n_codes), u64::from(n_dimensions));
    check_shape(n_words, n_rows, n_dimensions)?;
    if n_codes == 0 || !n_dimensions.is_multiple_of(n_codes) {
        return contradiction(format!(
            "{n_dimensions} dimensions are not a multiple of {n_codes} codes"
        ));
    }
    if has_projection {
        fields.skip(product(&[n_dimensions, n_dimensions])? * F32_BYTES)?;
    }
    fields.skip(product(&[n_centroids.into(), n_dimensions])? * F32_BYTES)?;
    if has_norms {
        fields.skip(u128::from(n_rows) * F32_BYTES)?;
    }
    for row in 1..=n_rows {
        let codes = fields.bytes(n_codes)?;
        if let Some(code) = codes.iter().find(|code| u32::from(**code) >= n_centroids) {
            return contradiction(format!(
                "row {row} has the code {code}, expected less than {n_centroids}"
            ));
        }
    }
    Ok(())
}

fn check_norms(fields: &mut Fields, n_words: u64) -> Result<(), Flaw> {
    let n_norms = fields.u64()?;
    if n_norms < n_words {
        return contradiction(format!(
            "expected a norm for each of {n_words} words, found {n_norms}"
        ));
    }
    fields.skip(4)?;
    fields.skip_padding()?;
    fields.skip(u128::from(n_norms) * F32_BYTES)
}

fn check_fasttext(fields: &mut Fields) -> Result<(), Flaw> {
    expect("its first number", FASTTEXT_MAGIC, fields.u32()?)?;
    fields.skip(4)?;
    fields.skip(FASTTEXT_OPTIONS_BEFORE_BUCKETS)?;
    let n_buckets = u64::from(fields.u32()?);
    let (least, most) = (fields.u32()?, fields.u32()?);
    if least == 0 || most < least {
        return contradiction(format!(
            "it has n-grams of {least} to {most} characters, which finalfusion cannot read; save its words as text"
        ));
    }
    fields.skip(FASTTEXT_OPTIONS_AFTER_NGRAMS)?;
    let n_words = u64::from(fields.u32()?);
    fields.skip(4)?;
    expect("its number of labels", 0, fields.u32()?)?;
    fields.skip(8)?;
    if (fields.u64()? as i64) >= 0 {
        return contradiction("its n-grams were pruned, which finalfusion cannot read".to_owned());
    }
    let mut seen = HashMap::new();
    for number in 1..=n_words {
        let bytes = fields.until_zero()?;
        fields.skip(8 + 1)?;
        check_new(&mut seen, &bytes, number)?;
    }
    let is_quantised = fields.bytes(1)?[0] == 1;
    if is_quantised {
        return contradiction("it is quantised, which finalfusion cannot read".to_owned());
    }
    let (n_rows, n_dimensions) = (fields.u64()?, fields.u64()?);
    expect("its rows", n_words + n_buckets, n_rows)?;
    check_shape(n_words, n_rows, n_dimensions)?;
    fields.skip(product(&[n_rows, n_dimensions])? * F32_BYTES)
}

fn check_shape(n_words: u64, n_rows: u64, n_dimensions: u64) -> Result<(), Flaw> {
    if n_rows < n_words || n_dimensions == 0 {
        return contradiction(format!(
            "expected a row for each of {n_words} words, found {n_rows} rows of {n_dimensions} numbers"
        ));
    }
    Ok(())
}

/// Checks that a word occurs for the first time. Invalid UTF-8 is replaced first, as finalfusion does it.
fn check_new(seen: &mut HashMap<String, u64>, word: &[u8], number: u64) -> Result<(), Flaw> {
    let word = String::from_utf8_lossy(word).into_owned();
    match seen.insert(word.clone(), number) {
        Some(first) => Err(Flaw::Duplicate {
            word,
            first,
            second: number,
        }),
        None => Ok(()),
    }
}

fn expect<T: Copy + PartialEq + std::fmt::Display>(
    what: &str,
    expected: T,
    found: T,
) -> Result<(), Flaw> {
    if expected == found {
        return Ok(());
    }
    contradiction(format!("expected {expected} as {what}, found {found}"))
}

fn contradiction<T>(reason: String) -> Result<T, Flaw> {
    Err(Flaw::Contradiction(reason))
}

/// The product of counts. A product above any possible file size is an error, so that later sums cannot overflow.
fn product(factors: &[u64]) -> Result<u128, Flaw> {
    let product = factors.iter().try_fold(1_u128, |product, factor| {
        product.checked_mul((*factor).into())
    });
    product
        .filter(|product| *product < 1 << 100)
        .map_or_else(|| contradiction("its counts overflow".to_owned()), Ok)
}

/// Reads a file field by field, never beyond its end.
struct Fields {
    reader: BufReader<File>,
    position: u64,
    n_bytes: u64,
}

impl Fields {
    fn u32(&mut self) -> Result<u32, Flaw> {
        let bytes = self.bytes(4)?;
        Ok(u32::from_le_bytes(bytes[..].try_into().expect("4 bytes")))
    }

    fn u64(&mut self) -> Result<u64, Flaw> {
        let bytes = self.bytes(8)?;
        Ok(u64::from_le_bytes(bytes[..].try_into().expect("8 bytes")))
    }

    fn bytes(&mut self, n: u64) -> Result<Vec<u8>, Flaw> {
        self.has(n.into())?;
        let mut bytes = vec![0; n as usize];
        self.reader.read_exact(&mut bytes).map_err(Flaw::Read)?;
        self.position += n;
        Ok(bytes)
    }

    fn until_zero(&mut self) -> Result<Vec<u8>, Flaw> {
        let mut bytes = Vec::new();
        let n = std::io::BufRead::read_until(&mut self.reader, 0, &mut bytes);
        self.position += n.map_err(Flaw::Read)? as u64;
        if bytes.pop() != Some(0) {
            return contradiction("a word has no end".to_owned());
        }
        Ok(bytes)
    }

    fn skip(&mut self, n: u128) -> Result<(), Flaw> {
        self.has(n)?;
        self.reader.seek_relative(n as i64).map_err(Flaw::Read)?;
        self.position += n as u64;
        Ok(())
    }

    /// Skips the padding before a matrix: 1 to 4 bytes, up to a multiple of 4.
    fn skip_padding(&mut self) -> Result<(), Flaw> {
        self.skip((4 - self.position % 4).into())
    }

    /// Checks that the file has `n` more bytes.
    fn has(&self, n: u128) -> Result<(), Flaw> {
        let (position, left) = (self.position, self.n_bytes - self.position);
        if n > left.into() {
            return contradiction(format!(
                "expected {n} more bytes after byte {position}, found {left}"
            ));
        }
        Ok(())
    }
}
