//! The laws of masking, and the corner cases of method §8.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use segment::{PieceId, PieceTokenizer, UnitSpan, Vocabulary};
use synonym::{CompileOptions, Entry, SimilarWords, compile};

use super::{Masked, Masker, MaskerError};
use crate::budget::most_masked;
use crate::objective::{MaskUnit, MaskingOptions, ObjectiveName};
use crate::replace::Kind;

const HAN: &str = "语言模型概率预测学习数据训练词文";

fn vocabulary(mask: bool) -> Arc<Vocabulary> {
    let specials = ["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]"].map(String::from);
    let mask = mask.then(|| "[MASK]".to_owned());
    let rest = HAN
        .chars()
        .map(String::from)
        .chain(["gpu", "##s", "##t"].map(String::from));
    Arc::new(
        Vocabulary::from_pieces(specials.into_iter().chain(mask).chain(rest).collect())
            .expect("a vocabulary"),
    )
}

fn table(vocabulary: &Vocabulary, entries: &[(&str, &str)]) -> Arc<SimilarWords> {
    let entries: Vec<Entry> = entries
        .iter()
        .map(|(w, s)| Entry::new(*w, *s, 1.0))
        .collect();
    let tokenizer = PieceTokenizer::new(vocabulary, true);
    let compiled = compile(
        &entries,
        &tokenizer,
        vocabulary,
        &CompileOptions::default(),
        "test",
    );
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    compiled.table.write(file.path()).expect("written");
    Arc::new(SimilarWords::open(file.path(), vocabulary).expect("a table"))
}

fn masker(options: &MaskingOptions, entries: &[(&str, &str)]) -> Masker {
    let vocabulary = vocabulary(true);
    let table = table(&vocabulary, entries);
    Masker::new(
        options.resolve().expect("an objective"),
        vocabulary,
        Some(table),
    )
    .expect("a masker")
}

/// `[CLS] A [SEP] B [SEP]` from the texts of its units; `?` stands for an unknown unit.
fn sequence(
    vocabulary: &Vocabulary,
    first: &[&str],
    second: &[&str],
) -> (Vec<PieceId>, Vec<UnitSpan>, usize) {
    let specials = vocabulary.specials();
    let (mut ids, mut units) = (vec![specials.cls], Vec::new());
    for text in [first, second] {
        for unit in text {
            let start = ids.len() as u32;
            if *unit == "?" {
                ids.push(specials.unk);
            } else {
                ids.extend(
                    unit.chars()
                        .map(|c| vocabulary.id(&c.to_string()).expect("known")),
                );
            }
            units.push(UnitSpan {
                start,
                n_pieces: ids.len() as u32 - start,
            });
        }
        ids.push(specials.sep);
    }
    (ids, units, first.len())
}

fn draw(
    masker: &Masker,
    (ids, units, n_first): &(Vec<PieceId>, Vec<UnitSpan>, usize),
    seed: u64,
) -> Masked {
    masker.mask(ids, units, *n_first, &mut ChaCha8Rng::seed_from_u64(seed))
}

const MAC: MaskingOptions = MaskingOptions::preset(ObjectiveName::Mac);

#[test]
fn a_table_without_a_candidate_of_the_units_length_means_fallback() {
    let all_similar = MaskingOptions {
        similar: Some(1.0),
        random: Some(0.0),
        kept: Some(0.0),
        ..MAC
    };
    let masker = masker(&all_similar, &[("语", "言")]);
    let sequence = sequence(masker.vocabulary(), &["模型", "概率"], &["预测"]);
    let masked = draw(&masker, &sequence, 1);
    assert!(
        masked.kinds.is_empty(),
        "no unit of two pieces fits a budget of one"
    );
    let wide = MaskingOptions {
        rate: Some(0.5),
        ..all_similar
    };
    let masker = self::masker(&wide, &[("语", "言")]);
    let masked = draw(&masker, &sequence, 1);
    assert!(!masked.kinds.is_empty() && masked.kinds.iter().all(|kind| *kind == Kind::Fallback));
}

