//! A compiled table can be looked up; a damaged one is refused.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use segment::{PieceId, PieceTokenizer, Vocabulary};

use super::SimilarWords;
use crate::compile::{CompileOptions, Weights, compile};
use crate::format::{HASH_BYTES, HEADER_BYTES, TableBytes, TableError, hex};
use crate::frequencies::Frequencies;
use crate::list::Entry;

const GOLDEN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/similar_words.table"
);

fn vocabulary() -> Vocabulary {
    let pieces = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "甲", "乙", "丙", "丁", "a", "##b",
    ];
    Vocabulary::from_pieces(pieces.map(String::from).to_vec()).expect("a vocabulary")
}

fn table(entries: &[Entry]) -> TableBytes {
    let vocabulary = vocabulary();
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let options = CompileOptions::default();
    compile(entries, &tokenizer, &vocabulary, &options, "test").table
}

fn open(bytes: &[u8]) -> Result<SimilarWords, TableError> {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("written");
    SimilarWords::open(file.path(), &vocabulary())
}

/// The error message for a file's bytes, with its path replaced by `words.table`.
#[track_caller]
fn refused(bytes: &[u8]) -> String {
    let error = open(bytes).err().expect("refused");
    let path = match &error {
        TableError::Read { path, .. }
        | TableError::Write { path, .. }
        | TableError::Damaged { path, .. }
        | TableError::OtherVersion { path, .. }
        | TableError::OtherVocabulary { path, .. } => path.display().to_string(),
    };
    error.to_string().replace(&path, "words.table")
}

/// The bytes with the checksum replaced by the right one.
fn with_right_checksum(bytes: &[u8]) -> Vec<u8> {
    let body = &bytes[..bytes.len() - HASH_BYTES];
    let checksum = repro::sha256_hex(body);
    let digits = (0..HASH_BYTES).map(|i| u8::from_str_radix(&checksum[2 * i..2 * i + 2], 16));
    let digits = digits.map(|digit| digit.expect("hexadecimal"));
    body.iter().copied().chain(digits).collect()
}

fn sample() -> TableBytes {
    table(&[
        Entry::new("甲乙", "丙丁", 0.9),
        Entry::new("甲乙", "乙甲", 0.5),
        Entry::new("丙", "丁", 1.0),
    ])
}

fn ids(numbers: &[u32]) -> Vec<PieceId> {
    numbers.iter().copied().map(PieceId::new).collect()
}

#[test]
fn a_word_is_looked_up_by_its_ids() {
    let table = open(sample().bytes()).expect("a table");
    let word = table.word(&ids(&[4, 5])).expect("甲乙");
    let candidates = table.candidates(word);
    assert_eq!(candidates.len(), 2);
    assert_eq!(table.pieces(candidates.word(0)), ids(&[6, 7]));
    assert_eq!(
        (table.text(candidates.word(1)), candidates.score(1)),
        ("乙甲", 0.5)
    );
    assert!(table.word(&ids(&[4])).is_none());
    let counts = [0, 1, 2, 9, usize::MAX].map(|n_pieces| table.n_words_of(n_pieces));
    assert_eq!(counts, [0, 2, 3, 0, 0]);
    let texts = [0, 1, 2].map(|index| table.text(table.word_of(2, index)));
    assert_eq!(
        texts,
        ["甲乙", "乙甲", "丙丁"],
        "heads and candidates alike"
    );
}

