//! Neighbours equal those of a naive search in f64, ties included.

use proptest::prelude::*;
use segment::{PieceTokenizer, Vocabulary};

use super::{LeftOut, NearestOptions, frequency_ratio, nearest_entries};
use crate::filters::Filters;
use crate::list::Entry;
use crate::vectors::collection::Vectors;

const CHARACTERS: &str = "语言模型概率预测学习数据训练词";

fn tokenizer() -> PieceTokenizer {
    let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "gpu"].map(String::from);
    let pieces = specials
        .into_iter()
        .chain(CHARACTERS.chars().map(String::from));
    PieceTokenizer::new(
        &Vocabulary::from_pieces(pieces.collect()).expect("a vocabulary"),
        true,
    )
}

/// Words of one and of two characters, in turn.
fn words() -> impl Iterator<Item = String> {
    let pairs = CHARACTERS
        .chars()
        .flat_map(|a| CHARACTERS.chars().map(move |b| format!("{a}{b}")));
    let singles = CHARACTERS.chars().map(String::from);
    pairs
        .zip(singles.map(Some).chain(std::iter::repeat(None)))
        .flat_map(|(pair, single)| std::iter::once(pair).chain(single))
}

fn vectors(rows: Vec<Vec<f32>>) -> Vectors {
    Vectors::from_rows(words().zip(rows)).0
}

fn on_threads(n: usize, vectors: &Vectors, options: NearestOptions) -> Vec<Entry> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n)
        .build()
        .expect("a pool");
    let found =
        pool.install(|| nearest_entries(vectors, &tokenizer(), options, &Filters::default()));
    found.entries
}

/// All words of the same length, scored in f64 and sorted whole.
fn naive(vectors: &Vectors, word: usize, options: NearestOptions) -> Vec<Entry> {
    let name = |index: usize| vectors.words()[index].clone();
    let length = |index: usize| vectors.words()[index].chars().count();
    let least = (f64::from(options.min_similarity) * 1e6).round() as i64;
    let mut scored: Vec<(i64, usize)> = (0..vectors.words().len())
        .filter(|other| *other != word && length(*other) == length(word))
        .map(|other| ((vectors.cosine(word, other) * 1e6).round() as i64, other))
        .filter(|(score, _)| *score >= least)
        .collect();
    scored.sort_by_key(|(score, other)| (-score, *other));
    scored.truncate(options.top_k);
    scored
        .into_iter()
        .map(|(score, other)| Entry {
            weight: frequency_ratio(word, other),
            ..Entry::new(name(word), name(other), (score as f64 / 1e6) as f32)
        })
        .collect()
}

#[track_caller]
fn check(rows: Vec<Vec<f32>>, options: NearestOptions) {
    let vectors = vectors(rows);
    let found = on_threads(1, &vectors, options);
    assert_eq!(found, on_threads(4, &vectors, options));
    for (index, word) in vectors.words().iter().enumerate() {
        let of_word: Vec<Entry> = found.iter().filter(|e| &e.word == word).cloned().collect();
        assert_eq!(of_word, naive(&vectors, index, options));
    }
}

fn options() -> impl Strategy<Value = NearestOptions> {
    (0_usize..6, -1.0_f32..0.9).prop_map(|(top_k, min_similarity)| NearestOptions {
        top_k,
        min_similarity,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn neighbours_are_those_of_a_naive_search_for_any_number_of_threads(
        rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 7), 2..120),
        options in options(),
    ) {
        check(rows, options);
    }

    #[test]
    fn equal_scores_are_sorted_by_index_in_the_file(
        rows in prop::collection::vec(prop::collection::vec((-1_i8..=1).prop_map(f32::from), 3), 2..150),
        options in options(),
    ) {
        check(rows, options);
    }
}

#[test]
fn more_equal_vectors_than_a_batch_holds_are_sorted_by_index() {
    let options = NearestOptions {
        top_k: 3,
        min_similarity: 0.5,
    };
    check(vec![vec![1.0, 2.0]; 200], options);
}

#[test]
fn words_with_unknown_or_repeated_pieces_do_not_take_a_rank() {
    let words = ["语言", "语气", "模型", "GPU", "gpu", "概率", "\u{200b}"];
    let rows = words.map(|word| (word.to_owned(), vec![1.0, 1.0]));
    let (vectors, _) = Vectors::from_rows(rows);
    let options = NearestOptions {
        top_k: 2,
        min_similarity: 0.0,
    };
    let found = nearest_entries(&vectors, &tokenizer(), options, &Filters::default());
    let of = |word: &str| {
        let entries = found.entries.iter().filter(|e| e.word == word);
        entries.map(|e| e.similar.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of("语言"), ["模型", "概率"]);
    assert!(of("GPU").is_empty() && of("gpu").is_empty() && of("语气").is_empty());
    let left_out = LeftOut {
        n_unknown: 2,
        n_alike: 1,
        n_alone: 1,
    };
    assert_eq!(
        found.left_out, left_out,
        "语气 and a word without pieces; gpu; GPU, the only word of its class"
    );
}

#[test]
fn every_word_is_in_an_entry_or_is_counted_as_left_out() {
    let rows = [
        ("语言", [1.0, 0.0]),
        ("模型", [0.9, 0.1]),
        ("概率", [0.0, 1.0]),
    ];
    let rows = rows.map(|(word, row)| (word.to_owned(), row.to_vec()));
    let (vectors, _) = Vectors::from_rows(rows);
    for (top_k, min_similarity, n_alone) in [(2, 0.9, 1), (2, 0.0, 0), (2, 0.999, 3), (0, 0.0, 3)] {
        let options = NearestOptions {
            top_k,
            min_similarity,
        };
        let found = nearest_entries(&vectors, &tokenizer(), options, &Filters::default());
        assert_eq!(found.left_out.n_alone, n_alone, "{options:?}");
    }
}