#[test]
fn first_units_longer_than_the_whole_budget_are_passed_over() {
    let masker = masker(&MAC, &[]);
    for (first, second, position) in [
        (&["语言模型", "概率预测"][..], "词", 10),
        (&["语言模型", "词"][..], "概率预测", 5),
    ] {
        let sequence = sequence(masker.vocabulary(), first, &[second]);
        for seed in 0..50 {
            let masked = draw(&masker, &sequence, seed);
            assert_eq!(masked.positions, [position], "the one unit that fits");
        }
    }
}

/// Method §2.3 and §8.3: a budget of 3 holds one unit of two pieces, and half of the next one.
#[test]
fn an_ngram_whose_first_unit_is_longer_than_what_is_left_is_taken_with_the_chance_of_its_part() {
    const RUNS: u64 = 2000;
    for ngram_shares in [vec![1.0], vec![0.0, 1.0]] {
        let options = MaskingOptions {
            rate: Some(0.35),
            ngram_shares: Some(ngram_shares),
            ..MAC
        };
        let masker = masker(&options, &[]);
        let sequence = sequence(masker.vocabulary(), &["语言", "模型"], &["概率"]);
        let mut n_exceeding = 0;
        for seed in 0..RUNS {
            let masked = draw(&masker, &sequence, seed);
            assert_eq!(masked.budget, 3);
            assert!(
                [2, 4].contains(&masked.positions.len()),
                "and it ends there"
            );
            n_exceeding += u64::from(masked.positions.len() == 4);
        }
        assert!(
            n_exceeding.abs_diff(RUNS / 2) < 90,
            "{n_exceeding} of {RUNS}"
        );
    }
}

/// Method §2.3: k plus the longest unit less one piece.
#[test]
fn masks_exceed_the_budget_by_the_longest_unit_less_one_piece_at_most() {
    let options = MaskingOptions {
        rate: Some(0.3),
        ..MAC
    };
    let masker = masker(&options, &[]);
    let sequence = sequence(masker.vocabulary(), &["词", "文"], &["语言模型"]);
    let counts = (0..500).map(|seed| draw(&masker, &sequence, seed));
    let counts: BTreeSet<usize> = counts.map(|masked| masked.positions.len()).collect();
    assert_eq!(most_masked(0.3, 9, 4), 5);
    assert_eq!(counts, BTreeSet::from([1, 2, 5]));
}

#[test]
fn the_cap_of_an_example_is_a_draw_whose_mean_is_a_tenth_of_the_budget() {
    const RUNS: u64 = 4000;
    let options = MaskingOptions {
        rate: Some(1.0),
        ..MAC
    };
    let masker = masker(&options, &[("语言", "模型")]);
    let sequence = sequence(
        masker.vocabulary(),
        &["语言", "模型"],
        &["数据", "训练", "词文"],
    );
    let caps: Vec<usize> = (0..RUNS)
        .map(|seed| draw(&masker, &sequence, seed).fallback_cap)
        .collect();
    assert!(caps.iter().all(|cap| [1, 2].contains(cap)), "0.1 × 13");
    let mean = caps.iter().sum::<usize>() as f64 / RUNS as f64;
    assert!((mean - 1.3).abs() < 0.03, "{mean}");
}

#[test]
fn an_example_with_fewer_units_than_n_is_masked_all_the_same() {
    let four = MaskingOptions {
        ngram_shares: Some(vec![0.0, 0.0, 0.0, 1.0]),
        rate: Some(1.0),
        ..MAC
    };
    let masker = masker(&four, &[]);
    let masked = draw(&masker, &sequence(masker.vocabulary(), &["词"], &["文"]), 1);
    let sizes: Vec<usize> = masked.taken.iter().map(|ngram| ngram.units.len()).collect();
    assert_eq!((sizes, masked.taken[0].drawn), (vec![1, 1], 4));
}

