//! The folder for the shards exists already.

use fixtures::Preparation;
use prepare::PrepareError;

use crate::preparation::{preparation_in, preparation_of, text};

fn refusal(preparation: &Preparation) -> String {
    let error = preparation.run().unwrap_err();
    assert!(matches!(error, PrepareError::Occupied { .. }), "{error}");
    fixtures::message(error, &preparation.home, "HOME")
}

#[test]
fn a_second_run_does_nothing() {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), &text());
    let first = preparation.run().unwrap();
    let files = fixtures::bytes_below(&preparation.shards());
    let second = preparation.run().unwrap();
    assert!(!first.was_done && second.was_done);
    assert_eq!(first.manifest, second.manifest);
    assert!(files == fixtures::bytes_below(&preparation.shards()));
}

#[test]
fn shards_of_another_config_are_refused_by_the_key_that_differs() {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), &text());
    preparation.run().unwrap();
    let longer = Preparation {
        max_length: 60,
        ..preparation_in(home.path())
    };
    insta::assert_snapshot!(refusal(&longer), @"HOME/shards already exists, and its shards were made with another config: examples.max_length there 40, here 60; name another folder (shards.directory), or remove it");
}

#[test]
fn shards_of_another_corpus_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), &text());
    preparation.run().unwrap();
    std::fs::write(home.path().join("a.txt"), text() + "又一句。再一句。\n").unwrap();
    insta::assert_snapshot!(refusal(&preparation), @"HOME/shards already exists, and its shards were made with another corpus (its files and their bytes): a.txt there 22597, here 22622; name another folder (shards.directory), or remove it");
    std::fs::write(home.path().join("a.txt"), text()).unwrap();
    std::fs::write(home.path().join("b.txt"), "又一句。再一句。\n").unwrap();
    insta::assert_snapshot!(refusal(&preparation), @"HOME/shards already exists, and its shards were made with another corpus (its files and their bytes): b.txt there nothing, here 25; name another folder (shards.directory), or remove it");
}

#[test]
fn incomplete_shards_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), &text());
    preparation.run().unwrap();
    let shard = preparation.shards().join("train-00001.arrow");
    let bytes = std::fs::read(&shard).unwrap();
    std::fs::write(&shard, &bytes[..99]).unwrap();
    insta::assert_snapshot!(refusal(&preparation), @"HOME/shards already exists, and its shard train-00001.arrow is missing or cut short; name another folder (shards.directory), or remove it");
    std::fs::write(preparation.shards().join("manifest.json"), "{}").unwrap();
    insta::assert_snapshot!(refusal(&preparation), @"HOME/shards already exists, and its manifest cannot be read: HOME/shards/manifest.json: version null, expected 2; prepare the shards again; name another folder (shards.directory), or remove it");
}

#[test]
fn a_folder_with_other_files_is_refused_and_an_empty_one_is_used() {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), &text());
    std::fs::create_dir(preparation.shards()).unwrap();
    std::fs::write(preparation.shards().join("mine.txt"), "我的").unwrap();
    insta::assert_snapshot!(refusal(&preparation), @"HOME/shards already exists, and it holds other files; name another folder (shards.directory), or remove it");
    std::fs::remove_file(preparation.shards().join("mine.txt")).unwrap();
    preparation.run().unwrap();
}
