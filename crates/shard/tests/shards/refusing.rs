//! Damage is found, and what does not belong together is refused, naming both sides.

use std::path::Path;

use proptest::prelude::*;
use segment::Vocabulary;
use shard::{MANIFEST, Manifest, ShardError, ShardSet, ShardWriter, Split, VOCABULARY};

use crate::material::{example, files, folder, manifest, two, vocabulary};

/// Everything that a run does before it trusts a folder.
fn open(folder: &Path) -> Result<ShardSet, String> {
    let set = ShardSet::open(folder, Split::Train).map_err(|error| error.to_string())?;
    let vocabulary =
        Vocabulary::read(&folder.join(VOCABULARY)).map_err(|error| error.to_string())?;
    set.check_vocabulary(&vocabulary)
        .map_err(|error| error.to_string())?;
    Ok(set)
}

fn refusal(folder: &Path) -> String {
    let error = open(folder).err().unwrap();
    error.replace(&folder.display().to_string(), "FOLDER")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn one_flipped_bit_anywhere_is_found(file in 0..3_usize, place: prop::sample::Index, bit in 0..8_u8) {
        let home = tempfile::tempdir().unwrap();
        folder(home.path(), &two());
        let path = home.path().join(["train-00000.arrow", MANIFEST, VOCABULARY][file]);
        let mut bytes = std::fs::read(&path).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        std::fs::write(&path, bytes).unwrap();
        prop_assert!(open(home.path()).is_err(), "{} at {place}", path.display());
    }

    #[test]
    fn a_file_that_is_cut_short_is_found(file in 0..3_usize, place: prop::sample::Index) {
        let home = tempfile::tempdir().unwrap();
        folder(home.path(), &two());
        let path = home.path().join(["train-00000.arrow", MANIFEST, VOCABULARY][file]);
        let bytes = std::fs::read(&path).unwrap();
        // A vocabulary without its last line end is the same vocabulary.
        let n_bytes = place.index(bytes.len() - usize::from(file == 2));
        std::fs::write(&path, &bytes[..n_bytes]).unwrap();
        prop_assert!(open(home.path()).is_err(), "{} at {place:?}", path.display());
    }
}

#[test]
fn an_undamaged_folder_is_open() {
    let home = tempfile::tempdir().unwrap();
    folder(home.path(), &two());
    assert_eq!(open(home.path()).unwrap().len(), 2);
}

#[test]
fn a_flipped_byte_names_both_hashes() {
    let home = tempfile::tempdir().unwrap();
    let manifest = folder(home.path(), &two());
    let path = home.path().join(&manifest.train[0].name);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[300] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let message = refusal(home.path());
    assert!(message.contains(&manifest.train[0].sha256), "{message}");
    assert!(message.contains(&repro::sha256_hex(&bytes)), "{message}");
    assert!(message.ends_with("prepare the shards again"), "{message}");
}

#[test]
fn files_that_are_missing_or_cut_are_named() {
    let home = tempfile::tempdir().unwrap();
    let manifest = folder(home.path(), &two());
    let path = home.path().join(&manifest.train[0].name);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..100]).unwrap();
    insta::assert_snapshot!(refusal(home.path()), @"FOLDER/train-00000.arrow is damaged: its size in bytes is 100, but the manifest says 2738; prepare the shards again");
    std::fs::remove_file(&path).unwrap();
    insta::assert_snapshot!(refusal(home.path()), @"could not read FOLDER/train-00000.arrow: No such file or directory (os error 2); make shards with `macbert prepare`");
    std::fs::remove_file(home.path().join(MANIFEST)).unwrap();
    insta::assert_snapshot!(refusal(home.path()), @"could not read FOLDER/manifest.json: No such file or directory (os error 2); make shards with `macbert prepare`");
}

#[test]
fn a_vocabulary_that_the_shards_were_not_made_with_is_refused() {
    let home = tempfile::tempdir().unwrap();
    folder(home.path(), &two());
    let other = Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n").unwrap();
    std::fs::write(home.path().join(VOCABULARY), other.to_text()).unwrap();
    let message = refusal(home.path());
    assert!(message.contains(vocabulary().sha256()), "{message}");
    assert!(message.contains(other.sha256()), "{message}");
}

#[test]
fn another_version_and_a_changed_manifest_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let written = folder(home.path(), &two());
    let later = Manifest {
        version: 99,
        ..written.clone()
    };
    later.write(home.path()).unwrap();
    insta::assert_snapshot!(refusal(home.path()), @"FOLDER/manifest.json: version 99, expected 1; prepare the shards again");

    written.write(home.path()).unwrap();
    let path = home.path().join(MANIFEST);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace("\"max_length\": 128", "\"max_length\": 512"),
    )
    .unwrap();
    insta::assert_snapshot!(refusal(home.path()), @"FOLDER/manifest.json: its checksum does not match, so it was changed or is damaged; prepare the shards again");
}

#[test]
fn a_file_of_another_width_is_no_shard_of_this_vocabulary() {
    let home = tempfile::tempdir().unwrap();
    let wide = files(home.path(), Split::Train, &two(), 2, 1 << 17);
    manifest(wide, 9).write(home.path()).unwrap();
    let error = ShardSet::open(home.path(), Split::Train).err().unwrap();
    assert!(matches!(error, ShardError::Malformed { .. }), "{error}");
}

#[test]
fn what_would_come_back_as_something_else_is_not_written() {
    let home = tempfile::tempdir().unwrap();
    let mut writer = ShardWriter::create(home.path(), Split::Train, 0, 9).unwrap();
    let error = |result: Result<(), ShardError>| {
        let message = result.unwrap_err().to_string();
        message.replace(&home.path().display().to_string(), "FOLDER")
    };
    insta::assert_snapshot!(error(writer.push(0, example(1, 8, &[2]))), @"could not write FOLDER/train-00000.arrow: example 0000000000000001 has the piece 9, but the vocabulary has 9");
    insta::assert_snapshot!(error(writer.push(0, example(2, 5, &[65_535, 1]))), @"could not write FOLDER/train-00000.arrow: example 0000000000000002 has 65536 pieces, at most 65535 fit");
    assert_eq!(writer.finish().unwrap().n_examples, 0);
}
