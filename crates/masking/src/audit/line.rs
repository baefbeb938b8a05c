//! A line of the audit: what was measured, and what is expected of it.

use super::shares::Shares;

/// The least number of examples for which a standard error means something. With fewer, every share passes.
const LEAST_EXAMPLES: usize = 30;

/// The unit of an audit line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditUnit {
    /// A share, from 0 to 1.
    Share,
    /// A count.
    Count,
}

/// What is expected of a measured value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expected {
    /// The value that the rules of the method give on these examples, and how much the measured one may differ.
    About {
        /// The expected value.
        value: f64,
        /// How much the measured value may differ.
        tolerance: f64,
    },
    /// A limit, and by how much chance may exceed it.
    AtMost {
        /// The limit.
        value: f64,
        /// How much the measured value may be above it.
        tolerance: f64,
    },
    /// Nothing: the value depends on the text and the similar-word table.
    Nothing,
}

/// One quantity of the method: what was measured, and what was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLine {
    /// What is measured.
    pub name: String,
    /// Whether the numbers are shares, or counts of violations.
    pub unit: AuditUnit,
    /// The measured value.
    pub realised: f64,
    /// What is expected of it.
    pub expected: Expected,
    /// Whether the measured value is as expected.
    pub ok: bool,
}

impl AuditLine {
    fn new(name: String, unit: AuditUnit, realised: f64, expected: Expected) -> Self {
        let ok = match expected {
            Expected::About { value, tolerance } => (realised - value).abs() <= tolerance,
            Expected::AtMost { value, tolerance } => realised <= value + tolerance,
            Expected::Nothing => true,
        };
        Self {
            name,
            unit,
            realised,
            expected,
            ok,
        }
    }

    /// A share that is compared with the simulated one.
    pub(super) fn simulated(name: impl Into<String>, shares: &Shares, errors: f64) -> Self {
        Self::about(name, shares, shares.simulated(), errors)
    }

    /// A share that is compared with a value. `errors` standard errors may lie between them.
    pub(super) fn about(name: impl Into<String>, shares: &Shares, value: f64, errors: f64) -> Self {
        let tolerance = tolerance(shares, errors);
        let expected = Expected::About { value, tolerance };
        Self::new(name.into(), AuditUnit::Share, shares.realised(), expected)
    }

    /// A share that must not be above a limit by more than `errors` standard errors.
    pub(super) fn at_most(
        name: impl Into<String>,
        shares: &Shares,
        value: f64,
        errors: f64,
    ) -> Self {
        let tolerance = tolerance(shares, errors);
        let expected = Expected::AtMost { value, tolerance };
        Self::new(name.into(), AuditUnit::Share, shares.realised(), expected)
    }

    /// A share of which nothing is expected.
    pub(super) fn share(name: impl Into<String>, realised: f64) -> Self {
        Self::new(name.into(), AuditUnit::Share, realised, Expected::Nothing)
    }

    /// The number of violations of a rule.
    pub(super) fn violations(name: &str, count: usize) -> Self {
        let none = Expected::AtMost {
            value: 0.0,
            tolerance: 0.0,
        };
        Self::new(name.to_owned(), AuditUnit::Count, count as f64, none)
    }
}

fn tolerance(shares: &Shares, errors: f64) -> f64 {
    if shares.n_examples() < LEAST_EXAMPLES {
        1.0
    } else {
        errors * shares.error_of_difference() + f64::EPSILON
    }
}
