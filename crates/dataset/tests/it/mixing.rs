//! A run over several folders of shards: in an epoch, every example comes as often as the weight of its folder.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use dataset::{DatasetError, Loader, TrainingExamples, WeightedShards};
use fixtures::{Prepared, documents};
use masking::ObjectiveName;
use shard::{Manifest, Split};
use sop::PairObjective;

use crate::rows::{LAST, PREPARED};

/// Shards of a second, smaller corpus with the same vocabulary.
static DOMAIN: LazyLock<Prepared> = LazyLock::new(|| Prepared::of(&documents(14)));

/// The training examples of [`DOMAIN`] and [`PREPARED`] with these weights.
fn mixed(weights: [f64; 2]) -> Result<TrainingExamples, DatasetError> {
    let side = |prepared: &Prepared, weight| WeightedShards {
        shards: prepared.shards(Split::Train),
        weight,
    };
    let folders = vec![side(&DOMAIN, weights[0]), side(&PREPARED, weights[1])];
    let masker = PREPARED.masker(ObjectiveName::Mac);
    TrainingExamples::mixed(folders, masker, PairObjective::Sop, 7)
}

#[test]
fn an_epoch_has_every_example_as_often_as_the_weight_of_its_folder() {
    let examples = mixed([3.0, 1.0]).unwrap();
    let [domain, general] = examples.shards() else {
        panic!("two folders")
    };
    assert_eq!(examples.len(), 3 * domain.len() + general.len());
    let n = examples.len() as u64;
    for epoch in [0, 5] {
        let mut seen = BTreeMap::new();
        for place in 0..n {
            let index = examples.order(epoch).example(place) as usize;
            let location = examples.mixture().at(index, epoch);
            let key = examples.drawn(index, epoch).unwrap().key;
            let (folder_index, example_index) = (location.folder_index, location.example_index);
            let example = examples.shards()[folder_index].example(example_index);
            assert_eq!(key, example.unwrap().key());
            *seen.entry((folder_index, example_index)).or_insert(0) += 1;
        }
        assert_eq!(seen.len(), domain.len() + general.len());
        assert!(seen.iter().all(|((folder, _), n)| *n == [3, 1][*folder]));
    }
}

#[test]
fn repeats_in_an_epoch_have_masks_of_their_own() {
    let examples = mixed([3.0, 1.0]).unwrap();
    let n_domain = examples.shards()[0].len();
    let mut n_alike = 0;
    for index in 0..n_domain {
        let repeat = |number| examples.drawn(index + number * n_domain, 0).unwrap();
        let [first, second, third] = [0, 1, 2].map(repeat);
        assert_eq!((first.key, first.key), (second.key, third.key));
        n_alike += usize::from(first.masked.input_ids == second.masked.input_ids);
        n_alike += usize::from(second.masked.input_ids == third.masked.input_ids);
    }
    assert!(n_alike * 10 <= n_domain, "{n_alike} of {n_domain} pairs");
}

#[test]
fn a_single_folder_of_weight_1_gives_the_steps_of_an_unmixed_run() {
    let masker = PREPARED.masker(ObjectiveName::Mac);
    let folders = vec![WeightedShards {
        shards: PREPARED.shards(Split::Train),
        weight: 1.0,
    }];
    let one = TrainingExamples::mixed(folders, masker, PairObjective::Sop, 7).unwrap();
    let alone = PREPARED.examples(Split::Train);
    for step in [1, 9, 40] {
        let of = |examples: &TrainingExamples| examples.step(step, LAST, 8, 8).unwrap();
        assert_eq!(of(&one), of(&alone));
    }
}

#[test]
fn a_loader_that_starts_later_goes_on_in_the_mixture() {
    let examples = Arc::new(mixed([2.5, 0.4]).unwrap());
    let per_epoch = examples.len() as u64 / 8;
    let last = 3 * per_epoch;
    let mut whole = Loader::start(&examples, 1..=last, 8, 4, 2);
    let whole: Vec<_> = (1..=last).map(|_| whole.next_step().unwrap()).collect();
    assert!(whole.last().unwrap().epoch >= 2);
    let again = Arc::new(mixed([2.5, 0.4]).unwrap());
    let start = per_epoch + 2;
    let mut later = Loader::start(&again, start..=last, 8, 4, 3);
    for step in start..=last {
        assert_eq!(later.next_step().unwrap(), whole[step as usize - 1]);
    }
}

#[test]
fn a_weight_that_leaves_no_example_is_refused() {
    let error = mixed([0.001, 1.0]).err().unwrap();
    let error = fixtures::message(error, DOMAIN.home(), "DOMAIN");
    assert!(
        error.starts_with("weight 0.001 of the shards in DOMAIN/shards leaves none of their "),
        "{error}"
    );
}

#[test]
fn folders_that_cannot_be_mixed_are_refused_and_both_are_named() {
    let other = Prepared::of(&documents(14));
    let shards = other.home().join("shards");
    let longer = Manifest {
        max_length: 48,
        ..Manifest::read(&shards).unwrap()
    };
    longer.write(&shards).unwrap();
    let folders = [&*PREPARED, &other].map(|prepared| WeightedShards {
        shards: prepared.shards(Split::Train),
        weight: 1.0,
    });
    let masker = PREPARED.masker(ObjectiveName::Mac);
    let error = TrainingExamples::mixed(folders.into(), masker, PairObjective::Sop, 7);
    let message = fixtures::message(error.err().unwrap(), PREPARED.home(), "A");
    let message = fixtures::message(message, other.home(), "B");
    insta::assert_snapshot!(message, @"cannot mix the shards in A/shards with those in B/shards: max_length is 48, expected 40; prepare one of them again");
}
