//! Export of unmasked sentences as an indexed dataset of Megatron-LM, which draws masks of its own.
//!
//! `PREFIX.bin` holds the pieces of all sentences, end to end. `PREFIX.idx` says where sentences and documents end, all in
//! little-endian numbers:
//!
//! | bytes | what |
//! | --- | --- |
//! | 9 | `MMIDIDX\0\0` |
//! | 8 | version, 1 |
//! | 1 | type of a piece: 8 is u16, for vocabularies below 65,500 pieces, as in Megatron; 4 is i32 |
//! | 8 | S, the number of sentences |
//! | 8 | D + 1, the number of documents plus one |
//! | 4 × S | number of pieces of each sentence, i32 |
//! | 8 × S | start of each sentence in `PREFIX.bin`, in bytes, i64 |
//! | 8 × (D + 1) | 0, then one past the index of each document's last sentence, i64 |

use std::ffi::OsString;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use repro::AtomicFile;
use segment::PieceId;
use shard::ShardSet;
use sop::Example;

use super::draw::CHUNK;
use crate::error::DatasetError;

const MAGIC: &[u8; 9] = b"MMIDIDX\0\0";
const VERSION: u64 = 1;
/// Vocabularies with fewer pieces than this have ids of two bytes (Megatron-LM, `DType.optimal_dtype`).
const NARROW_BELOW: usize = 65_500;
const CODE_U16: u8 = 8;
const CODE_I32: u8 = 4;

/// How much an indexed dataset holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MegatronCounts {
    /// Number of documents.
    pub documents: u64,
    /// Number of sentences, which Megatron calls sequences.
    pub sentences: u64,
    /// Number of pieces.
    pub pieces: u64,
}

/// The content of `PREFIX.idx`, as far as sentences have been written.
struct Index {
    /// Whether ids have two bytes.
    is_narrow: bool,
    /// Number of pieces of each sentence.
    lengths: Vec<u32>,
    /// 0, then one past the index of each document's last sentence.
    document_ends: Vec<u64>,
}

/// The files that [`write_megatron`] writes: `PREFIX.bin` and `PREFIX.idx`.
pub fn megatron_files(prefix: &Path) -> [PathBuf; 2] {
    [".bin", ".idx"].map(|end| with_end(prefix, end))
}

