//! The audit marks statistics that follow the method as ok and others as off, for examples of mixed lengths.

use masking::{Audit, AuditLine, AuditUnit, Kind, Masker, MaskingOptions, ObjectiveName};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::sequences::{N_WORDS, Sequence, masker, sequence};

const MAC: MaskingOptions = MaskingOptions::preset(ObjectiveName::Mac);

/// The audit, by the rules of `judge`, of `n_examples` of 20 to 128 pieces that `masks` masked.
fn audit(judge: &Masker, masks: &Masker, n_examples: usize) -> Vec<AuditLine> {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut audit = Audit::new(judge);
    for index in 0..n_examples {
        let length = rng.random_range(20..=128);
        let Sequence {
            ids,
            units,
            n_first,
        } = sequence(length, &mut rng);
        let masked = masks.mask(&ids, &units, n_first, &mut rng);
        let label = Some(u8::from(index.is_multiple_of(2)));
        audit.add(&ids, &units, n_first, label, &masked, &mut rng);
    }
    audit.lines()
}

/// The names of the lines that are off.
fn off(lines: &[AuditLine]) -> Vec<&str> {
    let off = lines.iter().filter(|line| !line.ok);
    off.map(|line| line.name.as_str()).collect()
}

#[track_caller]
fn check_off(lines: &[AuditLine], name_start: &str) {
    assert!(
        off(lines).iter().any(|name| name.starts_with(name_start)),
        "{:?}",
        off(lines)
    );
}

#[test]
fn examples_of_mixed_lengths_that_follow_the_method_are_ok() {
    for name in ObjectiveName::ALL {
        let masker = masker(&MaskingOptions::preset(name), |_, _| true);
        let lines = audit(&masker, &masker, 2000);
        assert_eq!(off(&lines), [""; 0], "{}", name.name());
    }
}

#[test]
fn a_table_that_knows_only_some_words_is_ok() {
    for n_known in [0, 5, 15] {
        let masker = masker(&MAC, |_, index| index < n_known);
        assert_eq!(off(&audit(&masker, &masker, 2000)), [""; 0], "{n_known}");
    }
    let long = masker(&MAC, |n_pieces, _| n_pieces > 1);
    assert_eq!(off(&audit(&long, &long, 2000)), [""; 0]);
}

#[test]
fn a_selection_that_fills_less_or_more_than_the_budget_is_off() {
    let judge = masker(&MAC, |_, _| true);
    for rate in [0.14, 0.16] {
        let options = MaskingOptions {
            rate: Some(rate),
            ..MAC
        };
        let wrong = masker(&options, |_, _| true);
        check_off(&audit(&judge, &wrong, 2000), "masked pieces ÷ length");
    }
}

#[test]
fn wrong_shares_of_ngrams_are_off_even_if_the_table_is_sparse() {
    let sparse = |_: usize, index: usize| index < N_WORDS / 4;
    let wrong = MaskingOptions {
        ngram_shares: Some(vec![0.52, 0.28, 0.14, 0.06]),
        ..MAC
    };
    let lines = audit(&masker(&MAC, sparse), &masker(&wrong, sparse), 2000);
    check_off(&lines, "n-grams of 1");
}

#[test]
fn selection_without_the_fallback_cap_is_off_if_the_table_is_sparse() {
    let sparse = |_: usize, index: usize| index < N_WORDS / 4;
    let wrong = MaskingOptions {
        fallback_cap: Some(1.0),
        ..MAC
    };
    let lines = audit(&masker(&MAC, sparse), &masker(&wrong, sparse), 500);
    check_off(&lines, "units: fallback");
    check_off(&lines, "examples with more fallbacks");
}

#[test]
fn wrong_shares_of_kinds_are_off() {
    let wrong = MaskingOptions {
        similar: Some(0.77),
        kept: Some(0.13),
        ..MAC
    };
    let (judge, wrong) = (masker(&MAC, |_, _| true), masker(&wrong, |_, _| true));
    let lines = audit(&judge, &wrong, 2000);
    check_off(&lines, "units: similar");
    check_off(&lines, "units: kept");
}

#[test]
fn an_order_label_that_never_changes_is_off() {
    let masker = masker(&MAC, |_, _| true);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut audit = Audit::new(&masker);
    for _ in 0..100 {
        let Sequence {
            ids,
            units,
            n_first,
        } = sequence(32, &mut rng);
        let masked = masker.mask(&ids, &units, n_first, &mut rng);
        audit.add(&ids, &units, n_first, Some(1), &masked, &mut rng);
    }
    check_off(&audit.lines(), "order label 1");
}

#[test]
fn audit_lines_are_counts_of_violations_or_shares() {
    let masker = masker(&MAC, |_, _| true);
    let lines = audit(&masker, &masker, 10);
    let counts = lines.iter().filter(|line| line.unit == AuditUnit::Count);
    assert_eq!(counts.count(), 6);
    let first = lines.iter().find(|line| line.name.starts_with("n-grams"));
    let name = first.map(|line| line.name.as_str());
    let published = "n-grams of 1 (published: 46 % at length 128, 42 % at 512)";
    assert_eq!(name, Some(published));
}

/// Method §2, "What to expect" (c): fallbacks count towards the 80 % of similar words. The table knows half of the words.
#[test]
fn kinds_keep_their_shares_under_the_fallback_cap() {
    const N_EXAMPLES: usize = 2000;
    let masker = masker(&MAC, |_, index| index < N_WORDS / 2);
    let mut rng = ChaCha8Rng::seed_from_u64(17);
    let mut counts = [0.0; Kind::ALL.len()];
    let (mut n_fallback_pieces, mut n_pieces) = (0, 0);
    for _ in 0..N_EXAMPLES {
        let Sequence {
            ids,
            units,
            n_first,
        } = sequence(128, &mut rng);
        let masked = masker.mask(&ids, &units, n_first, &mut rng);
        for (_, kind) in &masked.units {
            counts[*kind as usize] += 1.0;
        }
        let fallbacks = masked.kinds.iter().filter(|kind| **kind == Kind::Fallback);
        n_fallback_pieces += fallbacks.count() - masked.n_beyond_cap;
        n_pieces += masked.budget;
    }
    let total: f64 = counts.iter().sum();
    let [similar, random, kept, fallback, mask] = counts.map(|count| count / total);
    for (share, expected) in [(similar + fallback, 0.8), (random, 0.1), (kept, 0.1)] {
        let error = (expected * (1.0 - expected) / total).sqrt();
        assert!(
            (share - expected).abs() < 3.0 * error,
            "{share}, {expected} expected"
        );
    }
    assert!(mask < 1e-9 && fallback > 0.05);
    // ⌈0.1 × 19⌉ of 19 pieces.
    assert!(n_fallback_pieces * 19 <= n_pieces * 2);
}
