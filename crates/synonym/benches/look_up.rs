//! Looks words up and draws a similar word: words per second, in a table of 100,000 words of two pieces.
//!
//! Words are looked up as often as text has them (by Zipf's law), and each once in an order unlike that of the file. The
//! random generator is the one that masking uses.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use segment::{PieceId, PieceTokenizer, Vocabulary};
use synonym::{CompileOptions, Entry, SimilarWords, Weights, compile};

const N_CHARACTERS: u32 = 400;
const N_WORDS: u32 = 100_000;
const N_CANDIDATES: u32 = 5;

fn character(number: u32) -> char {
    char::from_u32(0x4e00 + number).expect("a CJK character")
}

fn word(number: u32) -> String {
    let number = number % N_WORDS;
    [number / N_CHARACTERS, number % N_CHARACTERS]
        .map(character)
        .iter()
        .collect()
}

fn table(weights: Weights) -> SimilarWords {
    let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(String::from);
    let characters = (0..N_CHARACTERS).map(|number| character(number).to_string());
    let vocabulary = Vocabulary::from_pieces(specials.into_iter().chain(characters).collect())
        .expect("a vocabulary");
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let entries: Vec<Entry> = (0..N_WORDS)
        .flat_map(|w| (1..=N_CANDIDATES).map(move |c| (w, c)))
        .map(|(w, c)| Entry::new(word(w), word(w + 7919 * c), 1.0 / c as f32))
        .collect();
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let options = CompileOptions {
        weights,
        ..CompileOptions::default()
    };
    let compiled = compile(&entries, &tokenizer, &vocabulary, &options, "bench");
    compiled.table.write(file.path()).expect("written");
    SimilarWords::open(file.path(), &vocabulary).expect("a table")
}

/// The pieces of the word at a frequency rank. Words of neighbouring ranks are far apart in the file.
fn pieces(rank: u32) -> [PieceId; 2] {
    let word = (u64::from(rank) * 40_503 % u64::from(N_WORDS)) as u32;
    [word / N_CHARACTERS, word % N_CHARACTERS].map(|character| PieceId::new(character + 4))
}

/// As many running words as the table has words; the n-th most frequent word has a share of about 1 / n.
fn as_text_has_them() -> Vec<[PieceId; 2]> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let rank = |share: f64| f64::from(N_WORDS).powf(share) as u32 - 1;
    (0..N_WORDS).map(|_| pieces(rank(rng.random()))).collect()
}

fn each_once() -> Vec<[PieceId; 2]> {
    (0..N_WORDS).map(pieces).collect()
}

fn look_up(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("look up and draw");
    group.throughput(Throughput::Elements(u64::from(N_WORDS)));
    for (weighted, weights) in [
        ("uniform", Weights::Uniform),
        ("weighted", Weights::Similarity),
    ] {
        let table = table(weights);
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for (asked, words) in [
            ("as text has them", as_text_has_them()),
            ("each once", each_once()),
        ] {
            group.bench_function(format!("{asked}, {weighted}"), |bencher| {
                bencher.iter(|| {
                    let mut sum = 0;
                    for ids in &words {
                        let candidates = table.candidates(table.word(ids).expect("in the table"));
                        let rank = candidates.rank_at(rng.random());
                        sum += table.pieces(candidates.word(rank))[0].index();
                    }
                    sum
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, look_up);
criterion_main!(benches);
