//! Random words are uniform over the words and pieces of method §2.7, and similar words over the table's candidates.

use std::collections::BTreeMap;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use segment::{PieceId, PieceTokenizer, Vocabulary};
use synonym::{CompileOptions, Entry, Frequencies, SimilarWords, compile};

use super::{RandomWords, draw_similar, draw_word};

const N_DRAWS: u32 = 12_000;
const PIECES: [&str; 14] = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "[unused1]",
    "[unused2]",
    "甲",
    "乙",
    "丙",
    "丁",
    "gpu",
    "##s",
    "##t",
];

fn vocabulary() -> Vocabulary {
    Vocabulary::from_pieces(PIECES.map(String::from).to_vec()).expect("a vocabulary")
}

fn ids(vocabulary: &Vocabulary, pieces: &[&str]) -> Vec<PieceId> {
    let ids = pieces.iter().map(|piece| vocabulary.id(piece));
    ids.map(|id| id.expect("known")).collect()
}

fn table(vocabulary: &Vocabulary, entries: &[(&str, &str)]) -> SimilarWords {
    counted_table(vocabulary, entries, None)
}

/// A table that knows how often its words occur, if `counts` are lines of words and counts.
fn counted_table(
    vocabulary: &Vocabulary,
    entries: &[(&str, &str)],
    counts: Option<&str>,
) -> SimilarWords {
    let entries: Vec<Entry> = entries
        .iter()
        .map(|(word, similar)| Entry::new(*word, *similar, 1.0))
        .collect();
    let tokenizer = PieceTokenizer::new(vocabulary, true);
    let frequencies = counts.map(|lines| {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), lines).expect("written");
        Frequencies::read(file.path()).expect("counts")
    });
    let options = CompileOptions {
        frequencies,
        ..CompileOptions::default()
    };
    let compiled = compile(&entries, &tokenizer, vocabulary, &options, "test");
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    compiled.table.write(file.path()).expect("written");
    SimilarWords::open(file.path(), vocabulary).expect("a table")
}

/// How often each random word is drawn for a unit.
fn counts(entries: Option<&[(&str, &str)]>, unit: &[&str]) -> BTreeMap<String, u32> {
    let vocabulary = vocabulary();
    let table = entries.map(|entries| table(&vocabulary, entries));
    let (unit, random) = (ids(&vocabulary, unit), RandomWords::new(&vocabulary));
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut counts = BTreeMap::new();
    for _ in 0..N_DRAWS {
        let mut word = unit.clone();
        random.draw(table.as_ref(), &unit, &mut rng, &mut word);
        let pieces: Vec<&str> = word.iter().map(|id| vocabulary.piece(*id)).collect();
        *counts.entry(pieces.join(" ")).or_default() += 1;
    }
    counts
}

