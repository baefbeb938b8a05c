//! The random numbers of a training; they follow from (seed, purpose, epoch, key) alone.

use repro::SplitMix64;

/// The purpose that numbers are drawn for.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(super) enum Purpose {
    /// Initial vectors; the key is the word.
    FirstVectors = 1,
    /// Window sizes, words left out and negative samples; the key is the stretch of text.
    Stretch = 2,
}

/// A stream of random numbers: fast, and good enough for the usual statistical tests.
pub(super) struct Draws(SplitMix64);

impl Draws {
    /// Starts the stream of a purpose, an epoch and a key.
    pub(super) fn new(seed: u64, purpose: Purpose, epoch: u64, key: u64) -> Self {
        Self(SplitMix64::new(seed, &[purpose as u64, epoch, key]))
    }

    /// 64 random bits.
    pub(super) const fn bits(&mut self) -> u64 {
        self.0.bits()
    }

    /// A whole number below `end`; the bias is below `end` / 2^32.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        scaled((self.bits() >> 32) as u32, end)
    }

    /// A number from 0 to below 1, a multiple of 2^-24.
    pub(super) fn share(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1_u32 << 24) as f32
    }
}

/// Scales 32 random bits to a whole number below `end`.
pub(super) const fn scaled(bits: u32, end: u32) -> u32 {
    ((bits as u64 * end as u64) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::{Draws, Purpose};

    #[test]
    fn streams_follow_from_their_arguments_and_differ() {
        let first = |seed, purpose, epoch, key| Draws::new(seed, purpose, epoch, key).bits();
        let all = [
            first(1, Purpose::Stretch, 0, 0),
            first(2, Purpose::Stretch, 0, 0),
            first(1, Purpose::FirstVectors, 0, 0),
            first(1, Purpose::Stretch, 1, 0),
            first(1, Purpose::Stretch, 0, 1),
        ];
        assert_eq!(all[0], first(1, Purpose::Stretch, 0, 0));
        let distinct: std::collections::BTreeSet<u64> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn draws_are_uniform() {
        let mut draws = Draws::new(7, Purpose::Stretch, 0, 0);
        let mut counts = [0_u32; 5];
        let mut sum = 0.0;
        for _ in 0..50_000 {
            counts[draws.below(5) as usize] += 1;
            sum += draws.share();
        }
        assert!(
            counts.iter().all(|count| count.abs_diff(10_000) < 400),
            "{counts:?}"
        );
        assert!((sum / 50_000.0 - 0.5).abs() < 0.01);
    }
}
