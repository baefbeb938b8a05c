//! The audit marks statistics that follow the method as ok and others as off, for examples of mixed lengths.

use masking::{Audit, AuditLine, AuditUnit, Expected, Kind, Masker, MaskingOptions, ObjectiveName};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use segment::PieceId;

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
    let simulated = "n-grams of 1 (simulated: 46 % at length 128, 42 % at 512)";
    assert_eq!(name, Some(simulated));
}

/// Method §2, "What to expect" (c): fallbacks count towards the 80 % of similar words. The table knows half of the words.
/// (a): at most 10 % of the masked pieces are fallbacks, which the cap of each example only keeps on average.
#[test]
fn kinds_keep_their_shares_under_the_fallback_cap() {
    const N_EXAMPLES: usize = 2000;
    let masker = masker(&MAC, |_, index| index < N_WORDS / 2);
    let mut rng = ChaCha8Rng::seed_from_u64(17);
    let mut counts = [0.0; Kind::ALL.len()];
    let (mut n_fallback_pieces, mut n_pieces, mut n_at_cap) = (0, 0, 0);
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
        let n_fallbacks = fallbacks.count() - masked.n_beyond_cap;
        n_fallback_pieces += n_fallbacks;
        n_pieces += masked.positions.len();
        n_at_cap += usize::from(n_fallbacks == 2);
        assert!(n_fallbacks <= masked.fallback_cap && masked.fallback_cap <= 2);
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
    assert!(mask < 1e-9 && fallback > 0.05 && n_at_cap > 1000);
    assert!(n_fallback_pieces * 10 <= n_pieces);
}

/// The audit of a table that knows the first words of each length.
fn lines_of(n_known: usize) -> Vec<AuditLine> {
    let masker = masker(&MAC, |_, index| index < n_known);
    audit(&masker, &masker, 2000)
}

#[track_caller]
fn share_of(lines: &[AuditLine], name: &str) -> f64 {
    let line = lines.iter().find(|line| line.name == name);
    line.unwrap_or_else(|| panic!("no line {name}")).realised
}

#[test]
fn words_with_and_without_a_similar_word_have_lines_of_their_own() {
    let lines = lines_of(N_WORDS / 2);
    let of = |name: &str| share_of(&lines, name);
    // The cap passes over n-grams with unknown words, so words with a similar word are masked more often.
    assert!(of("units with a similar word: masked") > 0.17);
    assert!(of("units without a similar word: masked") < 0.14);
    for (class, kind) in [("with", "similar"), ("without", "fallback")] {
        let kinds = [kind, "random", "kept"];
        let sum: f64 = kinds
            .map(|kind| of(&format!("units {class} a similar word: {kind}")))
            .iter()
            .sum();
        assert!((sum - 1.0).abs() < 1e-9, "{class}: {sum}");
    }
    let all_known = lines_of(N_WORDS);
    assert!(
        !all_known
            .iter()
            .any(|line| line.name.contains("without a similar word"))
    );
}

#[test]
fn the_share_of_fallbacks_is_compared_with_ten_per_cent_and_what_is_beyond_the_cap_is_shown_apart()
{
    let lines = lines_of(1);
    let capped = lines
        .iter()
        .find(|line| line.name == "fallback pieces within the cap ÷ masked pieces");
    let capped = capped.unwrap();
    assert!(
        matches!(capped.expected, Expected::AtMost { value, .. } if (value - 0.1).abs() < 1e-9)
    );
    assert!(capped.ok && capped.realised > 0.05 && capped.realised < 0.1);
    let beyond = lines
        .iter()
        .find(|line| line.name == "fallback pieces beyond the cap ÷ masked pieces");
    let beyond = beyond.unwrap();
    assert_eq!(beyond.expected, Expected::Nothing);
    assert!(beyond.realised > 0.3, "{}", beyond.realised);
}

#[test]
fn selection_by_unit_length_is_off_if_units_that_fit_in_part_are_never_taken() {
    let judge = masker(&MAC, |_, _| true);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut audit = Audit::new(&judge);
    for _ in 0..8000 {
        let Sequence {
            ids,
            units,
            n_first,
        } = sequence(32, &mut rng);
        let mut masked = judge.mask(&ids, &units, n_first, &mut rng);
        // Takes the last unit away if it exceeds the budget.
        let last = masked.taken.last().unwrap().units.end - 1;
        if masked.positions.len() > masked.budget {
            let cut = units[last as usize];
            masked.units.retain(|(unit, _)| *unit != cut);
            masked.positions.truncate(masked.budget);
        }
        audit.add(&ids, &units, n_first, None, &masked, &mut rng);
    }
    check_off(&audit.lines(), "units of 2 pieces: masked");
}

#[test]
fn masks_that_prefer_a_place_in_the_text_are_off() {
    let judge = masker(&MAC, |_, _| true);
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut audit = Audit::new(&judge);
    for _ in 0..1000 {
        let Sequence {
            ids,
            units,
            n_first,
        } = sequence(128, &mut rng);
        let mut masked = judge.mask(&ids, &units, n_first, &mut rng);
        masked
            .units
            .retain(|(unit, _)| unit.start >= 32 || unit.start % 3 > 0);
        audit.add(&ids, &units, n_first, None, &masked, &mut rng);
    }
    check_off(&audit.lines(), "units in quarter 1 of the input");
}

/// Rare words that replace frequent ones are detected from the word alone; words of the text itself are not.
#[test]
fn replacements_that_the_text_lacks_are_detected_without_context() {
    let all = masker(&MAC, |_, _| true);
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    for (n_in_text, least, most) in [(N_WORDS, 0.0, 1e-9), (4, 0.3, 1.0)] {
        let mut audit = Audit::new(&all);
        for _ in 0..400 {
            let Sequence {
                mut ids,
                units,
                n_first,
            } = sequence(128, &mut rng);
            for unit in &units {
                let id = 5 + (ids[unit.start as usize].get() - 5) % n_in_text as u32;
                ids[unit.range()].fill(PieceId::new(id));
            }
            let masked = all.mask(&ids, &units, n_first, &mut rng);
            audit.add(&ids, &units, n_first, None, &masked, &mut rng);
        }
        let recall = audit.detection().recall();
        assert!((least..=most).contains(&recall), "{n_in_text}: {recall}");
        let line = share_of(&audit.lines(), "detected without context: recall");
        assert!((line - recall).abs() < 1e-12);
    }
}
