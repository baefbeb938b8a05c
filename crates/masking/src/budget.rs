//! How many pieces of an example are masked, and how many of these may be fallbacks.

/// What a product such as 0.15 × 20 may lack of the whole number that it stands for.
const ROUNDING: f64 = 1e-9;

/// How many pieces are masked: k = max(1, ⌊rate × L⌋). Only the last unit of a selection may exceed it (method §2.3).
///
/// The length L includes the special tokens (method §2.1; \[J\]: 15 %).
pub fn budget(rate: f64, length: usize) -> usize {
    ((rate * length as f64 + ROUNDING).floor() as usize).max(1)
}

/// The most pieces that the masks of an example can have: the budget of its length, and its longest unit less one piece
/// (method §2.3).
pub fn most_masked(rate: f64, length: usize, longest_unit: usize) -> usize {
    budget(rate, length) + longest_unit.saturating_sub(1)
}

/// The most pieces of an example that fall back to random words: share × k for a budget of k pieces, rounded at random.
///
/// The papers allow fallbacks for "no more than 10 % of all tokens to be masked" (method §2.6; \[M\], \[J\]). `draw` is
/// uniform from 0 to below 1. The cap is rounded up with the probability of its fraction, so its mean is exact: at length
/// 128 it is 2 in nine of ten examples, and 1 in the tenth \[P\]. Always rounded up, it would let 13 % of the masked
/// pieces of real text fall back. Always rounded down, it would forbid words of two pieces at length 128.
pub fn fallback_cap(share: f64, budget: usize, draw: f64) -> usize {
    let exact = share * budget as f64;
    let least = (exact + ROUNDING).floor();
    least as usize + usize::from(draw + ROUNDING < exact - least)
}

#[cfg(test)]
mod tests {
    use super::{budget, fallback_cap, most_masked};

    #[test]
    fn fifteen_per_cent_of_the_length_and_at_least_one() {
        assert_eq!(
            [3, 6, 7, 20, 128, 512].map(|l| budget(0.15, l)),
            [1, 1, 1, 3, 19, 76]
        );
    }

    #[test]
    fn masks_exceed_the_budget_by_the_longest_unit_less_one_piece() {
        assert_eq!(
            [0, 1, 2, 6].map(|n| most_masked(0.15, 128, n)),
            [19, 19, 20, 24]
        );
    }

    #[test]
    fn the_cap_is_rounded_up_as_often_as_its_fraction_says() {
        let caps = |k: usize, draw: f64| fallback_cap(0.1, k, draw);
        assert_eq!(
            [0.0, 0.899, 0.901, 0.999].map(|draw| caps(19, draw)),
            [2, 2, 1, 1]
        );
        assert_eq!([0.0, 0.599, 0.601].map(|draw| caps(76, draw)), [8, 8, 7]);
        assert_eq!([0.0, 0.099, 0.101].map(|draw| caps(1, draw)), [1, 1, 0]);
        assert_eq!([0.0, 0.5, 0.999].map(|draw| caps(10, draw)), [1, 1, 1]);
        assert_eq!([0.0, 0.999].map(|draw| fallback_cap(0.0, 19, draw)), [0, 0]);
        assert_eq!(
            [0.0, 0.999].map(|draw| fallback_cap(1.0, 19, draw)),
            [19, 19]
        );
        let draws = (0..1000).map(|index| f64::from(index) / 1000.0);
        let mean = draws.map(|draw| caps(19, draw) as f64).sum::<f64>() / 1000.0;
        assert!((mean - 1.9).abs() < 2e-3, "{mean}");
    }
}
