//! `SplitMix64` (Steele, Lea, Flood 2014): 64 random bits for two multiplications, for draws in hot loops.

/// The difference between two states of a stream: 2⁶⁴ divided by the golden ratio, made odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes the bits of a state: every input bit changes about half of the output bits.
#[inline]
pub const fn finalise(state: u64) -> u64 {
    let bits = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Hashes a counter: the output at this index, from 0, of the stream that starts at state 0.
#[inline]
pub const fn hash_counter(counter: u64) -> u64 {
    finalise(counter.wrapping_mul(STEP).wrapping_add(STEP))
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// Makes the stream of a seed and a name. The name is a list of numbers, for example purpose, epoch and key; their
    /// order counts.
    pub fn new(seed: u64, name: &[u64]) -> Self {
        let state = name.iter().fold(seed, |state, part| {
            finalise(state.wrapping_add(STEP)).wrapping_add(*part)
        });
        Self {
            state: finalise(state),
        }
    }

    /// Draws the next 64 random bits.
    #[inline]
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        finalise(self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::{SplitMix64, hash_counter};

    /// The values that the authors' `SplittableRandom` gives for seed 0.
    #[test]
    fn the_stream_of_state_0_is_the_published_one() {
        let mut stream = SplitMix64 { state: 0 };
        let published = [
            0xe220_a839_7b1d_cdaf,
            0x6e78_9e6a_a1b9_65f4,
            0x06c4_5d18_8009_454f,
        ];
        for (counter, expected) in (0..).zip(published) {
            assert_eq!(stream.bits(), expected);
            assert_eq!(hash_counter(counter), expected);
        }
    }

    #[test]
    fn streams_follow_from_their_seed_and_name_and_differ() {
        let first = |seed, name: [u64; 3]| SplitMix64::new(seed, &name).bits();
        let base = first(1, [2, 0, 0]);
        assert_eq!(base, first(1, [2, 0, 0]));
        for other in [
            first(2, [2, 0, 0]),
            first(1, [1, 0, 0]),
            first(1, [2, 1, 0]),
            first(1, [2, 0, 1]),
        ] {
            assert_ne!(base, other);
        }
    }
}
