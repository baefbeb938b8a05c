//! Several folders of shards in one epoch, each as often as its weight says: computed per place, never a list in memory.

use repro::{Purpose, generator};

use crate::shuffle::EpochOrder;

/// Where a place of an epoch leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mixed {
    /// The folder.
    pub folder: usize,
    /// The example in it.
    pub index: usize,
    /// How often the folder was begun before, in all epochs: no two draws of an example share one.
    pub pass: u64,
}

/// The places of an epoch, folder after folder; [`EpochOrder`] runs over them.
#[derive(Clone, Debug)]
pub struct Mixture {
    folders: Vec<Repeats>,
    /// One past each folder's last place.
    ends: Vec<u64>,
}

/// A folder in an epoch (project decision): weight × examples, rounded, are its places. As many whole repeats as fit come
/// first; the rest goes round a seeded order of the folder from epoch to epoch, so that no epoch has an example twice in
/// it, and after any number of epochs no example was in it more than once more often than another.
#[derive(Clone, Debug)]
struct Repeats {
    n_examples: u64,
    n_whole: u64,
    n_rest: u64,
    rest: EpochOrder,
}

impl Mixture {
    /// Of folders with so many examples, each at least 1, and their weights, each above 0.
    pub fn new(folders: &[(usize, f64)], seed: u64) -> Self {
        let folders = folders
            .iter()
            .zip(0..)
            .map(|((n_examples, weight), number)| {
                let n_examples = *n_examples as u64;
                let n_places = (n_examples as f64 * weight).round() as u64;
                let rng = generator(seed, Purpose::Mixture, 0, number);
                Repeats {
                    n_examples,
                    n_whole: n_places / n_examples,
                    n_rest: n_places % n_examples,
                    rest: EpochOrder::drawn(rng, n_examples),
                }
            });
        let folders: Vec<Repeats> = folders.collect();
        let mut end = 0;
        let ends = folders.iter().map(|folder| {
            end += folder.n_places();
            end
        });
        Self {
            ends: ends.collect(),
            folders,
        }
    }

    /// How many places an epoch has.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0) as usize
    }

    /// Whether an epoch has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them a folder has.
    pub fn places_of(&self, folder: usize) -> u64 {
        self.folders[folder].n_places()
    }

    /// The example at a place of an epoch. Of one folder with weight 1 it has the place's number, and the epoch's as its
    /// pass.
    ///
    /// # Panics
    /// Where the place is not below [`Self::len`].
    pub fn at(&self, place: usize, epoch: u64) -> Mixed {
        let place = place as u64;
        let folder = self.ends.partition_point(|end| *end <= place);
        let repeats = &self.folders[folder];
        let (index, pass) = repeats.at(place - (self.ends[folder] - repeats.n_places()), epoch);
        Mixed {
            folder,
            index: index as usize,
            pass,
        }
    }
}

impl Repeats {
    const fn n_places(&self) -> u64 {
        self.n_whole * self.n_examples + self.n_rest
    }

    /// The example at one of the folder's places, and its pass.
    fn at(&self, place: u64, epoch: u64) -> (u64, u64) {
        let (repeat, place) = (place / self.n_examples, place % self.n_examples);
        let n_passes = self.n_whole + u64::from(self.n_rest > 0);
        let pass = epoch.wrapping_mul(n_passes).wrapping_add(repeat);
        if repeat < self.n_whole {
            return (place, pass);
        }
        let begin = u128::from(epoch) * u128::from(self.n_rest) + u128::from(place);
        let place = begin % u128::from(self.n_examples);
        (self.rest.example(place as u64), pass)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::{Mixed, Mixture};

    fn epoch(mixture: &Mixture, epoch: u64) -> impl Iterator<Item = Mixed> {
        (0..mixture.len()).map(move |place| mixture.at(place, epoch))
    }

    /// How often each example of each folder comes in an epoch.
    fn counts(mixed: impl Iterator<Item = Mixed>) -> BTreeMap<(usize, usize), u64> {
        let mut counts = BTreeMap::new();
        for one in mixed {
            *counts.entry((one.folder, one.index)).or_default() += 1;
        }
        counts
    }

    #[test]
    fn one_folder_of_weight_1_is_its_examples() {
        let mixture = Mixture::new(&[(5, 1.0)], 7);
        for number in [0, 3, u64::MAX] {
            let expect = (0..5).map(|index| Mixed {
                folder: 0,
                index,
                pass: number,
            });
            assert!(epoch(&mixture, number).eq(expect));
        }
    }

    #[test]
    fn a_domain_three_times_for_each_general_example() {
        let mixture = Mixture::new(&[(4, 3.0), (10, 1.0)], 7);
        assert_eq!((mixture.len(), mixture.places_of(0)), (22, 12));
        let counts = counts(epoch(&mixture, 2));
        assert!((0..4).all(|index| counts[&(0, index)] == 3));
        assert!((0..10).all(|index| counts[&(1, index)] == 1));
    }

    #[test]
    fn another_seed_has_another_rest() {
        let rest = |seed| epoch(&Mixture::new(&[(1000, 0.01)], seed), 0).collect::<Vec<_>>();
        assert_eq!(rest(1), rest(1));
        assert_ne!(rest(1), rest(2));
        let folders = Mixture::new(&[(1000, 0.01), (1000, 0.01)], 1);
        let of = |folder| epoch(&folders, 0).filter(move |one| one.folder == folder);
        assert!(!of(0).map(|one| one.index).eq(of(1).map(|one| one.index)));
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
            let mixture = Mixture::new(&[(other, 1.0), (n, weight)], seed);
            let n_places = (n as f64 * weight).round() as u64;
            prop_assert_eq!(mixture.places_of(1), n_places);
            let whole = n_places / n as u64;
            let mut all = BTreeMap::new();
            let mut passes = BTreeSet::new();
            for number in 0..7 {
                for ((folder, index), count) in counts(epoch(&mixture, number)) {
                    let expect = if folder == 0 { 1..=1 } else { whole..=whole + 1 };
                    prop_assert!(expect.contains(&count), "{} of {}", count, index);
                    *all.entry((folder, index)).or_insert(0) += count;
                }
                for one in epoch(&mixture, number) {
                    prop_assert!(passes.insert((one.folder, one.index, one.pass)), "{:?} twice", one);
                }
            }
            let of_folder = (0..n).map(|index| all.get(&(1, index)).copied().unwrap_or(0));
            let (least, most) = (of_folder.clone().min(), of_folder.max());
            prop_assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1));
        }

        #[test]
        fn a_place_of_any_epoch_is_computed_at_once(seed: u64, place: usize, number: u64) {
            let mixture = Mixture::new(&[(1 << 40, 2.5), (1 << 38, 0.3)], seed);
            let one = mixture.at(place % mixture.len(), number);
            prop_assert!(one.index < 1 << (40 - 2 * one.folder));
        }
    }
}
