//! A similar-word table is refused, or answers everything that can be asked of it; the checksum is mended first, so that
//! the fuzzer comes past it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use repro::sha256_hex;
use segment::{PieceId, Vocabulary};
use synonym::SimilarWords;

/// Where the vocabulary's hash stands in the file, and how long a hash is.
const VOCABULARY: usize = 40;
const HASH_BYTES: usize = 32;

static SMALL: LazyLock<Vocabulary> = LazyLock::new(|| {
    let pieces = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "甲", "乙", "丙", "丁", "a", "##b",
    ];
    Vocabulary::from_pieces(pieces.map(String::from).to_vec()).expect("a vocabulary")
});

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    if let Some(hash) = bytes.get_mut(VOCABULARY..VOCABULARY + HASH_BYTES) {
        hash.copy_from_slice(&unhex(SMALL.sha256()));
    }
    if let Some(n_body) = bytes.len().checked_sub(HASH_BYTES) {
        let checksum = unhex(&sha256_hex(&bytes[..n_body]));
        bytes[n_body..].copy_from_slice(&checksum);
    }
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), &bytes).expect("written");
    if let Ok(table) = SimilarWords::open(file.path(), &SMALL) {
        walk(&table);
    }
});

fn walk(table: &SimilarWords) {
    for word in table.words() {
        let pieces = table.pieces(word);
        assert_eq!(table.word(pieces), Some(word));
        let _ = table.text(word);
        let candidates = table.candidates(word);
        for rank in 0..candidates.len() {
            assert_eq!(table.pieces(candidates.word(rank)).len(), pieces.len());
            assert!(!candidates.score(rank).is_nan());
        }
        for share in [0.0, 0.5, 1.0 - f64::EPSILON] {
            assert!(candidates.is_empty() || candidates.rank_at(share) < candidates.len());
        }
        let index = table.n_words_of(pieces.len()) - 1;
        assert_eq!(
            table.pieces(table.word_of(pieces.len(), index)).len(),
            pieces.len()
        );
    }
    let _ = table.word(&[PieceId::new(u32::MAX)]);
}

fn unhex(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal"))
        .collect()
}
