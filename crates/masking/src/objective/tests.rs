//! Presets, their changes, and the rate of a step.

use super::{MaskUnit, MaskingOptions, Objective, ObjectiveError, ObjectiveName};

#[test]
fn every_preset_is_valid_and_parsed_from_its_name() {
    for name in ObjectiveName::ALL {
        assert!(
            MaskingOptions::preset(name).resolve().is_ok(),
            "{}",
            name.name()
        );
        assert_eq!(name.name().parse(), Ok(name));
    }
    let error = "bert".parse::<ObjectiveName>().expect_err("refused");
    insta::assert_snapshot!(
        error,
        @"unknown objective `bert`: expected one of mac, random_replace, partial_mask, all_mask, wwm, mlm"
    );
}

/// The table of method §2.9, word for word: unit, n-grams, similar, [MASK], random, kept.
#[test]
fn the_presets_equal_those_of_the_method() {
    const TABLE: [&str; 6] = [
        "mac | word | .4 .3 .2 .1 | .8 | 0 | .1 | .1",
        "random_replace | word | .4 .3 .2 .1 | 0 | 0 | .9 | .1",
        "partial_mask | word | .4 .3 .2 .1 | 0 | .8 | .1 | .1",
        "all_mask | word | .4 .3 .2 .1 | 0 | .9 | 0 | .1",
        "wwm | word | 1 | 0 | .8 | .1 | .1",
        "mlm | piece | 1 | 0 | .8 | .1 | .1",
    ];
    let number = |share: &f64| share.to_string().replace("0.", ".");
    assert_eq!(TABLE.len(), ObjectiveName::ALL.len());
    for (name, row) in ObjectiveName::ALL.into_iter().zip(TABLE) {
        let objective = MaskingOptions::preset(name).resolve().expect("a preset");
        let unit = match objective.unit {
            MaskUnit::Word => "word",
            MaskUnit::Piece => "piece",
        };
        let ngrams: Vec<String> = objective.ngram_shares.iter().map(number).collect();
        let shares = [
            objective.similar,
            objective.mask,
            objective.random,
            objective.kept,
        ];
        let shares = shares.map(|share| number(&share)).join(" | ");
        let found = format!("{} | {unit} | {} | {shares}", name.name(), ngrams.join(" "));
        assert_eq!(found, row);
        assert_eq!((objective.rate, objective.fallback_cap), (0.15, 0.1));
        assert!(!objective.mask_unknown);
        assert_eq!(objective.last_rate, None);
    }
}

#[test]
fn more_shares_of_ngrams_than_a_byte_can_count_are_refused() {
    let resolve = |n: usize| {
        let mut shares = vec![0.0; n];
        shares.extend([1.0]);
        let options = MaskingOptions {
            ngram_shares: Some(shares),
            ..MaskingOptions::preset(ObjectiveName::Mac)
        };
        options.resolve()
    };
    assert!(resolve(254).is_ok());
    assert_eq!(resolve(255), Err(ObjectiveError::Ngrams { found: 256 }));
    let none = MaskingOptions {
        ngram_shares: Some(Vec::new()),
        ..MaskingOptions::preset(ObjectiveName::Mac)
    };
    assert_eq!(none.resolve(), Err(ObjectiveError::Ngrams { found: 0 }));
}

#[test]
fn a_share_that_replaces_one_of_the_preset_must_fit_the_others() {
    let options = MaskingOptions {
        similar: Some(0.7),
        ..MaskingOptions::preset(ObjectiveName::Mac)
    };
    assert!(matches!(options.resolve(), Err(ObjectiveError::Sum { .. })));
    let options = MaskingOptions {
        mask: Some(0.1),
        ..options
    };
    assert!(options.resolve().is_ok());
    let options = MaskingOptions {
        rate: Some(1.5),
        ..options
    };
    assert!(matches!(
        options.resolve(),
        Err(ObjectiveError::Share { key: "rate", .. })
    ));
}

fn changing(rate: f64, last_rate: f64) -> Result<Objective, ObjectiveError> {
    let options = MaskingOptions {
        rate: Some(rate),
        last_rate: Some(last_rate),
        ..MaskingOptions::preset(ObjectiveName::Mac)
    };
    options.resolve()
}

#[test]
fn the_rate_lies_on_a_line_from_the_first_step_to_the_last() {
    let falls = changing(0.3, 0.15).expect("an objective");
    for (step, last_step, expected) in [
        (1, 101, 0.3),
        (26, 101, 0.2625),
        (51, 101, 0.225),
        (100, 101, 0.1515),
        (101, 101, 0.15),
        (1, 2, 0.3),
        (2, 2, 0.15),
        (1, 1, 0.15),
    ] {
        let found = falls.rate_at(step, last_step);
        assert!(
            (found - expected).abs() < 1e-12,
            "{step} of {last_step}: {found}"
        );
    }
    let rises = changing(0.15, 0.4).expect("an objective");
    assert!((rises.rate_at(2, 3) - 0.275).abs() < 1e-12);
    let rates = |objective: &Objective| (objective.final_rate(), objective.largest_rate());
    assert_eq!(rates(&falls), (0.15, 0.3));
    assert_eq!(rates(&rises), (0.4, 0.4));
    let constant = ObjectiveName::Mac.objective();
    assert_eq!(falls.held_out(), constant);
    assert!(falls.changes_rate() && rises.changes_rate() && !constant.changes_rate());
    assert!(!changing(0.2, 0.2).expect("an objective").changes_rate());
    let bits = [1, 7, 9].map(|step| constant.rate_at(step, 9).to_bits());
    assert_eq!(bits, [0.15_f64.to_bits(); 3]);
}

#[test]
fn a_last_rate_that_masks_nothing_is_refused() {
    for found in [0.0, -0.1, 1.01, f64::NAN] {
        let error = changing(0.3, found).expect_err("refused");
        assert!(matches!(error, ObjectiveError::LastRate { .. }), "{error}");
    }
    assert!(changing(0.3, 1.0).is_ok());
    let error = changing(0.3, 0.0).expect_err("refused");
    insta::assert_snapshot!(error, @"masking.last_rate: expected a share above 0, at most 1, found 0");
}