#[test]
fn unknown_units_are_masked_only_if_asked_for() {
    let units: (&[&str], &[&str]) = (&["?", "?", "语"], &["?"]);
    let masker = masker(&MAC, &[]);
    let masked = draw(&masker, &sequence(masker.vocabulary(), units.0, units.1), 3);
    assert_eq!(masked.positions, [3]);
    let all = MaskingOptions {
        mask_unknown: Some(true),
        rate: Some(1.0),
        ..MAC
    };
    let masker = self::masker(&all, &[]);
    let masked = draw(&masker, &sequence(masker.vocabulary(), units.0, units.1), 3);
    assert_eq!(
        masked
            .labels
            .iter()
            .filter(|id| **id == masker.vocabulary().specials().unk)
            .count(),
        3
    );
}

#[test]
fn the_smallest_examples_do_not_panic() {
    for objective in ObjectiveName::ALL {
        let masker = masker(&MaskingOptions::preset(objective), &[]);
        for (first, second) in [
            (&[][..], &[][..]),
            (&["词"][..], &[][..]),
            (&[][..], &["?"][..]),
        ] {
            draw(&masker, &sequence(masker.vocabulary(), first, second), 1);
        }
    }
}

#[test]
fn objectives_that_do_not_need_a_mask_piece_work_without_one() {
    let vocabulary = vocabulary(false);
    let make = |name: ObjectiveName| {
        let objective = MaskingOptions::preset(name)
            .resolve()
            .expect("an objective");
        Masker::new(
            objective,
            Arc::clone(&vocabulary),
            Some(table(&vocabulary, &[])),
        )
        .err()
    };
    assert_eq!(make(ObjectiveName::Mac), None);
    assert_eq!(make(ObjectiveName::RandomReplace), None);
    assert_eq!(make(ObjectiveName::Wwm), Some(MaskerError::NoMaskPiece));
    let objective = MAC.resolve().expect("an objective");
    assert_eq!(
        Masker::new(objective, vocabulary, None).err(),
        Some(MaskerError::NoTable)
    );
}

#[test]
fn a_word_has_one_kind() {
    let wide = MaskingOptions {
        rate: Some(0.9),
        ..MAC
    };
    let masker = masker(
        &wide,
        &[("语言", "模型"), ("概率", "预测"), ("模型", "语言")],
    );
    let sequence = sequence(
        masker.vocabulary(),
        &["语言", "概率", "模型"],
        &["数据训练"],
    );
    for seed in 0..200 {
        let masked = draw(&masker, &sequence, seed);
        for (unit, kind) in &masked.units {
            let kinds = masked
                .positions
                .iter()
                .zip(&masked.kinds)
                .filter(|(p, _)| unit.range().contains(&(**p as usize)));
            assert!(
                kinds.clone().count() == unit.n_pieces as usize
                    && kinds.clone().all(|(_, k)| k == kind)
            );
        }
    }
}

#[test]
fn random_words_are_words_of_the_table_of_the_same_length() {
    let random = MaskingOptions {
        rate: Some(0.6),
        ..MaskingOptions::preset(ObjectiveName::RandomReplace)
    };
    let masker = masker(&random, &[("语言", "模型"), ("概率", "预测")]);
    let sequence = sequence(masker.vocabulary(), &["语言", "数据"], &["词文"]);
    let table = masker.table().expect("a table");
    for seed in 0..100 {
        let masked = draw(&masker, &sequence, seed);
        for (unit, kind) in &masked.units {
            let new = &masked.input_ids[unit.range()];
            assert!(*kind == Kind::Kept || table.word(new).is_some(), "{new:?}");
        }
    }
}

