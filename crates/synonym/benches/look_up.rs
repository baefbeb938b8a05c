//! Looking words up: nanoseconds a word, among 100,000 words of two pieces, half of the words asked for unknown.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use segment::{PieceId, PieceTokenizer, Vocabulary};
use synonym::{CompileOptions, Entry, SimilarWords, compile};

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

fn look_up(criterion: &mut Criterion) {
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
    let options = CompileOptions::default();
    let compiled = compile(&entries, &tokenizer, &vocabulary, &options, "bench");
    compiled.table.write(file.path()).expect("written");
    let table = SimilarWords::open(file.path(), &vocabulary).expect("a table");

    // Steps that share no factor with the number of pairs, so that neighbours in the file are not asked in turn.
    let n_pairs = N_CHARACTERS * N_CHARACTERS;
    let asked: Vec<[PieceId; 2]> = (0..N_WORDS)
        .map(|index| index.wrapping_mul(40_503) % n_pairs)
        .map(|pair| [pair / N_CHARACTERS, pair % N_CHARACTERS].map(|c| PieceId::new(c + 4)))
        .collect();
    let mut group = criterion.benchmark_group("similar words");
    group.throughput(Throughput::Elements(u64::from(N_WORDS)));
    group.bench_function("look up and read a candidate", |bencher| {
        bencher.iter(|| {
            let mut sum = 0;
            for (draw, ids) in asked.iter().enumerate() {
                if let Some(word) = table.word(ids) {
                    let candidates = table.candidates(word);
                    let candidate = candidates.word(draw % candidates.len());
                    sum += table.pieces(candidate)[0].index();
                }
            }
            sum
        });
    });
    group.finish();
}

criterion_group!(benches, look_up);
criterion_main!(benches);
