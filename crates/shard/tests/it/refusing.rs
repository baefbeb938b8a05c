//! Damage is detected, and files that do not belong together are refused by a message that names both sides.

use std::path::Path;

use proptest::prelude::*;
use segment::Vocabulary;
use shard::{MANIFEST, Manifest, ShardError, ShardSet, ShardWriter, Split, VOCABULARY};

use crate::folders::{example, manifest, two_examples, vocabulary, write_files, write_folder};

/// Opens a folder with every check that a run makes.
fn open(folder: &Path) -> Result<ShardSet, String> {
    let set = ShardSet::open(folder, Split::Train).map_err(|error| error.to_string())?;
    let vocabulary =
        Vocabulary::read(&folder.join(VOCABULARY)).map_err(|error| error.to_string())?;
    set.check_vocabulary(&vocabulary)
        .map_err(|error| error.to_string())?;
    Ok(set)
}

fn refusal(folder: &Path) -> String {
    fixtures::message(open(folder).err().unwrap(), folder, "FOLDER")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_single_flipped_bit_is_detected(file in 0..3_usize, byte: prop::sample::Index, bit in 0..8_u8) {
        let folder = tempfile::tempdir().unwrap();
        write_folder(folder.path(), &two_examples());
        let path = folder.path().join(["train-00000.arrow", MANIFEST, VOCABULARY][file]);
        fixtures::rewrite(&path, |bytes| {
            let byte = byte.index(bytes.len());
            bytes[byte] ^= 1 << bit;
        });
        prop_assert!(open(folder.path()).is_err(), "{} at {byte:?}", path.display());
    }

    #[test]
    fn a_truncated_file_is_detected(file in 0..3_usize, end: prop::sample::Index) {
        let folder = tempfile::tempdir().unwrap();
        write_folder(folder.path(), &two_examples());
        let path = folder.path().join(["train-00000.arrow", MANIFEST, VOCABULARY][file]);
        fixtures::rewrite(&path, |bytes| {
            // A vocabulary without its last line end is the same vocabulary.
            let n_bytes = end.index(bytes.len() - usize::from(file == 2));
            bytes.truncate(n_bytes);
        });
        prop_assert!(open(folder.path()).is_err(), "{} at {end:?}", path.display());
    }
}

#[test]
fn an_undamaged_folder_opens() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), &two_examples());
    assert_eq!(open(folder.path()).unwrap().len(), 2);
}

#[test]
fn the_message_about_a_changed_file_names_both_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = write_folder(folder.path(), &two_examples());
    let path = folder.path().join(&manifest.train[0].name);
    fixtures::rewrite(&path, |bytes| bytes[300] ^= 1);
    let bytes = std::fs::read(&path).unwrap();
    let message = refusal(folder.path());
    assert!(message.contains(&manifest.train[0].sha256), "{message}");
    assert!(message.contains(&repro::sha256_hex(&bytes)), "{message}");
    assert!(message.ends_with("prepare the shards again"), "{message}");
}

#[test]
fn files_that_are_missing_or_cut_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = write_folder(folder.path(), &two_examples());
    let path = folder.path().join(&manifest.train[0].name);
    fixtures::rewrite(&path, |bytes| bytes.truncate(100));
    insta::assert_snapshot!(refusal(folder.path()), @"FOLDER/train-00000.arrow is damaged: its size in bytes is 100, but the manifest says 3154; prepare the shards again");
    std::fs::remove_file(&path).unwrap();
    insta::assert_snapshot!(refusal(folder.path()), @"could not read FOLDER/train-00000.arrow: No such file or directory (os error 2); make shards with `macbert prepare`");
    std::fs::remove_file(folder.path().join(MANIFEST)).unwrap();
    insta::assert_snapshot!(refusal(folder.path()), @"could not read FOLDER/manifest.json: No such file or directory (os error 2); make shards with `macbert prepare`");
}

#[test]
fn a_vocabulary_other_than_the_shards_own_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), &two_examples());
    let other = Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n").unwrap();
    std::fs::write(folder.path().join(VOCABULARY), other.to_text()).unwrap();
    let message = refusal(folder.path());
    assert!(message.contains(vocabulary().sha256()), "{message}");
    assert!(message.contains(other.sha256()), "{message}");
}

#[test]
fn another_version_and_a_changed_manifest_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let written = write_folder(folder.path(), &two_examples());
    let later = Manifest {
        version: 99,
        ..written.clone()
    };
    later.write(folder.path()).unwrap();
    insta::assert_snapshot!(refusal(folder.path()), @"FOLDER/manifest.json: version 99, expected 2; prepare the shards again");

    written.write(folder.path()).unwrap();
    let path = folder.path().join(MANIFEST);
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text.replace("\"max_length\": 128", "\"max_length\": 512");
    std::fs::write(&path, changed).unwrap();
    insta::assert_snapshot!(refusal(folder.path()), @"FOLDER/manifest.json: its checksum does not match, so it was changed or is damaged; prepare the shards again");
}

#[test]
fn a_shard_whose_ids_are_too_wide_for_the_vocabulary_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let wide = write_files(folder.path(), Split::Train, &two_examples(), 2, 1 << 17);
    manifest(wide, 9).write(folder.path()).unwrap();
    let error = ShardSet::open(folder.path(), Split::Train).err().unwrap();
    assert!(matches!(error, ShardError::Malformed { .. }), "{error}");
}

#[test]
fn an_example_that_the_format_cannot_hold_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = ShardWriter::create(folder.path(), Split::Train, 0, 9).unwrap();
    let error = |result: Result<(), ShardError>| {
        fixtures::message(result.unwrap_err(), folder.path(), "FOLDER")
    };
    insta::assert_snapshot!(error(writer.push(0, example(1, 8, &[2]))), @"could not write FOLDER/train-00000.arrow: example 0000000000000001 has the piece 9, but the vocabulary has 9");
    insta::assert_snapshot!(error(writer.push(0, example(2, 5, &[65_535, 1]))), @"could not write FOLDER/train-00000.arrow: example 0000000000000002 has 65536 pieces, at most 65535 fit");
    assert_eq!(writer.finish().unwrap().n_examples, 0);
}
