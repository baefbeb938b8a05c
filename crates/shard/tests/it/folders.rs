//! Made-up examples, and folders of shards with them.

use std::path::Path;
use std::sync::Arc;

use segment::{ByteSpan, Fingerprint, PieceId, Vocabulary};
use shard::{Counts, Manifest, ShardFile, ShardWriter, Split, VOCABULARY, VocabularyBinding};
use sop::{Example, ExampleKey, ExampleSource};

/// An example of units with these numbers of pieces, in sentences of at most three units. Piece ids count up from `first`.
pub(crate) fn example(key: u64, first: u32, units: &[u32]) -> Example {
    let unit_ends: Vec<u32> = units
        .iter()
        .scan(0, |end, n| {
            *end += n;
            Some(*end)
        })
        .collect();
    let n_pieces = unit_ends.last().copied().unwrap_or(0);
    let n_units = units.len() as u32;
    let sentence_ends: Vec<u32> = (1..=n_units)
        .filter(|end| end % 3 == 0 || *end == n_units)
        .collect();
    let source = ExampleSource {
        path: Arc::from(PATHS[key as usize % PATHS.len()]),
        record: 7 * key,
        text: ByteSpan::new(3, 90),
    };
    let pieces = (first..first + n_pieces).map(PieceId::new).collect();
    let key = ExampleKey::from_raw(key);
    let cut_ends = cut_ends(&sentence_ends);
    let example = Example::new(key, source, pieces, unit_ends, sentence_ends).unwrap();
    example.with_cut_ends(cut_ends).unwrap()
}

/// Every other sentence end, for examples of more than two sentences.
fn cut_ends(sentence_ends: &[u32]) -> Vec<u32> {
    let n_sentences = sentence_ends.len() as u32;
    let first = if n_sentences > 2 { 0 } else { n_sentences };
    (first..n_sentences).step_by(2).collect()
}

const PATHS: [&str; 2] = ["甲.txt", "子/乙.jsonl.zst"];

/// The special pieces and four characters.
pub(crate) fn vocabulary() -> Vocabulary {
    Vocabulary::parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n天\n气\n好\n。\n").unwrap()
}

/// Writes files of `per_file` examples, for a vocabulary of `n_pieces`.
pub(crate) fn write_files(
    folder: &Path,
    split: Split,
    examples: &[Example],
    per_file: usize,
    n_pieces: usize,
) -> Vec<ShardFile> {
    let write = |(index, examples): (usize, &[Example])| {
        let mut writer = ShardWriter::create(folder, split, index, n_pieces).unwrap();
        for example in examples {
            let path = PATHS
                .iter()
                .position(|path| **path == *example.source().path);
            writer.push(path.unwrap() as u32, example.clone()).unwrap();
        }
        writer.finish().unwrap()
    };
    examples.chunks(per_file).enumerate().map(write).collect()
}

/// A manifest of training files, in memory.
pub(crate) fn manifest(train: Vec<ShardFile>, n_pieces: usize) -> Manifest {
    Manifest {
        version: Manifest::VERSION,
        task: None,
        vocabulary: VocabularyBinding {
            sha256: vocabulary().sha256().to_owned(),
            n_pieces,
        },
        segmenter: Fingerprint {
            segmenter: "jieba-rs".to_owned(),
            hmm: true,
            dictionary_sha256: None,
            tokenizer: "tokenizers".to_owned(),
            lower_case: true,
            punctuation: segment::PunctuationMap::new(),
            join_wrapped_lines: false,
            rules: 1,
        },
        table_sha256: None,
        max_length: 128,
        single_sentences: false,
        seed: 1,
        config: serde_json::json!({"seed": 1}),
        paths: PATHS.map(str::to_owned).to_vec(),
        path_bytes: vec![300, 20],
        counts: Counts::default(),
        train,
        held_out: Vec::new(),
    }
}

/// Writes a whole folder: one file of examples, the manifest, the vocabulary.
pub(crate) fn write_folder(folder: &Path, examples: &[Example]) -> Manifest {
    let n_pieces = vocabulary().len();
    let files = write_files(folder, Split::Train, examples, examples.len(), n_pieces);
    let manifest = manifest(files, n_pieces);
    manifest.write(folder).unwrap();
    std::fs::write(folder.join(VOCABULARY), vocabulary().to_text()).unwrap();
    manifest
}

/// Two examples of [`vocabulary`].
pub(crate) fn two_examples() -> [Example; 2] {
    [example(1, 5, &[2, 1]), example(2, 6, &[1, 2])]
}
