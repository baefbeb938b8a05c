//! Method §2, "What to expect", held against an independent simulation.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use masking::{Audit, Kind, Masker, MaskingOptions, Ngram, ObjectiveName, Selection, select, walk};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use segment::{PieceId, PieceTokenizer, UnitSpan, Vocabulary};
use synonym::{CompileOptions, Entry, SimilarWords, compile};

/// Shares of units of 1 to 4 pieces, shares of n-grams of 1 to 4 units, mean of masked pieces ÷ length with their
/// standard errors over 20,000 examples: the project's own copy of the numbers in `masking_expectations.json`.
const UNIT_LENGTHS: [f64; 4] = [0.40, 0.48, 0.08, 0.04];
const EXPECTED: [(usize, [f64; 4], f64); 2] = [
    (
        128,
        [0.462_751_6, 0.299_024_9, 0.169_378_0, 0.068_845_5],
        0.144_212_5,
    ),
    (
        512,
        [0.416_765_9, 0.301_090_3, 0.190_863_1, 0.091_280_7],
        0.147_395_8,
    ),
];
const N_EXAMPLES: usize = 4000;
const N_WORDS: usize = 20;

/// A vocabulary of `N_WORDS` characters, and a table where every unit of 1 to 4 pieces (of one character each, repeated)
/// has a similar word.
fn masker(name: ObjectiveName) -> Masker {
    let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(String::from);
    let characters: Vec<char> = ('一'..)
        .filter(|c| segment::is_cjk(*c))
        .take(N_WORDS)
        .collect();
    let pieces = specials
        .into_iter()
        .chain(characters.iter().map(char::to_string))
        .collect();
    let vocabulary = Arc::new(Vocabulary::from_pieces(pieces).unwrap());
    let word = |index: usize, n: usize| characters[index % N_WORDS].to_string().repeat(n);
    let entries: Vec<Entry> = (1..=4)
        .flat_map(|n| (0..N_WORDS).map(move |index| (index, n)))
        .flat_map(|(index, n)| {
            [
                Entry::new(word(index, n), word(index + 1, n), 1.0),
                Entry::new(word(index, n), word(index + 2, n), 0.5),
            ]
        })
        .collect();
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let compiled = compile(
        &entries,
        &tokenizer,
        &vocabulary,
        &CompileOptions::default(),
        "all",
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    compiled.table.write(file.path()).unwrap();
    let table = Arc::new(SimilarWords::open(file.path(), &vocabulary).unwrap());
    Masker::new(
        MaskingOptions::preset(name).resolve().unwrap(),
        vocabulary,
        Some(table),
    )
    .unwrap()
}

/// Units that fill two texts exactly, as the simulation draws them.
fn sequence(length: usize, rng: &mut ChaCha8Rng) -> (Vec<PieceId>, Vec<UnitSpan>, usize) {
    let n_pieces = length - 3;
    let n_first = rng.random_range(n_pieces / 4..=3 * n_pieces / 4);
    let (mut ids, mut units, mut n_units_first) = (vec![PieceId::new(2)], Vec::new(), 0);
    for (text, n_pieces) in [n_first, n_pieces - n_first].into_iter().enumerate() {
        let mut left = n_pieces;
        while left > 0 {
            let n = draw_length(rng).min(left);
            let id = PieceId::new(5 + rng.random_range(0..N_WORDS as u32));
            units.push(UnitSpan {
                start: ids.len() as u32,
                n_pieces: n as u32,
            });
            ids.extend(std::iter::repeat_n(id, n));
            left -= n;
        }
        if text == 0 {
            n_units_first = units.len();
        }
        ids.push(PieceId::new(3));
    }
    (ids, units, n_units_first)
}

fn draw_length(rng: &mut ChaCha8Rng) -> usize {
    let mut left: f64 = rng.random();
    UNIT_LENGTHS
        .iter()
        .position(|share| {
            left -= share;
            left < 0.0
        })
        .unwrap_or(3)
        + 1
}

#[test]
fn shares_are_those_of_an_independent_simulation() {
    let masker = masker(ObjectiveName::Mac);
    for (length, mix, mean) in EXPECTED {
        let mut rng = ChaCha8Rng::seed_from_u64(length as u64);
        let mut audit = Audit::new(&masker);
        let (mut filled, mut sizes) = (0.0, [0.0; 4]);
        for _ in 0..N_EXAMPLES {
            let (ids, units, n_first) = sequence(length, &mut rng);
            let masked = masker.mask(&ids, &units, n_first, &mut rng);
            filled += masked.positions.len() as f64 / length as f64 / N_EXAMPLES as f64;
            for ngram in &masked.taken {
                sizes[ngram.units.len() - 1] += 1.0;
            }
            audit.add(&ids, &units, n_first, None, &masked, &mut rng);
        }
        assert!(
            (filled - mean).abs() < 3e-4,
            "length {length}: {filled} of pieces, {mean} expected"
        );
        let total: f64 = sizes.iter().sum();
        for (n, expected) in mix.into_iter().enumerate() {
            let (share, error) = (
                sizes[n] / total,
                (expected * (1.0 - expected) / total).sqrt(),
            );
            let error = error * (1.0 + N_EXAMPLES as f64 / 20_000.0).sqrt() * 1.25; // n-grams of one example depend on each other
            assert!(
                (share - expected).abs() < 3.0 * error + 1e-4,
                "length {length}, {}-grams: {share}, {expected} expected",
                n + 1
            );
        }
        for line in audit.lines() {
            assert!(line.ok, "length {length}: {line:?}");
        }
        assert!(audit.fallback_shares().0 < 1e-9 && audit.kind_share(Kind::Similar) > 0.79);
    }
}

#[test]
fn the_audit_passes_for_every_objective_and_fails_for_a_wrong_mix() {
    for name in ObjectiveName::ALL {
        let masker = masker(name);
        let wrong = self::masker(ObjectiveName::AllMask);
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let (mut audit, mut wrong_audit) = (Audit::new(&masker), Audit::new(&masker));
        for _ in 0..1000 {
            let (ids, units, n_first) = sequence(128, &mut rng);
            let masked = masker.mask(&ids, &units, n_first, &mut rng);
            audit.add(
                &ids,
                &units,
                n_first,
                Some(u8::from(rng.random_bool(0.5))),
                &masked,
                &mut rng,
            );
            let masked = wrong.mask(&ids, &units, n_first, &mut rng);
            wrong_audit.add(&ids, &units, n_first, Some(1), &masked, &mut rng);
        }
        for line in audit.lines() {
            assert!(line.ok, "{}: {line:?}", name.name());
        }
        assert!(
            wrong_audit.lines().iter().any(|line| !line.ok),
            "{}",
            name.name()
        );
    }
}

/// Pieces of each unit, units of the first text, budget, and each unit's exact chance to be masked.
type Exact = (&'static [usize], u32, usize, &'static [f64]);

/// Small examples solved over all draws and orders: the rule `cut_and_stop` of `ngram_mix.json`.
const EXACT: [Exact; 4] = [
    (
        &[1, 1, 1, 1, 1],
        3,
        3,
        &[0.7564, 0.5824, 0.5344, 0.6024, 0.5244],
    ),
    (
        &[1, 2, 1, 3, 2, 1, 1],
        4,
        4,
        &[
            0.442_136, 0.350_878, 0.385_605, 0.216_930, 0.369_438, 0.383_511, 0.367_779,
        ],
    ),
    (
        &[2, 2, 1, 2, 1, 1, 2, 1],
        3,
        5,
        &[
            0.442_609, 0.356_765, 0.366_378, 0.416_803, 0.403_365, 0.424_664, 0.323_730, 0.374_002,
        ],
    ),
    (&[3, 3, 4], 1, 2, &[0.0, 0.0, 0.0]),
];

#[test]
fn small_examples_agree_with_the_exact_solution() {
    const RUNS: u32 = 60_000;
    for (lengths, border, budget, expected) in EXACT {
        let mut chance = vec![0.0; lengths.len()];
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        for _ in 0..RUNS {
            let mut ngrams: Vec<Ngram> = Vec::new();
            for run in [0..border, border..lengths.len() as u32] {
                walk(run, &[0.4, 0.3, 0.2, 0.1], &mut rng, &mut ngrams);
            }
            let mut taken = Vec::new();
            let selection = Selection {
                budget,
                fallback_cap: budget,
                n_pieces: &|unit| lengths[unit],
                n_fallback: &|_, _| 0,
            };
            select(&mut ngrams, &selection, &mut rng, &mut taken);
            for unit in taken.iter().flat_map(|ngram| ngram.units.clone()) {
                chance[unit as usize] += 1.0 / f64::from(RUNS);
            }
        }
        for (found, expected) in chance.iter().zip(expected) {
            assert!((found - expected).abs() < 0.008, "{lengths:?}: {chance:?}");
        }
    }
}
