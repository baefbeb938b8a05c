//! Examples are read back as they were written, at any index and in any order.

use proptest::prelude::*;
use shard::{MANIFEST, Manifest, PieceWidth, ShardSet, ShardWriter, Split, VOCABULARY};
use sop::Example;

use crate::folders::{example, manifest, two_examples, write_files, write_folder};

/// A folder written by [`write_folder`] with [`two_examples`]. If the format changes on purpose, so does
/// `Manifest::VERSION`.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/golden");

#[test]
fn the_bytes_of_a_small_folder_are_those_of_the_golden_one() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), &two_examples());
    for name in ["train-00000.arrow", MANIFEST, VOCABULARY] {
        let [found, golden] = [folder.path(), GOLDEN.as_ref()]
            .map(|folder| std::fs::read(folder.join(name)).unwrap());
        assert!(found == golden, "{name} is no longer what it was");
    }
}

#[test]
fn the_golden_folder_is_read() {
    let set = ShardSet::open(GOLDEN.as_ref(), Split::Train).unwrap();
    let examples: Vec<Example> = set.iter().collect::<Result<_, _>>().unwrap();
    assert_eq!(examples, two_examples());
}

#[test]
fn ids_take_two_bytes_if_the_vocabulary_has_at_most_65536_pieces() {
    assert_eq!(PieceWidth::of(21_128), PieceWidth::Two);
    assert_eq!(PieceWidth::of(1 << 16), PieceWidth::Two);
    assert_eq!(PieceWidth::of((1 << 16) + 1), PieceWidth::Four);
    let folder = tempfile::tempdir().unwrap();
    let long = [example(1, 0, &[500; 64])];
    let [narrow, wide] = [(Split::Train, 1 << 16), (Split::HeldOut, 1 << 17)]
        .map(|(split, n_pieces)| write_files(folder.path(), split, &long, 1, n_pieces)[0].bytes);
    let saved = wide - narrow;
    assert!(
        (63_000..65_000).contains(&saved),
        "{saved} bytes for 32,000 pieces"
    );
}

#[test]
fn a_shard_has_its_final_name_only_once_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ShardWriter::create(folder.path(), Split::Train, 0, 9).unwrap();
    writer.push(0, example(1, 5, &[2, 1])).unwrap();
    assert!(!folder.path().join("train-00000.arrow").exists());
    drop(writer);
    assert_eq!(fixtures::names(folder.path()), [""; 0]);
}

#[test]
fn a_side_without_examples_opens_and_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), &two_examples());
    let set = ShardSet::open(folder.path(), Split::HeldOut).unwrap();
    assert!(set.is_empty() && set.split() == Split::HeldOut);
}

#[test]
fn the_padding_share_counts_special_pieces_as_filled() {
    let mut manifest = manifest(Vec::new(), 9);
    assert!(manifest.padding_share().abs() < 1e-12);
    manifest.counts.examples = 2;
    manifest.counts.example_pieces = 125 + 61;
    assert!((manifest.padding_share() - 0.25).abs() < 1e-12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn examples_are_read_back_as_written_at_any_index(
        units in prop::collection::vec(prop::collection::vec(1_u32..6, 1..9), 1..40),
        wide: bool, repeat in 1_usize..60, per_file in 1_usize..1500,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (first, n_pieces) = if wide { (70_000, 80_000) } else { (60_000, 1 << 16) };
        let examples: Vec<Example> = (0..repeat)
            .flat_map(|_| &units)
            .zip(0..)
            .map(|(units, key)| example(key, first, units))
            .collect();
        let train = write_files(folder.path(), Split::Train, &examples, per_file.max(20), n_pieces);
        let written = manifest(train, n_pieces);
        written.write(folder.path()).unwrap();
        prop_assert_eq!(&Manifest::read(folder.path()).unwrap(), &written);
        let set = ShardSet::open(folder.path(), Split::Train).unwrap();
        let in_order: Vec<Example> = set.iter().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(&in_order, &examples);
        for index in (0..set.len()).rev().step_by(7) {
            prop_assert_eq!(&set.example(index).unwrap(), &examples[index]);
        }
    }
}