/// The golden file holds the bytes of this sample in version 3. Other bytes need another version.
#[test]
fn the_file_is_the_same_for_the_same_source() {
    let golden = std::fs::read(GOLDEN).expect("the golden file");
    assert!(
        sample().bytes() == golden,
        "the format changed: raise its version"
    );
    let table = SimilarWords::open(Path::new(GOLDEN), &vocabulary()).expect("a table");
    assert_eq!(table.n_words(), 5);
    insta::assert_snapshot!(
        hex(&golden[..40]),
        @"4d4253494d5752440300000005000000080000000300000010000000020000001800000000000000"
    );
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
fn what_is_no_table_is_refused_with_the_reason() {
    let bytes = sample().bytes().to_vec();
    let with = |position: usize, new: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[position..position + new.len()].copy_from_slice(new);
        bytes
    };
    insta::assert_snapshot!(
        refused(b""),
        @"words.table is damaged, or is not a similar-word table: expected at least 168 bytes, found 0; build it again with `macbert synonyms build`"
    );
    insta::assert_snapshot!(
        refused(&with(0, b"PK\x03\x04")),
        @r"words.table is damaged, or is not a similar-word table: expected `MBSIMWRD` at its start, found `PK\x03\x04MWRD`; build it again with `macbert synonyms build`"
    );
    insta::assert_snapshot!(
        refused(&with(8, &[2])),
        @"words.table is a similar-word table of version 2, expected version 3; build it again with `macbert synonyms build`"
    );
    insta::assert_snapshot!(
        refused(&bytes[..bytes.len() - 4]),
        @"words.table is damaged, or is not a similar-word table: its header says 388 bytes, found 384; build it again with `macbert synonyms build`"
    );
    let flipped = refused(&with(bytes.len() - 1, &[0]));
    assert!(flipped.contains("its checksum is "), "{flipped}");
    let absent = SimilarWords::open(Path::new("absent.table"), &vocabulary());
    let absent = absent.err().expect("absent").to_string();
    assert!(
        absent.starts_with("could not read the similar-word table absent.table: "),
        "{absent}"
    );
}

/// A table of words that a corpus has 6, 3 and 1 times, and of one that it lacks.
fn counted() -> TableBytes {
    let vocabulary = vocabulary();
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "甲乙 6\n丙丁 3\n乙甲 1\n").expect("written");
    let options = CompileOptions {
        frequencies: Some(Frequencies::read(file.path()).expect("counts")),
        ..CompileOptions::default()
    };
    let entries = [("甲乙", "丙丁"), ("乙甲", "丁丙")].map(|(a, b)| Entry::new(a, b, 1.0));
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    compile(&entries, &tokenizer, &vocabulary, &options, "test").table
}

#[test]
fn a_table_of_counted_words_knows_their_shares() {
    let table = open(counted().bytes()).expect("a table");
    walk(&table);
    let tenths = |ids: &[PieceId]| {
        let share = table
            .share_of(table.word(ids).expect("known"))
            .expect("counts");
        [share.start, share.end].map(|share| (11.0 * share).round() as u32)
    };
    // A word without a count counts as 1. The more frequent words come later.
    assert_eq!(tenths(&ids(&[4, 5])), [5, 11], "甲乙");
    assert_eq!(tenths(&ids(&[6, 7])), [2, 5], "丙丁");
    assert_eq!(table.word_at(3, 0.5), None);
    assert!(!weighted(Weights::Frequency).has_counts());
    let uncounted = weighted(Weights::Frequency);
    let word = uncounted.words().next().expect("a word");
    assert_eq!(
        (uncounted.share_of(word), uncounted.word_at(2, 0.5)),
        (None, None)
    );
}

#[test]
fn counted_words_in_an_order_that_is_none_are_refused() {
    let good = counted();
    let n_words = 4;
    let sections = good.bytes().len() - HASH_BYTES - 3 * 4 * n_words;
    let changes = [
        (0, 9_u32),
        (n_words, 2),
        (2 * n_words, 0),
        (3 * n_words - 1, 7),
    ];
    for (index, number) in changes {
        let mut bytes = good.bytes().to_vec();
        let at = sections + 4 * index;
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        let error = refused(&with_right_checksum(&bytes));
        assert!(error.contains("the words by count"), "{index}: {error}");
    }
}

fn weighted(weights: Weights) -> SimilarWords {
    let vocabulary = vocabulary();
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let options = CompileOptions {
        weights,
        ..CompileOptions::default()
    };
    let weight = |similar, score, weight| Entry {
        weight,
        ..Entry::new("甲乙", similar, score)
    };
    let entries = [weight("丙丁", 0.75, 1.0), weight("乙甲", 0.25, 4.0)];
    let compiled = compile(&entries, &tokenizer, &vocabulary, &options, "test");
    open(compiled.table.bytes()).expect("a table")
}

