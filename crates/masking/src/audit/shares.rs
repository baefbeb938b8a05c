//! A realised share beside the same share as simulated, and how much the two may differ by chance.

/// A part of a whole in one example, such as the fallback pieces among the masked pieces.
#[derive(Clone, Copy)]
pub(super) struct Part {
    count: usize,
    total: usize,
}

impl Part {
    /// Nothing of nothing, for shares that are not simulated.
    pub(super) const NONE: Self = Self::of(0, 0);

    pub(super) const fn of(count: usize, total: usize) -> Self {
        Self { count, total }
    }
}

/// A realised share Σ c₁ ÷ Σ t₁ and a simulated share Σ c₂ ÷ Σ t₂ over independent examples.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shares {
    n_examples: usize,
    /// Σ of (c₁, t₁, c₂, t₂).
    sums: [f64; 4],
    /// Σ of the products of any two of these.
    products: [[f64; 4]; 4],
}

impl Shares {
    /// Adds an example.
    pub(super) fn add(&mut self, realised: Part, simulated: Part) {
        self.n_examples += 1;
        let numbers = [
            realised.count,
            realised.total,
            simulated.count,
            simulated.total,
        ];
        let example = numbers.map(|n| n as f64);
        for (index, one) in example.into_iter().enumerate() {
            self.sums[index] += one;
            for (product, other) in self.products[index].iter_mut().zip(example) {
                *product += one * other;
            }
        }
    }

    /// The number of examples added.
    pub(super) fn n_examples(&self) -> usize {
        self.n_examples
    }

    /// Whether the realised total is 0.
    pub(super) fn is_empty(&self) -> bool {
        self.sums[1] <= 0.0
    }

    /// The realised share; 0 if its total is 0.
    pub(super) fn realised(&self) -> f64 {
        self.sums[0] / self.sums[1].max(1.0)
    }

    /// The simulated share; 0 if its total is 0.
    pub(super) fn simulated(&self) -> f64 {
        self.sums[2] / self.sums[3].max(1.0)
    }

    /// The standard error of realised − simulated.
    ///
    /// Both are ratios of sums, so the residual of an example is (c − p t) ÷ Σ t. A long example, or one with long units,
    /// moves both ratios alike, and its effect cancels in the difference.
    pub(super) fn error_of_difference(&self) -> f64 {
        let (realised, simulated) = (1.0 / self.sums[1].max(1.0), 1.0 / self.sums[3].max(1.0));
        let weights = [
            realised,
            -self.realised() * realised,
            -simulated,
            self.simulated() * simulated,
        ];
        let mut variance = 0.0;
        for (row, one) in self.products.iter().zip(weights) {
            for (product, other) in row.iter().zip(weights) {
                variance += one * other * product;
            }
        }
        variance.max(0.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Shares};

    #[test]
    fn the_error_is_that_of_a_share_and_0_if_both_shares_agree() {
        let mut coin = Shares::default();
        let mut same = Shares::default();
        for index in 0..400 {
            coin.add(Part::of(index % 2, 1), Part::NONE);
            let part = Part::of(index % 3, index % 5 + 2);
            same.add(part, part);
        }
        assert!((coin.realised() - 0.5).abs() < 1e-12);
        assert!(
            (coin.error_of_difference() - 0.025).abs() < 1e-9,
            "√(½ · ½ ÷ 400)"
        );
        assert!(same.error_of_difference() < 1e-9);
        assert!(Shares::default().error_of_difference() < 1e-12);
    }
}
