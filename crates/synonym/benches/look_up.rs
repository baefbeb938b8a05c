//! Looking words up and drawing a similar one: nanoseconds a word, among 100,000 words of two pieces, asked for in no order
//! of the file; the generator is masking's.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use segment::{PieceId, PieceTokenizer, Vocabulary};
use synonym::{CompileOptions, Entry, SimilarWords, Weights, compile};

const N_CHARACTERS: u32 = 400;
const N_WORDS: u32 = 100_000;
const N_CANDIDATES: u32 = 10;

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

/// Words of the table, each once; steps that share no factor with their number, so that neighbours are not asked in turn.
fn asked() -> Vec<[PieceId; 2]> {
    (0..N_WORDS)
        .map(|index| u64::from(index) * 40_503 % u64::from(N_WORDS))
        .map(|word| {
            [
                word / u64::from(N_CHARACTERS),
                word % u64::from(N_CHARACTERS),
            ]
        })
        .map(|pair| pair.map(|character| PieceId::new(character as u32 + 4)))
        .collect()
}

fn look_up(criterion: &mut Criterion) {
    let asked = asked();
    let mut group = criterion.benchmark_group("look up and draw");
    group.throughput(Throughput::Elements(u64::from(N_WORDS)));
    for (name, weights) in [
        ("uniform", Weights::Uniform),
        ("weighted", Weights::Similarity),
    ] {
        let table = table(weights);
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut sum = 0;
                for ids in &asked {
                    let candidates = table.candidates(table.word(ids).expect("in the table"));
                    let rank = candidates.rank_at(rng.random());
                    sum += table.pieces(candidates.word(rank))[0].index();
                }
                sum
            });
        });
    }
    group.finish();
}

criterion_group!(benches, look_up);
criterion_main!(benches);