#[test]
fn candidates_are_drawn_by_the_weights_that_are_asked_for() {
    let cases = [
        (Weights::Uniform, 0.5),
        (Weights::Similarity, 0.75),
        (Weights::Listed, 0.2),
        (Weights::Frequency, 0.2),
    ];
    for (weights, first) in cases {
        let table = weighted(weights);
        walk(&table);
        let word = table.word(&ids(&[4, 5])).expect("甲乙");
        let candidates = table.candidates(word);
        assert_eq!(candidates.are_weighted(), weights != Weights::Uniform);
        let n_first = (0..1000).filter(|draw| candidates.rank_at(f64::from(*draw) / 1000.0) == 0);
        let share = n_first.count() as f64 / 1000.0;
        assert!((share - first).abs() < 0.002, "{weights:?}: {share}");
        assert_eq!(candidates.rank_at(1.0 - f64::EPSILON), 1);
        let hash = repro::sha256_hex("test");
        assert_eq!(table.source_sha256(), hash, "options do not change it");
    }
    assert_ne!(
        weighted(Weights::Similarity).options_sha256(),
        weighted(Weights::Listed).options_sha256()
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

/// A faulty writer can give wrong bytes the right checksum. They are refused, or they are a sound table of other words.
#[test]
fn wrong_bytes_with_the_right_checksum_are_refused_or_harmless() {
    let bytes = sample().bytes().to_vec();
    for position in 8..bytes.len() - HASH_BYTES {
        for value in [0, 1, 2, 3, 7, 0x40, 0xff] {
            let mut other = bytes.clone();
            other[position] = value;
            if let Ok(table) = open(&with_right_checksum(&other)) {
                walk(&table);
            }
        }
    }
}

#[test]
fn sections_that_contradict_each_other_are_named() {
    let bytes = sample().bytes().to_vec();
    let with = |number: usize, value: u32| {
        let position = HEADER_BYTES + 4 * number;
        let mut other = bytes.clone();
        other[position..position + 4].copy_from_slice(&value.to_le_bytes());
        let error = refused(&with_right_checksum(&other));
        let reason = error.split(": ").nth(1).and_then(|r| r.split("; ").next());
        reason.unwrap_or_default().to_owned()
    };
    // The numbers of the sample after its header: 8 ids, 6 candidate starts, 3 candidates of 2 numbers, 3 scores, 4 length
    // starts, 16 slots.
    insta::assert_snapshot!(with(24, 1), @"the words do not cover the ids exactly");
    insta::assert_snapshot!(with(0, 10), @"a piece id is beyond the vocabulary");
    insta::assert_snapshot!(with(0, 9), @"the words are not sorted by their pieces");
    insta::assert_snapshot!(with(9, 9), @"the words do not cover the candidates exactly");
    insta::assert_snapshot!(with(14, 0), @"a candidate is not another word with the same number of pieces");
    insta::assert_snapshot!(with(15, 0), @"the cumulative shares do not rise to 1");
    insta::assert_snapshot!(with(22, 2.0_f32.to_bits()), @"the scores of a word's candidates do not fall");
    insta::assert_snapshot!(with(43, 25), @"the words do not cover the text exactly");
    insta::assert_snapshot!(with(44, 1), @"the text of a word starts inside a character");
}

/// Makes every look-up that the API offers.
fn walk(table: &SimilarWords) {
    for word in table.words() {
        assert_eq!(table.word(table.pieces(word)), Some(word));
        assert!(!table.text(word).contains('\u{fffd}'));
        let candidates = table.candidates(word);
        for rank in 0..candidates.len() {
            let candidate = candidates.word(rank);
            assert_eq!(
                table.pieces(candidate).len(),
                table.pieces(word).len(),
                "{}",
                candidates.score(rank)
            );
        }
    }
    for word in table.words().filter(|_| table.has_counts()) {
        let share = table.share_of(word).expect("counts");
        let n_pieces = table.pieces(word).len();
        let middle = f64::midpoint(share.start, share.end);
        assert_eq!(table.word_at(n_pieces, middle), Some(word));
    }
    let n_words: usize = (0..10).map(|n_pieces| table.n_words_of(n_pieces)).sum();
    assert_eq!(n_words, table.n_words());
}

proptest! {
    #[test]
    fn look_up_gives_what_a_map_gives(
        pairs in prop::collection::vec(("[甲乙丙丁]{1,3}", "[甲乙丙丁]{1,3}", 0_u8..4), 0..60),
    ) {
        let entries: Vec<Entry> = pairs.iter().map(|(w, s, score)| Entry::new(w, s, f32::from(*score))).collect();
        let table = open(table(&entries).bytes()).expect("a table");
        walk(&table);
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
