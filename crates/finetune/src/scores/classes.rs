//! Scores of labels: accuracy, Matthews' coefficient, F1 by class.

use std::collections::BTreeMap;

/// The labels of a file, gold and predicted, counted by class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassCounts {
    by_class: BTreeMap<usize, Counts>,
    n: u64,
    n_right: u64,
}

/// The counts of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    gold: u64,
    predicted: u64,
    right: u64,
}

/// Precision, recall and F1, from 0 to 1; each is 0 if its denominator is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prf {
    /// Right ÷ predicted.
    pub precision: f64,
    /// Right ÷ gold.
    pub recall: f64,
    /// 2 · right ÷ (predicted + gold).
    pub f1: f64,
}

impl Prf {
    /// Computes the three from counts.
    pub fn of(n_right: u64, n_predicted: u64, n_gold: u64) -> Self {
        Self {
            precision: or_zero(n_right, n_predicted),
            recall: or_zero(n_right, n_gold),
            f1: or_zero(2 * n_right, n_predicted + n_gold),
        }
    }
}

impl ClassCounts {
    /// Counts the labels.
    ///
    /// # Panics
    ///
    /// If gold and predicted labels differ in number.
    pub fn of(gold: &[usize], predicted: &[usize]) -> Self {
        assert_eq!(gold.len(), predicted.len(), "one prediction per example");
        let mut counts = Self::default();
        for (gold, predicted) in gold.iter().zip(predicted) {
            let is_right = u64::from(gold == predicted);
            let of_gold = counts.by_class.entry(*gold).or_default();
            of_gold.gold += 1;
            of_gold.right += is_right;
            counts.by_class.entry(*predicted).or_default().predicted += 1;
            counts.n += 1;
            counts.n_right += is_right;
        }
        counts
    }

    /// Returns the share of examples whose label is right.
    pub fn accuracy(&self) -> f64 {
        or_zero(self.n_right, self.n)
    }

    /// Returns precision, recall and F1 of one class.
    pub fn class(&self, class: usize) -> Prf {
        let counts = self.by_class.get(&class).copied().unwrap_or_default();
        Prf::of(counts.right, counts.predicted, counts.gold)
    }

    /// Returns the mean of F1 over the classes that occur in gold or prediction.
    pub fn macro_f1(&self) -> f64 {
        let sum: f64 = self
            .by_class
            .keys()
            .map(|class| self.class(*class).f1)
            .sum();
        sum / self.by_class.len().max(1) as f64
    }

    /// Returns F1 of the counts of all classes together. Every example has one label, so it equals accuracy.
    pub fn micro_f1(&self) -> f64 {
        Prf::of(self.n_right, self.n, self.n).f1
    }

    /// Returns Matthews' correlation coefficient, for any number of classes. It is 0 if gold or prediction has one class
    /// only, even if all is right.
    pub fn matthews(&self) -> f64 {
        let n = self.n as f64;
        let sum = |product: fn(&Counts) -> u64| {
            let products = self.by_class.values().map(product);
            products.sum::<u64>() as f64
        };
        let both = n * self.n_right as f64 - sum(|c| c.gold * c.predicted);
        let gold = n * n - sum(|c| c.gold * c.gold);
        let predicted = n * n - sum(|c| c.predicted * c.predicted);
        if gold == 0.0 || predicted == 0.0 {
            return 0.0;
        }
        both / (gold.sqrt() * predicted.sqrt())
    }
}

fn or_zero(numerator: u64, denominator: u64) -> f64 {
    if denominator == 0 {
        return 0.0;
    }
    numerator as f64 / denominator as f64
}
