//! Write then read is the identity, at any place, in any order.

use proptest::prelude::*;
use shard::{MANIFEST, Manifest, PieceWidth, ShardSet, ShardWriter, Split, VOCABULARY};
use sop::Example;

use crate::material::{example, files, folder, manifest, two};

/// Written by `folder` with `two`; where the format changes on purpose, so does `Manifest::VERSION`.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/golden");

#[test]
fn a_small_folder_is_what_it_always_was() {
    let place = tempfile::tempdir().unwrap();
    folder(place.path(), &two());
    for name in ["train-00000.arrow", MANIFEST, VOCABULARY] {
        let [found, golden] =
            [place.path(), GOLDEN.as_ref()].map(|folder| std::fs::read(folder.join(name)).unwrap());
        assert!(found == golden, "{name} is no longer what it was");
    }
}

#[test]
fn the_golden_folder_is_read() {
    let set = ShardSet::open(GOLDEN.as_ref(), Split::Train).unwrap();
    let examples: Vec<Example> = set.iter().collect::<Result<_, _>>().unwrap();
    assert_eq!(examples, two());
}

#[test]
fn ids_take_two_bytes_where_the_vocabulary_allows() {
    assert_eq!(PieceWidth::of(21_128), PieceWidth::Two);
    assert_eq!(PieceWidth::of(1 << 16), PieceWidth::Two);
    assert_eq!(PieceWidth::of((1 << 16) + 1), PieceWidth::Four);
    let place = tempfile::tempdir().unwrap();
    let long = [example(1, 0, &[500; 64])];
    let [narrow, wide] = [(Split::Train, 1 << 16), (Split::HeldOut, 1 << 17)]
        .map(|(split, n_pieces)| files(place.path(), split, &long, 1, n_pieces)[0].bytes);
    let saved = wide - narrow;
    assert!(
        (63_000..65_000).contains(&saved),
        "{saved} bytes for 32,000 pieces"
    );
}

#[test]
fn nothing_lies_under_the_final_name_before_it_is_whole() {
    let place = tempfile::tempdir().unwrap();
    let names = || {
        std::fs::read_dir(place.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
    };
    let mut writer = ShardWriter::create(place.path(), Split::Train, 0, 9).unwrap();
    writer.push(0, example(1, 5, &[2, 1])).unwrap();
    assert!(names().all(|name| name != "train-00000.arrow"));
    drop(writer);
    assert_eq!(names().count(), 0);
}

#[test]
fn a_folder_without_examples_on_a_side_is_open_and_empty() {
    let place = tempfile::tempdir().unwrap();
    folder(place.path(), &two());
    let set = ShardSet::open(place.path(), Split::HeldOut).unwrap();
    assert!(set.is_empty() && set.split() == Split::HeldOut);
}

#[test]
fn the_padding_share_counts_specials_as_filled() {
    let mut manifest = manifest(Vec::new(), 9);
    assert!(manifest.padding_share().abs() < 1e-12);
    manifest.counts.examples = 2;
    manifest.counts.example_pieces = 125 + 61;
    assert!((manifest.padding_share() - 0.25).abs() < 1e-12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn what_is_written_is_read_at_any_place(
        units in prop::collection::vec(prop::collection::vec(1_u32..6, 1..9), 1..40),
        wide: bool, repeat in 1_usize..60, per_file in 1_usize..1500,
    ) {
        let place = tempfile::tempdir().unwrap();
        let (first, n_pieces) = if wide { (70_000, 80_000) } else { (60_000, 1 << 16) };
        let examples: Vec<Example> = (0..repeat)
            .flat_map(|_| &units)
            .zip(0..)
            .map(|(units, key)| example(key, first, units))
            .collect();
        let train = files(place.path(), Split::Train, &examples, per_file.max(20), n_pieces);
        let written = manifest(train, n_pieces);
        written.write(place.path()).unwrap();
        prop_assert_eq!(&Manifest::read(place.path()).unwrap(), &written);
        let set = ShardSet::open(place.path(), Split::Train).unwrap();
        let in_order: Vec<Example> = set.iter().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(&in_order, &examples);
        for index in (0..set.len()).rev().step_by(7) {
            prop_assert_eq!(&set.example(index).unwrap(), &examples[index]);
        }
    }
}