/// Writes `PREFIX.bin` and `PREFIX.idx` with all sentences of a side, in the order of the shards. `progress` is called
/// with the number of examples written so far.
///
/// A document has the sentences of its examples. So sentences that preparation dropped are missing. The parts of a sentence
/// that it cut are one sentence again if they are in one example, and several if they are not. Both files appear under their
/// names when they are whole, the index last.
pub fn write_megatron(
    shards: &ShardSet,
    prefix: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<MegatronCounts, DatasetError> {
    let [bin, idx] = megatron_files(prefix);
    let create =
        |path: &Path| AtomicFile::create(path).map_err(|error| DatasetError::write(path, &error));
    let (pieces_file, index_file) = (create(&bin)?, create(&idx)?);
    let mut index = Index::new(shards.manifest().vocabulary.n_pieces);
    let mut counts = MegatronCounts::default();
    let mut target = BufWriter::new(pieces_file.file());
    let mut before: Option<Example> = None;
    for (example, number) in shards.iter().zip(1_u64..) {
        let example = example.map_err(DatasetError::from)?;
        if before.is_some_and(|before| !is_same_document(&before, &example)) {
            index.end_document();
        }
        for sentence in sentences(&example) {
            let written = index.push(sentence, &mut target);
            written.map_err(|error| DatasetError::write(&bin, &error))?;
            counts.pieces += sentence.len() as u64;
        }
        if number.is_multiple_of(CHUNK as u64) {
            progress(number);
        }
        before = Some(example);
    }
    index.end_document();
    target
        .flush()
        .map_err(|error| DatasetError::write(&bin, &error))?;
    drop(target);
    let written = index.write(BufWriter::new(index_file.file()));
    written.map_err(|error| DatasetError::write(&idx, &error))?;
    pieces_file
        .commit()
        .map_err(|error| DatasetError::write(&bin, &error))?;
    index_file
        .commit()
        .map_err(|error| DatasetError::write(&idx, &error))?;
    counts.sentences = index.lengths.len() as u64;
    counts.documents = index.document_ends.len() as u64 - 1;
    Ok(counts)
}

/// Appends to a path: `a/b.c` and `.bin` give `a/b.c.bin`.
fn with_end(prefix: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(prefix);
    name.push(end);
    name.into()
}

fn is_same_document(a: &Example, b: &Example) -> bool {
    let (a, b) = (a.source(), b.source());
    a.record == b.record && a.path == b.path
}

/// The pieces of an example's sentences. The parts of a sentence that was cut are one sentence.
fn sentences(example: &Example) -> impl Iterator<Item = &[PieceId]> {
    let last = example.sentence_ends().len() - 1;
    let ends = example.sentence_ends().iter().enumerate();
    let ends = ends.filter(move |(index, _)| *index == last || example.has_end(*index));
    let mut start = 0;
    ends.map(move |(_, end)| {
        let end = example.unit_ends()[*end as usize - 1] as usize;
        &example.pieces()[std::mem::replace(&mut start, end)..end]
    })
}

impl Index {
    fn new(n_pieces: usize) -> Self {
        Self {
            is_narrow: n_pieces < NARROW_BELOW,
            lengths: Vec::new(),
            document_ends: vec![0],
        }
    }

    /// Adds a sentence, and writes its pieces to `target`.
    fn push(&mut self, sentence: &[PieceId], target: &mut impl io::Write) -> io::Result<()> {
        self.lengths.push(sentence.len() as u32);
        for id in sentence {
            if self.is_narrow {
                target.write_all(&(id.get() as u16).to_le_bytes())?;
            } else {
                target.write_all(&id.get().to_le_bytes())?;
            }
        }
        Ok(())
    }

    fn end_document(&mut self) {
        self.document_ends.push(self.lengths.len() as u64);
    }

    fn write(&self, mut target: impl io::Write) -> io::Result<()> {
        let (code, width) = if self.is_narrow {
            (CODE_U16, 2)
        } else {
            (CODE_I32, 4)
        };
        target.write_all(MAGIC)?;
        target.write_all(&VERSION.to_le_bytes())?;
        target.write_all(&[code])?;
        target.write_all(&(self.lengths.len() as u64).to_le_bytes())?;
        target.write_all(&(self.document_ends.len() as u64).to_le_bytes())?;
        for length in &self.lengths {
            target.write_all(&length.to_le_bytes())?;
        }
        let mut start = 0_u64;
        for length in &self.lengths {
            target.write_all(&start.to_le_bytes())?;
            start += width * u64::from(*length);
        }
        for end in &self.document_ends {
            target.write_all(&end.to_le_bytes())?;
        }
        target.flush()
    }
}

#[cfg(test)]
mod tests {
    use segment::PieceId;

    use super::Index;

    /// Two documents, of two sentences and of one. numpy and Megatron's own reader read these bytes so.
    #[test]
    fn a_large_vocabulary_has_pieces_of_four_bytes() {
        let mut index = Index::new(70_000);
        let mut pieces = Vec::new();
        for (sentence, is_last) in [(&[1, 2][..], false), (&[69_999], true), (&[3], true)] {
            let sentence: Vec<PieceId> = sentence.iter().copied().map(PieceId::new).collect();
            index.push(&sentence, &mut pieces).expect("written");
            if is_last {
                index.end_document();
            }
        }
        assert_eq!(
            pieces,
            [1, 0, 0, 0, 2, 0, 0, 0, 0x6f, 0x11, 1, 0, 3, 0, 0, 0]
        );
        let mut written = Vec::new();
        index.write(&mut written).expect("written");
        let u64s =
            |numbers: &[u64]| -> Vec<u8> { numbers.iter().flat_map(|n| n.to_le_bytes()).collect() };
        let mut expect = b"MMIDIDX\0\0\x01\0\0\0\0\0\0\0\x04".to_vec();
        expect.extend(u64s(&[3, 3]));
        expect.extend([2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
        expect.extend(u64s(&[0, 8, 12]));
        expect.extend(u64s(&[0, 2, 3]));
        assert_eq!(written, expect);
    }
}
