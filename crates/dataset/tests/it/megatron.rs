//! Unmasked sentences as Megatron's indexed dataset, read back by its published layout. (`tests/python/` reads them with
//! numpy.)

use std::path::Path;

use dataset::{MegatronCounts, write_megatron};
use shard::Split;

use crate::rows::PREPARED;

/// Reads the two files: documents of sentences of pieces.
fn read(prefix: &Path) -> Vec<Vec<Vec<u16>>> {
    let name = prefix.file_name().unwrap().to_str().unwrap();
    let of = |end: &str| std::fs::read(prefix.with_file_name(format!("{name}{end}"))).unwrap();
    let (pieces, index) = (of(".bin"), of(".idx"));
    assert_eq!(index[..18], *b"MMIDIDX\0\0\x01\0\0\0\0\0\0\0\x08");
    let i64_at = |at: usize| i64::from_le_bytes(index[at..at + 8].try_into().unwrap()) as usize;
    let (n_sentences, n_ends) = (i64_at(18), i64_at(26));
    let (lengths, starts) = (34, 34 + 4 * n_sentences);
    let ends = starts + 8 * n_sentences;
    assert_eq!(index.len(), ends + 8 * n_ends);
    let sentence = |number: usize| {
        let at = lengths + 4 * number;
        let length = i32::from_le_bytes(index[at..at + 4].try_into().unwrap()) as usize;
        let start = i64_at(starts + 8 * number);
        let bytes = pieces[start..start + 2 * length].chunks_exact(2);
        bytes.map(|b| u16::from_le_bytes([b[0], b[1]])).collect()
    };
    let ends: Vec<usize> = (0..n_ends).map(|n| i64_at(ends + 8 * n)).collect();
    assert_eq!((ends[0], *ends.last().unwrap()), (0, n_sentences));
    let documents = ends.windows(2).map(|pair| pair[0]..pair[1]);
    documents.map(|d| d.map(sentence).collect()).collect()
}

#[test]
fn documents_are_written_sentence_by_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().join("my.text_sentence");
    let shards = PREPARED.shards(Split::Train);
    let counts = write_megatron(&shards, &prefix, &mut |_| ()).unwrap();
    let documents = read(&prefix);
    let mut expect: Vec<Vec<Vec<u16>>> = Vec::new();
    let mut record = None;
    for example in shards.iter().map(Result::unwrap) {
        if record != Some(example.source().record) {
            expect.push(Vec::new());
        }
        record = Some(example.source().record);
        let document = expect.last_mut().unwrap();
        let (mut unit, mut piece) = (0, 0);
        let mut sentence = Vec::new();
        for (index, end) in example.sentence_ends().iter().enumerate() {
            while unit < *end as usize {
                while piece < example.unit_ends()[unit] as usize {
                    sentence.push(example.pieces()[piece].get() as u16);
                    piece += 1;
                }
                unit += 1;
            }
            // The parts of a sentence that was cut are one sentence.
            if example.has_end(index) {
                document.push(std::mem::take(&mut sentence));
            }
        }
        assert!(
            sentence.is_empty(),
            "no example of these ends inside a sentence"
        );
    }
    assert_eq!(documents, expect);
    assert!(documents.len() > 30, "{}", documents.len());
    assert!(documents.iter().any(|sentences| sentences.len() > 4));
    let sentences = documents.iter().flatten();
    let expect = MegatronCounts {
        documents: documents.len() as u64,
        sentences: sentences.clone().count() as u64,
        pieces: sentences.map(|sentence| sentence.len() as u64).sum(),
    };
    assert_eq!(counts, expect);
}

#[test]
fn a_dataset_that_cannot_be_written_is_named_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a.idx")).unwrap();
    let prefix = folder.path().join("a");
    let error = write_megatron(&PREPARED.shards(Split::Train), &prefix, &mut |_| ());
    let message = error.unwrap_err().to_string();
    let expect = format!("could not write {}.idx: ", prefix.display());
    assert!(message.starts_with(&expect), "{message}");
}
