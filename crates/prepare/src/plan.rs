//! Estimates what a preparation would cost, from a sample of the text.

use corpus::{Corpus, CorpusError, CorpusFile};
use shard::PieceWidth;
use sop::{ExampleOptions, N_SPECIALS};

/// The number of files in the sample, spread evenly over the corpus.
const SAMPLE_FILES: usize = 8;
/// The bytes of text that are read of each file. The reader counts bytes that it fetched ahead as read, so a shorter
/// sample of a packed file would seem to have less text per byte.
const SAMPLE_BYTES: usize = 16 << 20;
/// Letters per piece in alphabetic scripts.
const LETTERS_PER_PIECE: usize = 4;
/// How full an example is on average, unless its document ends. An example ends before the first sentence that does not
/// fit, and one in ten has a shorter target.
const FILL: f64 = 0.85;
/// Pieces per unit.
const PIECES_PER_UNIT: f64 = 1.6;
/// The bytes of a row without its pieces and unit ends, including what Arrow adds.
const ROW_BYTES: f64 = 60.0;

/// An estimate of a preparation.
///
/// On news, laws, technology and medicine, at lengths 128 and 512, the estimates were within a third of the results. The
/// number of examples is too high for corpora with many sentences that are too long for an example.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The number of files of the corpus; exact.
    pub n_files: usize,
    /// The bytes of the files on disk; exact.
    pub bytes: u64,
    /// The bytes of their text, unpacked; estimated.
    pub text_bytes: u64,
    /// The number of pieces; estimated.
    pub pieces: u64,
    /// The number of examples of both sides; estimated.
    pub examples: u64,
    /// The bytes of the shards; estimated.
    pub shard_bytes: u64,
}

/// Counts over the part of the corpus that was read.
#[derive(Default)]
struct Sample {
    /// Bytes of the files on disk.
    bytes: u64,
    text_bytes: f64,
    pieces: f64,
    examples: f64,
}

/// Estimates what a preparation would cost: reads the start of a few files and scales the counts by the size of the
/// corpus. `n_vocabulary` is the number of pieces of the vocabulary, which need not exist yet.
pub fn plan(
    corpus: &Corpus,
    options: &ExampleOptions,
    n_vocabulary: usize,
) -> Result<Plan, CorpusError> {
    let files = corpus.files();
    let mut sample = Sample::default();
    for file in files
        .iter()
        .step_by(files.len().div_ceil(SAMPLE_FILES).max(1))
    {
        sample.read(file, options)?;
    }
    let bytes = files.iter().map(CorpusFile::bytes).sum();
    let scaled = |value: f64| (value * bytes as f64 / sample.bytes.max(1) as f64) as u64;
    let (pieces, examples) = (scaled(sample.pieces), scaled(sample.examples));
    let id_bytes = match PieceWidth::of(n_vocabulary) {
        PieceWidth::Two => 2.0,
        PieceWidth::Four => 4.0,
    };
    let piece_bytes = id_bytes + 2.0 / PIECES_PER_UNIT;
    Ok(Plan {
        n_files: files.len(),
        bytes,
        text_bytes: scaled(sample.text_bytes),
        pieces,
        examples,
        shard_bytes: (pieces as f64 * piece_bytes + examples as f64 * ROW_BYTES) as u64,
    })
}

impl Sample {
    fn read(&mut self, file: &CorpusFile, options: &ExampleOptions) -> Result<(), CorpusError> {
        let mut reader = file.documents()?;
        let full = (options.max_length - N_SPECIALS) as f64 * FILL;
        let mut n_read = 0;
        while n_read < SAMPLE_BYTES {
            let Some(document) = reader.next() else {
                self.bytes += file.bytes();
                return Ok(());
            };
            let text = document?.text;
            let pieces = n_pieces(&text) as f64;
            n_read += text.len();
            self.text_bytes += text.len() as f64;
            self.pieces += pieces;
            self.examples += (pieces / full).round().max(1.0);
        }
        self.bytes += reader.bytes_read();
        Ok(())
    }
}

/// Estimates the number of pieces of a text: one per Chinese character or sign, and one per few letters.
fn n_pieces(text: &str) -> usize {
    let mut n_pieces = 0;
    let mut letters: usize = 0;
    for character in text.chars() {
        if character.is_alphanumeric() && !segment::is_cjk(character) {
            letters += 1;
        } else {
            n_pieces += letters.div_ceil(LETTERS_PER_PIECE);
            letters = 0;
            n_pieces += usize::from(!character.is_whitespace());
        }
    }
    n_pieces + letters.div_ceil(LETTERS_PER_PIECE)
}
