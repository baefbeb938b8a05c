//! The order of an epoch: a seeded permutation. Every position is computed by itself; there is no list in memory.

use rand::Rng as _;
use repro::{Generator, Purpose, finalise, generator};

/// Rounds of the network.
const N_ROUNDS: usize = 6;

/// A permutation of `0..n`.
///
/// It is a Feistel network on the next power of four. An output that is not below n goes through the network again, until
/// one is; this is what makes it a permutation of `0..n` (cycle walking).
#[derive(Clone, Debug)]
pub struct EpochOrder {
    n: u64,
    half_bits: u32,
    keys: [u64; N_ROUNDS],
}

impl EpochOrder {
    /// The order of an epoch of `n` examples; `n` is at least 1.
    pub(crate) fn new(seed: u64, epoch: u64, n: u64) -> Self {
        Self::drawn(generator(seed, Purpose::ExampleOrder, epoch, n), n)
    }

    /// An order of `n` examples, at least 1, with the keys of its rounds drawn from a generator.
    pub(crate) fn drawn(mut rng: Generator, n: u64) -> Self {
        let bits = 64 - (n.max(2) - 1).leading_zeros();
        Self {
            n,
            half_bits: bits.div_ceil(2),
            keys: std::array::from_fn(|_| rng.next_u64()),
        }
    }

    /// The example at a position of the epoch, both from 0.
    ///
    /// # Panics
    /// If `position` is not below `n`.
    pub fn example(&self, position: u64) -> u64 {
        assert!(
            position < self.n,
            "position {position} of an epoch of {}",
            self.n
        );
        let mut value = self.permute(position);
        while value >= self.n {
            value = self.permute(value);
        }
        value
    }

    fn permute(&self, value: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (finalise(right ^ key) & mask));
        }
        left << self.half_bits | right
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::EpochOrder;

    #[test]
    fn every_epoch_has_every_example_once() {
        for n in (1..200).chain([1000, 4096, 4097]) {
            let order = EpochOrder::new(3, 1, n);
            let mut seen: Vec<u64> = (0..n).map(|position| order.example(position)).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..n).collect::<Vec<_>>(), "{n} examples");
        }
    }

    #[test]
    fn epochs_and_seeds_differ_and_the_order_looks_drawn() {
        let order = |seed, epoch| {
            (0..1000)
                .map(|position| EpochOrder::new(seed, epoch, 1000).example(position))
                .collect::<Vec<_>>()
        };
        assert_ne!(order(1, 0), order(1, 1));
        assert_ne!(order(1, 0), order(2, 0));
        let in_place = order(1, 0)
            .iter()
            .zip(0..)
            .filter(|(example, position)| *example == position)
            .count();
        assert!(in_place < 10, "{in_place} examples stay where they were");
        let rising = order(1, 0)
            .windows(2)
            .filter(|pair| pair[0] < pair[1])
            .count();
        assert!(
            (400..600).contains(&rising),
            "{rising} of 999 neighbours rise"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_two_positions_have_the_same_example(seed: u64, epoch: u64, n in 1_u64..30_000) {
            let order = EpochOrder::new(seed, epoch, n);
            let mut seen = vec![false; n as usize];
            for position in 0..n {
                let example = order.example(position) as usize;
                prop_assert!(!std::mem::replace(&mut seen[example], true), "{example} twice");
            }
        }

        #[test]
        fn an_epoch_of_any_size_is_computed_position_by_position(seed: u64, n in 1_u64..=1 << 40, position: u64) {
            prop_assert!(EpochOrder::new(seed, 0, n).example(position % n) < n);
        }
    }
}