#[track_caller]
fn check_uniform(counts: &BTreeMap<String, u32>, mut words: Vec<String>) {
    words.sort_unstable();
    assert!(counts.keys().eq(&words), "{counts:?}, {words:?} expected");
    let share = 1.0 / words.len() as f64;
    let error = (share * (1.0 - share) / f64::from(N_DRAWS)).sqrt();
    for count in counts.values() {
        let found = f64::from(*count) / f64::from(N_DRAWS);
        assert!((found - share).abs() <= 4.0 * error, "{counts:?}");
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

const ENTRIES: [(&str, &str); 4] = [
    ("甲乙", "丙丁"),
    ("乙丙", "丁甲"),
    ("甲", "乙"),
    ("丙", "丁"),
];

#[test]
fn a_random_word_is_uniform_over_the_tables_words_of_that_length() {
    let pairs = words(&["甲 乙", "丙 丁", "乙 丙", "丁 甲"]);
    check_uniform(&counts(Some(&ENTRIES), &["gpu", "##s"]), pairs);
    check_uniform(
        &counts(Some(&ENTRIES), &["gpu"]),
        words(&["甲", "乙", "丙", "丁"]),
    );
}

#[test]
fn a_random_word_is_never_the_unit_itself() {
    let others = words(&["丙 丁", "乙 丙", "丁 甲"]);
    check_uniform(&counts(Some(&ENTRIES), &["甲", "乙"]), others);
    let others = words(&["乙", "丙", "丁", "gpu"]);
    check_uniform(&counts(None, &["甲"]), others);
}

#[test]
fn without_words_of_that_length_pieces_are_uniform_and_the_first_is_not_a_continuation() {
    let first = ["甲", "乙", "丙", "丁", "gpu"];
    let later = ["甲", "乙", "丙", "丁", "gpu", "##s", "##t"];
    let product = |firsts: &[&str]| -> Vec<String> {
        let pairs = firsts
            .iter()
            .flat_map(|one| later.map(|other| format!("{one} {other}")));
        pairs.collect()
    };
    let singles: &[(&str, &str)] = &[("甲", "乙")];
    check_uniform(&counts(Some(singles), &["gpu", "[UNK]"]), product(&first));
    let of_three = counts(Some(&ENTRIES), &["甲", "乙", "丙"]);
    let is_continuation = |word: &String| word.starts_with("##");
    assert!(!of_three.keys().any(is_continuation) && !of_three.contains_key("甲 乙 丙"));
    assert_eq!(of_three.len(), 5 * 7 * 7 - 1);
}

#[test]
fn if_there_are_two_words_of_a_length_the_other_is_drawn() {
    let entries: &[(&str, &str)] = &[("甲乙", "丙丁"), ("甲", "乙")];
    let counts = counts(Some(entries), &["甲", "乙"]);
    check_uniform(&counts, words(&["丙 丁"]));
}

#[test]
fn a_similar_word_is_uniform_over_the_candidates() {
    let vocabulary = vocabulary();
    let table = table(
        &vocabulary,
        &[("甲", "乙"), ("甲", "丙"), ("甲", "丁"), ("甲", "丙丁")],
    );
    let unit = ids(&vocabulary, &["甲"]);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut counts = BTreeMap::new();
    for _ in 0..N_DRAWS {
        let similar = draw_similar(&table, &unit, &mut rng).expect("a candidate");
        let pieces: Vec<&str> = similar.iter().map(|id| vocabulary.piece(*id)).collect();
        *counts.entry(pieces.join(" ")).or_default() += 1;
    }
    check_uniform(&counts, words(&["乙", "丙", "丁"]));
}

const COUNTS: &str = "甲 50\n乙 30\n丙 15\n丁 5\n";

/// Over a text in which words occur as often as their counts say, random words do so too.
#[test]
fn random_words_of_like_frequency_are_as_frequent_as_the_words_of_the_text() {
    let vocabulary = vocabulary();
    let entries = [("甲", "乙"), ("丙", "丁")];
    let table = counted_table(&vocabulary, &entries, Some(COUNTS));
    assert!(table.has_counts());
    let random = RandomWords::new(&vocabulary);
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let text = [("甲", 50), ("乙", 30), ("丙", 15), ("丁", 5)];
    let mut counts: BTreeMap<&str, i32> = BTreeMap::new();
    for (word, count) in text {
        let unit = ids(&vocabulary, &[word]);
        for _ in 0..100 * count {
            let mut out = unit.clone();
            // Without the rule that a word does not replace itself, which four words make much of.
            let known = table.word(&unit).and_then(|word| table.share_of(word));
            let drawn = table.pieces(draw_word(&table, 1, known.as_ref(), &mut rng));
            *counts.entry(vocabulary.piece(drawn[0])).or_default() += 1;
            random.draw(Some(&table), &unit, &mut rng, &mut out);
            assert_ne!(out, unit);
        }
    }
    for (word, count) in text {
        assert!((counts[word] - 100 * count).abs() < 200, "{counts:?}");
    }
}

#[test]
fn a_random_word_of_like_frequency_is_near_the_unit() {
    let vocabulary = vocabulary();
    let entries = [("甲", "乙"), ("丙", "丁")];
    let table = counted_table(&vocabulary, &entries, Some(COUNTS));
    let random = RandomWords::new(&vocabulary);
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut drawn = |word: &str| {
        let unit = ids(&vocabulary, &[word]);
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..2000 {
            let mut out = unit.clone();
            random.draw(Some(&table), &unit, &mut rng, &mut out);
            *counts
                .entry(vocabulary.piece(out[0]).to_owned())
                .or_default() += 1;
        }
        counts
    };
    // 丁 has the numbers from 0 to 0.05, 丙 those to 0.2, 乙 those to 0.5.
    assert!(drawn("丁").keys().eq(["丙"]));
    // 甲 itself is nine tenths of what is near it. If it is drawn too often, any other word of the table is taken.
    let others = drawn("甲");
    assert!(
        others.keys().eq(["丁", "丙", "乙"]) && others["乙"] > 1500,
        "{others:?}"
    );
    let neighbours = drawn("丙");
    let near = neighbours["丁"].min(neighbours["乙"]);
    let far = neighbours.get("甲").copied().unwrap_or(0);
    assert!(near > 500 && far < 10, "{neighbours:?}");
    // The table lacks this unit, so that every word can stand for it.
    assert_eq!(drawn("gpu").len(), 4);
}
