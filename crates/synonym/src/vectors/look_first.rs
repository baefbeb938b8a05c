//! A look through a file before finalfusion reads it, which allocates what a header says and panics on a word that is
//! there twice: every count is held against the bytes that are there, every word is seen once.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use super::{VectorFormat, VectorsError, open, unreadable};

pub(super) const FIFU_MAGIC: u32 = u32::from_le_bytes(*b"FiFu");
pub(super) const FASTTEXT_MAGIC: u32 = 793_712_314;
/// fastText's options: 8 numbers of 4 bytes, the number of buckets, the least and the most characters of an n-gram, one
/// more number of 4 bytes and one of 8.
const FASTTEXT_OPTIONS_BEFORE_BUCKETS: u128 = 8 * 4;
const FASTTEXT_OPTIONS_BEHIND_NGRAMS: u128 = 4 + 8;
const F32_BYTES: u128 = 4;

/// Parts of a `.fifu` file by their numbers.
mod part {
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

enum Flaw {
    Read(std::io::Error),
    Contradiction(String),
    Duplicate(String, u64, u64),
    NoWords,
}

/// Looks through a file in finalfusion's or fastText's form.
pub(super) fn look(path: &Path, format: VectorFormat) -> Result<(), VectorsError> {
    let reader = open(path)?;
    let n_bytes = reader.get_ref().metadata().map(|data| data.len());
    let mut fields = Fields {
        reader,
        position: 0,
        n_bytes: n_bytes.map_err(|source| unreadable(path, source))?,
    };
    let looked = match format {
        VectorFormat::Fasttext => look_fasttext(&mut fields),
        _ => look_fifu(&mut fields),
    };
    let path = path.to_path_buf();
    looked.map_err(|flaw| match flaw {
        Flaw::Read(source) => VectorsError::Read { path, source },
        Flaw::Contradiction(reason) => VectorsError::Malformed {
            path,
            format,
            reason,
        },
        Flaw::Duplicate(word, first, second) => VectorsError::Duplicate {
            path,
            word,
            first,
            second,
        },
        Flaw::NoWords => VectorsError::NoWords { path },
    })
}

fn look_fifu(fields: &mut Fields) -> Result<(), Flaw> {
    expect("its first number", FIFU_MAGIC, fields.u32()?)?;
    expect("its version", 0, fields.u32()?)?;
    let parts = look_parts(fields)?;
    let mut n_words = 0;
    for part in parts {
        expect("the kind of the next part", part, fields.u32()?)?;
        let n_bytes = fields.u64()?;
        match part {
            part::METADATA => fields.skip(n_bytes.into())?,
            part::MATRIX => look_matrix(fields, n_words)?,
            part::QUANTISED_MATRIX => look_quantised(fields, n_words)?,
            part::NORMS => look_norms(fields)?,
            vocabulary => n_words = look_vocabulary(fields, vocabulary)?,
        }
    }
    // finalfusion would take what follows for norms.
    match fields.n_bytes - fields.position {
        0 => Ok(()),
        more => contradiction(format!("found {more} bytes after its last part")),
    }
}

/// The kinds of a file's parts, in the one order that finalfusion reads: it takes no notice of the list.
fn look_parts(fields: &mut Fields) -> Result<Vec<u32>, Flaw> {
    let n_parts = fields.u32()?;
    fields.has(u128::from(n_parts) * 4)?;
    let parts = (0..n_parts)
        .map(|_| fields.u32())
        .collect::<Result<Vec<_>, _>>()?;
    let required = parts.strip_prefix(&[part::METADATA]).unwrap_or(&parts);
    let required = required.strip_suffix(&[part::NORMS]).unwrap_or(required);
    let is_vocabulary = |kind: &u32| {
        ![
            part::METADATA,
            part::NORMS,
            part::MATRIX,
            part::QUANTISED_MATRIX,
        ]
        .contains(kind)
    };
    match required {
        [vocabulary, part::MATRIX | part::QUANTISED_MATRIX] if is_vocabulary(vocabulary) => {
            Ok(parts)
        }
        _ => contradiction(format!(
            "expected a vocabulary and a matrix, found parts of the kinds {parts:?}"
        )),
    }
}

/// The number of words of a vocabulary part.
fn look_vocabulary(fields: &mut Fields, part: u32) -> Result<u64, Flaw> {
    if part == part::FLORET_VOCABULARY {
        return Err(Flaw::NoWords);
    }
    let n_words = fields.u64()?;
    let mut n_ngrams = 0;
    match part {
        part::SIMPLE_VOCABULARY => (),
        part::BUCKET_VOCABULARY | part::FASTTEXT_VOCABULARY => fields.skip(3 * 4)?,
        part::NGRAM_VOCABULARY => {
            n_ngrams = fields.u64()?;
            fields.skip(2 * 4)?;
        }
        _ => return contradiction(format!("found a part of the unknown kind {part}")),
    }
    let mut seen = HashMap::new();
    for word in 1..=n_words {
        let n_bytes = fields.u32()?;
        let bytes = fields.bytes(n_bytes.into())?;
        see(&mut seen, &bytes, word)?;
    }
    for _ in 0..n_ngrams {
        let n_bytes = fields.u32()?;
        fields.skip(u128::from(n_bytes) + 8)?;
    }
    Ok(n_words)
}

fn look_matrix(fields: &mut Fields, n_words: u64) -> Result<(), Flaw> {
    let (n_rows, n_dimensions) = (fields.u64()?, fields.u32()?);
    fields.skip(4)?;
    fields.skip_padding()?;
    check_shape(n_words, n_rows, n_dimensions.into())?;
    fields.skip(product(&[n_rows, n_dimensions.into()])? * F32_BYTES)
}

fn look_quantised(fields: &mut Fields, n_words: u64) -> Result<(), Flaw> {
    let (has_projection, has_norms) = (fields.u32()? != 0, fields.u32()? != 0);
    let (n_codes, n_dimensions, n_centroids) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let n_rows = fields.u64()?;
    fields.skip(2 * 4)?;
    fields.skip_padding()?;
    let (n_codes, n_dimensions) = (u64::from(n_codes), u64::from(n_dimensions));
    check_shape(n_words, n_rows, n_dimensions)?;
    if n_codes == 0 || !n_dimensions.is_multiple_of(n_codes) {
        return contradiction(format!(
            "{n_codes} codes cannot make {n_dimensions} numbers"
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

fn look_norms(fields: &mut Fields) -> Result<(), Flaw> {
    let n_norms = fields.u64()?;
    fields.skip(4)?;
    fields.skip_padding()?;
    fields.skip(u128::from(n_norms) * F32_BYTES)
}

fn look_fasttext(fields: &mut Fields) -> Result<(), Flaw> {
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
    fields.skip(FASTTEXT_OPTIONS_BEHIND_NGRAMS)?;
    let n_words = u64::from(fields.u32()?);
    fields.skip(4)?;
    expect("its number of labels", 0, fields.u32()?)?;
    fields.skip(8)?;
    if (fields.u64()? as i64) >= 0 {
        return contradiction("its n-grams were pruned, which finalfusion cannot read".to_owned());
    }
    let mut seen = HashMap::new();
    for word in 1..=n_words {
        let bytes = fields.until_zero()?;
        fields.skip(8 + 1)?;
        see(&mut seen, &bytes, word)?;
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
        let found = format!("found {n_rows} rows of {n_dimensions} numbers");
        return contradiction(format!(
            "expected a row for each of {n_words} words, {found}"
        ));
    }
    Ok(())
}

/// Words are compared as finalfusion reads them: what is no UTF-8 is replaced.
fn see(seen: &mut HashMap<String, u64>, word: &[u8], place: u64) -> Result<(), Flaw> {
    let word = String::from_utf8_lossy(word).into_owned();
    match seen.insert(word.clone(), place) {
        Some(first) => Err(Flaw::Duplicate(word, first, place)),
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

/// What a file can say is far above what it can hold, so a product that overflows is a contradiction of its own.
fn product(factors: &[u64]) -> Result<u128, Flaw> {
    let product = factors.iter().try_fold(1_u128, |product, factor| {
        product.checked_mul((*factor).into())
    });
    product
        .filter(|product| *product < 1 << 100)
        .map_or_else(|| contradiction("its counts overflow".to_owned()), Ok)
}

/// A file read field by field, never beyond its end.
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
            return contradiction("a word runs on to the end of the file".to_owned());
        }
        Ok(bytes)
    }

    fn skip(&mut self, n: u128) -> Result<(), Flaw> {
        self.has(n)?;
        self.reader.seek_relative(n as i64).map_err(Flaw::Read)?;
        self.position += n as u64;
        Ok(())
    }

    /// Matrices start on the next multiple of 4 bytes, a full 4 further where the position is one.
    fn skip_padding(&mut self) -> Result<(), Flaw> {
        self.skip((4 - self.position % 4).into())
    }

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
