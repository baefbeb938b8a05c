//! How many pieces of an example may be masked, and how many of these may be fallbacks.

/// The most pieces that are masked: k = max(1, ⌊rate × L⌋).
///
/// The length L includes the special tokens (method §2.1; \[J\]: 15 %).
pub fn budget(rate: f64, length: usize) -> usize {
    ((rate * length as f64 + 1e-9).floor() as usize).max(1)
}

/// The most pieces of an example that fall back to random words: ⌈share × k⌉ for a budget of k pieces.
///
/// The papers allow fallbacks for "no more than 10 % of all tokens to be masked" (method §2.6; \[M\], \[J\]). The cap is
/// always rounded up; §2.6 rounds it at random, which is not done yet.
pub fn fallback_cap(share: f64, budget: usize) -> usize {
    (share * budget as f64 - 1e-9).ceil().max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::{budget, fallback_cap};

    #[test]
    fn fifteen_per_cent_of_the_length_and_at_least_one() {
        assert_eq!(
            [3, 6, 7, 20, 128, 512].map(|l| budget(0.15, l)),
            [1, 1, 1, 3, 19, 76]
        );
    }

    #[test]
    fn a_tenth_of_the_budget_rounded_up() {
        assert_eq!(
            [1, 10, 11, 19, 76].map(|k| fallback_cap(0.1, k)),
            [1, 1, 2, 2, 8]
        );
    }
}
