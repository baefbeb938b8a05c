//! A ratio of two counts, and the three scores that are made of such ratios.

use serde::Serialize;

/// A ratio of two counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ratio {
    /// The numerator.
    pub hits: u64,
    /// The denominator.
    pub of: u64,
}

impl Ratio {
    /// Makes a ratio.
    pub const fn new(hits: u64, of: u64) -> Self {
        Self { hits, of }
    }

    /// Returns the value from 0 to 1; `None` if the denominator is 0.
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }
}

/// Precision and recall, and the F1 that follows from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ratios {
    /// Precision.
    pub precision: Ratio,
    /// Recall.
    pub recall: Ratio,
}

impl Ratios {
    /// Returns 2PR / (P + R); `None` if precision or recall has none, or if both are 0.
    pub fn f1(self) -> Option<f64> {
        let (precision, recall) = (self.precision.value()?, self.recall.value()?);
        let sum = precision + recall;
        (sum > 0.0).then(|| 2.0 * precision * recall / sum)
    }

    /// Returns F1, with 0 for 0 ÷ 0: the value for tables and for the selection of an epoch.
    pub fn f1_or_zero(self) -> f64 {
        self.f1().unwrap_or(0.0)
    }
}
