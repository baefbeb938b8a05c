//! What is written is read; what is damaged or does not belong is refused.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use segment::{ByteSpan, Fingerprint, PieceId, Vocabulary, sha256_hex};
use sop::{Example, ExampleKey, ExampleSource};

use crate::{
    Counts, MANIFEST, Manifest, PieceWidth, ShardError, ShardSet, ShardWriter, Split,
    VocabularyBinding,
};

fn example(key: u64, first: u32, units: &[u32]) -> Example {
    let unit_ends: Vec<u32> = units
        .iter()
        .scan(0, |end, n| {
            *end += n;
            Some(*end)
        })
        .collect();
    let n_pieces = unit_ends.last().copied().unwrap_or(0);
    let source = ExampleSource {
        path: Arc::from("甲.txt"),
        record: 7 * key,
        text: ByteSpan::new(3, 90),
    };
    let pieces = (first..first + n_pieces).map(PieceId::new).collect();
    let sentence_ends = vec![units.len() as u32];
    Example::new(
        ExampleKey::from_raw(key),
        source,
        pieces,
        unit_ends,
        sentence_ends,
    )
    .expect("whole")
}

fn write(folder: &Path, examples: &[Example], width: PieceWidth) -> Manifest {
    let mut writer = ShardWriter::create(folder, Split::Train, 0, width).expect("created");
    for example in examples {
        writer.push(0, example.clone()).expect("written");
    }
    let manifest = Manifest {
        version: Manifest::VERSION,
        vocabulary: VocabularyBinding {
            sha256: "0".repeat(64),
            n_pieces: 100,
        },
        segmenter: Fingerprint {
            segmenter: "jieba-rs".to_owned(),
            hmm: true,
            dictionary_sha256: None,
            tokenizer: "tokenizers".to_owned(),
            lower_case: true,
            rules: 1,
        },
        table_sha256: None,
        max_length: 128,
        seed: 1,
        config: serde_json::Value::Null,
        paths: vec!["甲.txt".to_owned()],
        counts: Counts::default(),
        train: vec![writer.finish().expect("finished")],
        held_out: Vec::new(),
    };
    std::fs::write(
        folder.join(MANIFEST),
        serde_json::to_vec(&manifest).expect("JSON"),
    )
    .expect("written");
    manifest
}

#[test]
fn a_small_file_is_what_it_always_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = write(
        folder.path(),
        &[example(1, 5, &[2, 1]), example(2, 9, &[1, 3])],
        PieceWidth::Two,
    );
    let golden = std::fs::read(folder.path().join(&manifest.train[0].name)).expect("read");
    assert_eq!(
        sha256_hex(golden),
        "13be35b7dbaf32a059c116ec9073c73d9d930a66563352bf04bff4794c90d873"
    );
}

#[test]
fn every_flipped_byte_and_every_cut_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = write(folder.path(), &[example(1, 5, &[2, 1])], PieceWidth::Two);
    let path = folder.path().join(&manifest.train[0].name);
    let bytes = std::fs::read(&path).expect("read");
    for position in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1;
        std::fs::write(&path, &flipped).expect("written");
        assert!(matches!(
            ShardSet::open(folder.path(), Split::Train),
            Err(ShardError::Damaged { .. })
        ));
        std::fs::write(&path, &bytes[..position]).expect("written");
        assert!(ShardSet::open(folder.path(), Split::Train).is_err());
    }
}

#[test]
fn shards_and_vocabulary_that_do_not_belong_together_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &[example(1, 5, &[2, 1])], PieceWidth::Two);
    let set = ShardSet::open(folder.path(), Split::Train).expect("open");
    let vocabulary = Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n").expect("a vocabulary");
    let error = set
        .check_vocabulary(&vocabulary)
        .expect_err("refused")
        .to_string();
    assert!(
        error.contains(&"0".repeat(64)) && error.contains(vocabulary.sha256()),
        "{error}"
    );
}

#[test]
fn another_version_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = Manifest {
        version: 99,
        ..write(folder.path(), &[], PieceWidth::Two)
    };
    std::fs::write(
        folder.path().join(MANIFEST),
        serde_json::to_vec(&manifest).expect("JSON"),
    )
    .expect("written");
    let error = ShardSet::open(folder.path(), Split::Train)
        .err()
        .expect("refused");
    assert!(
        error.to_string().contains("version 99, expected 1"),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn what_is_written_is_read_at_any_place(
        units in prop::collection::vec(prop::collection::vec(1_u32..6, 1..9), 0..40),
        wide: bool, repeat in 1_usize..60,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let first = if wide { 70_000 } else { 60_000 };
        let width = PieceWidth::of(first as usize);
        let examples: Vec<Example> = (0..repeat)
            .flat_map(|_| &units)
            .zip(0..)
            .map(|(units, key)| example(key, first, units))
            .collect();
        write(folder.path(), &examples, width);
        let set = ShardSet::open(folder.path(), Split::Train).expect("open");
        prop_assert_eq!(set.len(), examples.len());
        for index in (0..set.len()).rev().step_by(3) {
            prop_assert_eq!(&set.example(index).expect("read"), &examples[index]);
        }
    }
}
