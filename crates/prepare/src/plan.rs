//! What a preparation would cost, estimated from a sample of its text.

use corpus::{Corpus, CorpusError, CorpusFile};
use shard::PieceWidth;
use sop::{ExampleOptions, N_SPECIALS};

/// So many files are looked into, evenly spread.
const SAMPLE_FILES: usize = 8;
/// So much text of each. What the reader has fetched ahead of it counts as read, so less of a packed file would seem to
/// hold less text.
const SAMPLE_BYTES: usize = 16 << 20;
/// Letters of a piece in scripts that are written with letters.
const LETTERS_OF_A_PIECE: usize = 4;
/// How full an example is that its document does not end: it is closed before the sentence that no longer fits, and one
/// in ten has a shorter target.
const FILL: f64 = 0.85;
/// Pieces of a unit.
const PIECES_OF_A_UNIT: f64 = 1.6;
/// Key, path, record, span, three list ends, and sentence ends of a row, with what Arrow adds.
const ROW_BYTES: f64 = 56.0;

/// Estimates; measured on news, law, technology and medicine at lengths of 128 and 512, they lie within a third of what
/// comes out. Examples come out too many where long sentences leave many that fit into none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files of the corpus.
    pub n_files: usize,
    /// Their bytes on disk.
    pub bytes: u64,
    /// Bytes of their text, unpacked: about.
    pub text_bytes: u64,
    /// Pieces: about.
    pub pieces: u64,
    /// Examples of both sides: about.
    pub examples: u64,
    /// Bytes of the shards: about.
    pub shard_bytes: u64,
}

#[derive(Default)]
struct Sample {
    bytes: u64,
    text_bytes: f64,
    pieces: f64,
    examples: f64,
}

/// Reads the beginning of a few files and scales what it finds by their sizes; writes nothing. `n_vocabulary` is the
/// number of pieces of the vocabulary, which may not exist yet.
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
    let piece_bytes = id_bytes + 2.0 / PIECES_OF_A_UNIT;
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

/// About so many pieces: one a Chinese character or sign, one a few letters.
fn n_pieces(text: &str) -> usize {
    let mut n_pieces = 0;
    let mut letters: usize = 0;
    for character in text.chars() {
        if character.is_alphanumeric() && !segment::is_cjk(character) {
            letters += 1;
        } else {
            n_pieces += letters.div_ceil(LETTERS_OF_A_PIECE);
            letters = 0;
            n_pieces += usize::from(!character.is_whitespace());
        }
    }
    n_pieces + letters.div_ceil(LETTERS_OF_A_PIECE)
}
