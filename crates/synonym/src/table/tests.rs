//! What is compiled is looked up; what is damaged is refused.

use std::collections::BTreeMap;

use proptest::prelude::*;
use segment::{PieceId, PieceTokenizer, Vocabulary};

use super::SimilarWords;
use crate::compile::{CompileOptions, compile};
use crate::format::{TableBytes, TableError};
use crate::list::Entry;

fn vocabulary() -> Vocabulary {
    let pieces = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "甲", "乙", "丙", "丁", "a", "##b",
    ];
    Vocabulary::from_pieces(pieces.map(String::from).to_vec()).expect("a vocabulary")
}

fn table(entries: &[Entry]) -> TableBytes {
    let vocabulary = vocabulary();
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    compile(
        entries,
        &tokenizer,
        &vocabulary,
        &CompileOptions::default(),
        "test",
    )
    .table
}

fn open(bytes: &[u8]) -> Result<SimilarWords, TableError> {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("written");
    SimilarWords::open(file.path(), &vocabulary())
}

fn sample() -> TableBytes {
    table(&[
        Entry::new("甲乙", "丙丁", 0.9),
        Entry::new("甲乙", "乙甲", 0.5),
        Entry::new("丙", "丁", 1.0),
    ])
}

#[test]
fn a_word_is_looked_up_by_its_ids() {
    let table = open(sample().bytes()).expect("a table");
    let ids = |numbers: &[u32]| {
        numbers
            .iter()
            .copied()
            .map(PieceId::new)
            .collect::<Vec<_>>()
    };
    let word = table.word(&ids(&[4, 5])).expect("甲乙");
    let candidates = table.candidates(word);
    assert_eq!(candidates.len(), 2);
    assert_eq!(table.pieces(candidates.word(0)), ids(&[6, 7]));
    assert_eq!(
        (table.text(candidates.word(1)), candidates.score(1)),
        ("乙甲", 0.5)
    );
    assert!(table.word(&ids(&[4])).is_none());
    assert_eq!(
        (
            table.n_words_of(1),
            table.n_words_of(2),
            table.n_words_of(9)
        ),
        (2, 3, 0)
    );
}

#[test]
fn the_file_is_the_same_for_the_same_source() {
    assert_eq!(segment::sha256_hex(sample().bytes()), "3362ad95c9f45430b7f916dcd7964178c6fb8b2efd9d2dffdc6060657de8cbb1");
}

#[test]
fn a_table_of_another_vocabulary_is_refused_naming_both() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    sample().write(file.path()).expect("written");
    let other = Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n").expect("a vocabulary");
    let error = SimilarWords::open(file.path(), &other)
        .err()
        .expect("refused")
        .to_string();
    assert!(
        error.contains(vocabulary().sha256()) && error.contains(other.sha256()),
        "{error}"
    );
}

#[test]
fn every_flipped_byte_and_every_cut_is_found() {
    let bytes = sample().bytes().to_vec();
    for position in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[position] ^= 0x40;
        assert!(open(&flipped).is_err(), "byte {position}");
        assert!(open(&bytes[..position]).is_err(), "{position} bytes");
    }
}

proptest! {
    #[test]
    fn look_up_gives_what_a_map_gives(
        pairs in prop::collection::vec(("[甲乙丙丁]{1,3}", "[甲乙丙丁]{1,3}", 0_u8..4), 0..60),
    ) {
        let entries: Vec<Entry> = pairs.iter().map(|(w, s, score)| Entry::new(w, s, f32::from(*score))).collect();
        let table = open(table(&entries).bytes()).expect("a table");
        let mut naive: BTreeMap<&str, BTreeMap<&str, f32>> = BTreeMap::new();
        for entry in &entries {
            if entry.word != entry.similar && entry.word.len() == entry.similar.len() {
                let score = naive.entry(&entry.word).or_default().entry(&entry.similar).or_insert(entry.score);
                *score = score.max(entry.score);
            }
        }
        let tokenizer = PieceTokenizer::new(&vocabulary(), true);
        for entry in &entries {
            let ids: Vec<PieceId> = tokenizer.pieces(&entry.word).iter().map(|p| p.id).collect();
            let word = table.word(&ids).expect("every word is in the table");
            let candidates = table.candidates(word);
            let expect = naive.get(entry.word.as_str()).cloned().unwrap_or_default();
            prop_assert_eq!(candidates.len(), expect.len().min(CompileOptions::default().top_k));
            for rank in 0..candidates.len() {
                let text = table.text(candidates.word(rank));
                prop_assert_eq!(expect.get(text).copied(), Some(candidates.score(rank)));
                prop_assert!(rank == 0 || candidates.score(rank - 1) >= candidates.score(rank));
            }
        }
    }
}
