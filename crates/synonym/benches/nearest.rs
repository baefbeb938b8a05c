//! Builds the table of a file of vectors, prints the time, and compares the result with a naive search in f64:
//! `cargo bench -p synonym --bench nearest -- VECTORS VOCABULARY`. Without arguments it does nothing.
#![expect(clippy::print_stdout, reason = "a bench prints its results")]

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;
use segment::{PieceId, PieceTokenizer, Vocabulary};
use synonym::{
    CompileOptions, Entry, Filters, NearestOptions, VectorFormat, Vectors, WordClass, compile,
    nearest_entries, read_vectors,
};

const TOP_K: usize = 10;
/// How many words, spread evenly over the file, are compared with the naive search.
const N_CHECKED: usize = 1000;
/// Scores may differ by this, and words whose scores differ by less may swap ranks.
const TOLERANCE: f64 = 1e-6;

fn main() {
    // Cargo adds the argument `--bench`.
    let paths: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let [vectors, vocabulary] = &paths[..] else {
        println!("nearest: give VECTORS and VOCABULARY");
        return;
    };
    let format = VectorFormat::of(Path::new(vectors)).expect("a known format");
    let vocabulary = Vocabulary::read(Path::new(vocabulary)).expect("a vocabulary");
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let start = Instant::now();
    let (vectors, _) = read_vectors(Path::new(vectors), format, None).expect("vectors");
    let options = NearestOptions {
        top_k: TOP_K,
        min_similarity: -1.0,
    };
    let found = nearest_entries(&vectors, &tokenizer, options, &Filters::default());
    let compiled = compile(
        &found.entries,
        &tokenizer,
        &vocabulary,
        &CompileOptions::default(),
        "bench",
    );
    println!(
        "{} words × {}, best {TOP_K}: {} bytes of table in {:.1} s, peak {} MB",
        vectors.words().len(),
        vectors.n_dimensions(),
        compiled.table.bytes().len(),
        start.elapsed().as_secs_f64(),
        peak_bytes() / 1_000_000
    );
    check(&vectors, &tokenizer, &found.entries);
}

fn check(vectors: &Vectors, tokenizer: &PieceTokenizer, entries: &[Entry]) {
    let mut of_word: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in entries {
        of_word.entry(&entry.word).or_default().push(entry);
    }
    let ids: Vec<Vec<PieceId>> = vectors
        .words()
        .par_iter()
        .map(|word| {
            tokenizer
                .pieces(word)
                .iter()
                .map(|piece| piece.id)
                .collect()
        })
        .collect();
    let heads: Vec<usize> = (0..ids.len())
        .filter(|word| of_word.contains_key(vectors.words()[*word].as_str()))
        .collect();
    let checked: Vec<usize> = heads
        .iter()
        .step_by((heads.len() / N_CHECKED).max(1))
        .take(N_CHECKED)
        .copied()
        .collect();
    let worst = checked
        .par_iter()
        .map(|word| check_word(vectors, &ids, *word, &of_word))
        .reduce(|| (0.0, 0), |a, b| (f64::max(a.0, b.0), a.1 + b.1));
    println!(
        "{} words against a naive search in f64: scores differ by {:.2e} at most, {} ranks by more than {TOLERANCE:e}",
        checked.len(),
        worst.0,
        worst.1
    );
}

/// The greatest difference of a score, and the number of ranks that hold a word with another score than the rank's.
fn check_word(
    vectors: &Vectors,
    ids: &[Vec<PieceId>],
    word: usize,
    of_word: &HashMap<&str, Vec<&Entry>>,
) -> (f64, usize) {
    let words = vectors.words();
    let found = &of_word[words[word].as_str()];
    let class = WordClass::of(&words[word]);
    // Only one of several words with the same pieces takes part; it is the one with entries.
    let mut naive: Vec<(f64, usize)> = (0..words.len())
        .filter(|other| *other != word && ids[*other].len() == ids[word].len())
        .filter(|other| WordClass::of(&words[*other]) == class)
        .filter(|other| of_word.contains_key(words[*other].as_str()))
        .map(|other| (cosine(vectors.row(word), vectors.row(other)), other))
        .collect();
    naive.sort_by(|a, b| b.0.total_cmp(&a.0));
    assert_eq!(found.len(), naive.len().min(TOP_K), "{}", words[word]);
    let scores: HashMap<&str, f64> = naive
        .iter()
        .map(|(score, other)| (words[*other].as_str(), *score))
        .collect();
    let (mut most, mut n_wrong) = (0.0, 0);
    for (entry, (score, _)) in found.iter().zip(&naive) {
        let own = scores
            .get(entry.similar.as_str())
            .copied()
            .unwrap_or(f64::NAN);
        most = f64::max(most, (f64::from(entry.score) - own).abs());
        let is_near = (own - score).abs() <= TOLERANCE;
        n_wrong += usize::from(!is_near);
    }
    (most, n_wrong)
}

/// The cosine, with the lengths too in f64.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    kib.and_then(|kib| kib.trim().parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}
