//! Several folders of shards in one epoch, each as often as its weight says. Every position is computed by itself; there
//! is no list in memory.

use repro::{Purpose, generator};

use crate::shuffle::EpochOrder;

/// The example at a position of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// Index of the folder of shards.
    pub folder_index: usize,
    /// Index of the example in the folder.
    pub example_index: usize,
    /// How often the folder was begun before, counted over all epochs. No example is drawn twice in one pass.
    pub pass: u64,
}

/// How many examples a folder has, and how often an epoch has each of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FolderSize {
    /// Number of examples, at least 1.
    pub n_examples: usize,
    /// Weight, above 0.
    pub weight: f64,
}

/// The positions of an epoch, folder by folder, before [`EpochOrder`] shuffles them.
#[derive(Clone, Debug)]
pub struct Mixture {
    folders: Vec<Repeats>,
    /// One past each folder's last position.
    ends: Vec<u64>,
}

/// The positions of one folder in an epoch: weight × examples, rounded (project decision).
///
/// First come as many whole repeats of the folder as fit. The rest is read from a shuffled order of the folder, and every
/// epoch continues where the one before it stopped. So the rest of an epoch never has an example twice, and after any
/// number of epochs no example was in a rest more than once more often than another.
#[derive(Clone, Debug)]
struct Repeats {
    n_examples: u64,
    n_whole: u64,
    n_rest: u64,
    rest_order: EpochOrder,
}

impl Mixture {
    /// Mixes folders of these sizes and weights.
    pub(crate) fn new(folders: &[FolderSize], seed: u64) -> Self {
        let folders = folders.iter().zip(0..).map(|(folder, folder_index)| {
            let n_examples = folder.n_examples as u64;
            let n_positions = (n_examples as f64 * folder.weight).round() as u64;
            let rng = generator(seed, Purpose::Mixture, 0, folder_index);
            Repeats {
                n_examples,
                n_whole: n_positions / n_examples,
                n_rest: n_positions % n_examples,
                rest_order: EpochOrder::drawn(rng, n_examples),
            }
        });
        let folders: Vec<Repeats> = folders.collect();
        let mut end = 0;
        let ends = folders.iter().map(|folder| {
            end += folder.n_positions();
            end
        });
        Self {
            ends: ends.collect(),
            folders,
        }
    }

    /// How many examples an epoch has.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0) as usize
    }

    /// Whether an epoch has no example.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many examples an epoch has from a folder.
    pub fn n_examples_of(&self, folder_index: usize) -> u64 {
        self.folders[folder_index].n_positions()
    }

    /// The example at a position of an epoch. If there is one folder, and its weight is 1, the example's index is the
    /// position, and the pass is the epoch.
    ///
    /// # Panics
    /// If `position` is not below [`Self::len`].
    pub fn at(&self, position: usize, epoch: u64) -> Location {
        let position = position as u64;
        let folder_index = self.ends.partition_point(|end| *end <= position);
        let folder = &self.folders[folder_index];
        let start = self.ends[folder_index] - folder.n_positions();
        let (example_index, pass) = folder.at(position - start, epoch);
        Location {
            folder_index,
            example_index: example_index as usize,
            pass,
        }
    }
}

impl Repeats {
    const fn n_positions(&self) -> u64 {
        self.n_whole * self.n_examples + self.n_rest
    }

