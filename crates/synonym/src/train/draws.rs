//! Random numbers of the training, from (seed, purpose, epoch, key) alone.

/// What numbers are drawn for.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub(super) enum Purpose {
    /// The first vectors; the key is the word.
    FirstVectors = 1,
    /// Windows, words left out and negatives; the key is the stretch of text.
    Stretch = 2,
}

/// 2^64 divided by the golden ratio, made odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of random numbers: `SplitMix64` (Steele, Lea, Flood 2014), which is fast and passes the usual batteries.
pub(super) struct Draws {
    state: u64,
}

impl Draws {
    /// The stream of a purpose, an epoch and a key.
    pub(super) fn new(seed: u64, purpose: Purpose, epoch: u64, key: u64) -> Self {
        let parts = [purpose as u64, epoch, key];
        let state = parts.into_iter().fold(seed, |state, part| {
            mixed(state.wrapping_add(STEP)).wrapping_add(part)
        });
        Self {
            state: mixed(state),
        }
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mixed(self.state)
    }

    /// A whole number below `end`, from 32 of the bits; the bias is below `end` / 2^32.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        scaled((self.bits() >> 32) as u32, end)
    }

    /// A number from 0 to below 1, in steps of 2^-24.
    pub(super) fn share(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1_u32 << 24) as f32
    }
}

/// 32 random bits to a whole number below `end`.
pub(super) const fn scaled(bits: u32, end: u32) -> u32 {
    ((bits as u64 * end as u64) >> 32) as u32
}

const fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Draws, Purpose};

    #[test]
    fn streams_follow_from_their_names_and_differ() {
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
    fn draws_are_even() {
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
