//! A share as realised beside the same share as simulated, and how far chance lets the two differ.

/// Realised Σ c₁ ÷ Σ t₁ and simulated Σ c₂ ÷ Σ t₂ over examples that do not depend on each other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shares {
    n_examples: usize,
    /// Σ of (c₁, t₁, c₂, t₂).
    sums: [f64; 4],
    /// Σ of the products of any two of them.
    products: [[f64; 4]; 4],
}

impl Shares {
    /// Adds an example: what was counted, and of how many, as realised and as simulated.
    pub(super) fn add(&mut self, realised: (usize, usize), simulated: (usize, usize)) {
        self.n_examples += 1;
        let example = [realised.0, realised.1, simulated.0, simulated.1].map(|n| n as f64);
        for (index, one) in example.into_iter().enumerate() {
            self.sums[index] += one;
            for (product, other) in self.products[index].iter_mut().zip(example) {
                *product += one * other;
            }
        }
    }

    /// How many examples were added.
    pub(super) fn n_examples(&self) -> usize {
        self.n_examples
    }

    /// Whether nothing was realised of which a share could be.
    pub(super) fn is_empty(&self) -> bool {
        self.sums[1] <= 0.0
    }

    /// The share as realised; 0 of nothing.
    pub(super) fn realised(&self) -> f64 {
        self.sums[0] / self.sums[1].max(1.0)
    }

    /// The share as simulated; 0 of nothing.
    pub(super) fn simulated(&self) -> f64 {
        self.sums[2] / self.sums[3].max(1.0)
    }

    /// The standard error of realised − simulated: both are ratios of sums, so each example counts with its residuals
    /// (c − p t) ÷ Σ t. An example that is long or rich in long units is so for both, and drops out of the difference.
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
    use super::Shares;

    #[test]
    fn the_error_is_that_of_a_share_and_falls_out_where_both_agree() {
        let mut coin = Shares::default();
        let mut same = Shares::default();
        for index in 0..400 {
            coin.add((index % 2, 1), (0, 0));
            same.add((index % 3, index % 5 + 2), (index % 3, index % 5 + 2));
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