    /// The example at one of the folder's positions, and its pass.
    fn at(&self, position: u64, epoch: u64) -> (u64, u64) {
        let (repeat, position) = (position / self.n_examples, position % self.n_examples);
        let n_passes = self.n_whole + u64::from(self.n_rest > 0);
        let pass = epoch.wrapping_mul(n_passes).wrapping_add(repeat);
        if repeat < self.n_whole {
            return (position, pass);
        }
        let n_before = u128::from(epoch) * u128::from(self.n_rest);
        let position = (n_before + u128::from(position)) % u128::from(self.n_examples);
        (self.rest_order.example(position as u64), pass)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::{FolderSize, Location, Mixture};

    fn mixture(folders: &[(usize, f64)], seed: u64) -> Mixture {
        let size = |&(n_examples, weight): &(usize, f64)| FolderSize { n_examples, weight };
        Mixture::new(&folders.iter().map(size).collect::<Vec<_>>(), seed)
    }

    fn epoch(mixture: &Mixture, epoch: u64) -> impl Iterator<Item = Location> {
        (0..mixture.len()).map(move |position| mixture.at(position, epoch))
    }

    /// How often each example of each folder comes in an epoch.
    fn counts(mixed: impl Iterator<Item = Location>) -> BTreeMap<(usize, usize), u64> {
        let mut counts = BTreeMap::new();
        for one in mixed {
            *counts
                .entry((one.folder_index, one.example_index))
                .or_default() += 1;
        }
        counts
    }

    #[test]
    fn one_folder_of_weight_1_is_its_examples() {
        let mixture = mixture(&[(5, 1.0)], 7);
        for number in [0, 3, u64::MAX] {
            let expect = (0..5).map(|index| Location {
                folder_index: 0,
                example_index: index,
                pass: number,
            });
            assert!(epoch(&mixture, number).eq(expect));
        }
    }

    #[test]
    fn a_domain_three_times_for_each_general_example() {
        let mixture = mixture(&[(4, 3.0), (10, 1.0)], 7);
        assert_eq!((mixture.len(), mixture.n_examples_of(0)), (22, 12));
        let counts = counts(epoch(&mixture, 2));
        assert!((0..4).all(|index| counts[&(0, index)] == 3));
        assert!((0..10).all(|index| counts[&(1, index)] == 1));
    }

    #[test]
    fn another_seed_has_another_rest() {
        let rest = |seed| epoch(&mixture(&[(1000, 0.01)], seed), 0).collect::<Vec<_>>();
        assert_eq!(rest(1), rest(1));
        assert_ne!(rest(1), rest(2));
        let folders = mixture(&[(1000, 0.01), (1000, 0.01)], 1);
        let of = |folder| epoch(&folders, 0).filter(move |one| one.folder_index == folder);
        assert!(
            !of(0)
                .map(|one| one.example_index)
                .eq(of(1).map(|one| one.example_index))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn every_epoch_has_the_whole_repeats_and_the_rest_is_dealt_evenly(
            seed: u64,
            n in 1_usize..60,
            weight in 0.02_f64..4.0,
            other in 1_usize..20,
        ) {
            let mixture = mixture(&[(other, 1.0), (n, weight)], seed);
            let n_positions = (n as f64 * weight).round() as u64;
            prop_assert_eq!(mixture.n_examples_of(1), n_positions);
            let whole = n_positions / n as u64;
            let mut all = BTreeMap::new();
            let mut passes = BTreeSet::new();
            for number in 0..7 {
                for ((folder, index), count) in counts(epoch(&mixture, number)) {
                    let expect = if folder == 0 { 1..=1 } else { whole..=whole + 1 };
                    prop_assert!(expect.contains(&count), "{} of {}", count, index);
                    *all.entry((folder, index)).or_insert(0) += count;
                }
                for one in epoch(&mixture, number) {
                    prop_assert!(passes.insert((one.folder_index, one.example_index, one.pass)), "{:?} twice", one);
                }
            }
            let of_folder = (0..n).map(|index| all.get(&(1, index)).copied().unwrap_or(0));
            let (least, most) = (of_folder.clone().min(), of_folder.max());
            prop_assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1));
        }

        #[test]
        fn a_position_of_any_epoch_is_computed_at_once(seed: u64, position: usize, number: u64) {
            let mixture = mixture(&[(1 << 40, 2.5), (1 << 38, 0.3)], seed);
            let one = mixture.at(position % mixture.len(), number);
            prop_assert!(one.example_index < 1 << (40 - 2 * one.folder_index));
        }
    }
}