fn texts() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    let unit =
        prop_oneof![8 => "[语言模型概率预测学习数据训练词文]{1,4}", 1 => Just("?".to_owned())];
    (
        prop::collection::vec(unit.clone(), 0..40),
        prop::collection::vec(unit, 0..40),
    )
}

proptest! {
    #[test]
    fn there_is_a_label_if_any_unit_fits((first, second) in texts(), seed: u64) {
        let masker = masker(&MAC, &[("语言", "模型"), ("词", "文")]);
        let first: Vec<&str> = first.iter().map(String::as_str).collect();
        let second: Vec<&str> = second.iter().map(String::as_str).collect();
        let sequence = sequence(masker.vocabulary(), &first, &second);
        let masked = draw(&masker, &sequence, seed);
        let mut units = first.iter().chain(&second);
        let fits = units.any(|unit| *unit != "?" && unit.chars().count() <= masked.budget);
        prop_assert_eq!(fits, !masked.positions.is_empty());
    }

    #[test]
    fn every_objective_keeps_the_laws(
        (first, second) in texts(), seed: u64, objective in prop::sample::select(ObjectiveName::ALL.to_vec()),
    ) {
        let masker = masker(&MaskingOptions::preset(objective), &[("语言", "模型"), ("词", "文"), ("概率", "预测")]);
        let first: Vec<&str> = first.iter().map(String::as_str).collect();
        let second: Vec<&str> = second.iter().map(String::as_str).collect();
        let sequence = sequence(masker.vocabulary(), &first, &second);
        let masked = draw(&masker, &sequence, seed);
        prop_assert_eq!(&masked, &draw(&masker, &sequence, seed));
        let (ids, units, n_first) = &sequence;
        let vocabulary = masker.vocabulary();
        // The budget is kept up to the last unit, positions rise, labels are the originals, and nothing else changes.
        let longest = match masker.objective().unit {
            MaskUnit::Word => units.iter().map(|unit| unit.n_pieces as usize).max().unwrap_or(0),
            MaskUnit::Piece => 1,
        };
        prop_assert!(masked.positions.len() <= most_masked(0.15, ids.len(), longest));
        prop_assert!(masked.positions.windows(2).all(|pair| pair[0] < pair[1]));
        for (position, id) in ids.iter().enumerate() {
            let found = masked.positions.binary_search(&(position as u32));
            let labelled = found.map_or(masked.input_ids[position], |index| masked.labels[index]);
            prop_assert_eq!(labelled, *id);
        }
        // Special tokens are neither masked nor drawn, and no random word starts with a `##` piece.
        for (position, kind) in masked.positions.iter().zip(&masked.kinds) {
            let (old, new) = (ids[*position as usize], masked.input_ids[*position as usize]);
            prop_assert!(vocabulary.is_ordinary(old));
            let mask = vocabulary.specials().mask;
            let fits = if *kind == Kind::Mask { Some(new) == mask } else { vocabulary.is_ordinary(new) };
            prop_assert!(fits);
        }
        for (unit, kind) in &masked.units {
            let (old, new) = (&ids[unit.range()], &masked.input_ids[unit.range()]);
            prop_assert_eq!(*kind == Kind::Kept, old == new);
            prop_assert!(!matches!(kind, Kind::Random | Kind::Fallback) || !vocabulary.is_continuation(new[0]));
        }
        // Units are masked whole; n-grams are disjoint and inside one text.
        if masker.objective().unit == MaskUnit::Word {
            prop_assert!(masked.units.iter().all(|(unit, _)| units.contains(unit)));
            let boundary = *n_first as u32;
            prop_assert!(masked.taken.iter().all(|n| n.units.end <= boundary || n.units.start >= boundary));
        }
        let mut covered: Vec<u32> = masked.taken.iter().flat_map(|n| n.units.clone()).collect();
        let n_covered = covered.len();
        covered.sort_unstable();
        covered.dedup();
        prop_assert_eq!((covered.len(), masked.units.len()), (n_covered, n_covered));
    }
}
