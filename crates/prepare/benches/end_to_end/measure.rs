//! The measurements: jieba-rs, `tokenizers` and the whole preparation, on the same text.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use corpus::Document;
use jieba_rs::Jieba;
use prepare::{PrepareJob, prepare};
use segment::{PieceTokenizer, SegmentOptions, Segmenter};
use serde_json::json;
use sop::ExampleOptions;
use synonym::FunctionWords;

use crate::clock::{Measured, measured};
use crate::input;

/// Cuts text in memory with jieba-rs, line by line, in precise mode with the hidden Markov model.
pub(crate) fn jieba(text: &Path) -> Measured {
    let documents = input::documents(text);
    let jieba = Jieba::new();
    measured("jieba-rs cut", n_bytes(&documents), || {
        let n_words: usize = lines(&documents)
            .map(|line| jieba.cut(line, true).len())
            .sum();
        json!({ "words": n_words })
    })
}

/// Runs the BERT pipeline of `tokenizers` on text in memory, line by line.
pub(crate) fn tokenizers(text: &Path, vocabulary: &str) -> Measured {
    let vocabulary = input::vocabulary(vocabulary, text);
    let documents = input::documents(text);
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    measured("tokenizers encode", n_bytes(&documents), || {
        let pieces = lines(&documents).map(|line| tokenizer.reference_pieces(line).len());
        json!({ "pieces": pieces.sum::<usize>() })
    })
}

/// Prepares shards: reads the text from disk, cuts it, makes examples of 512 pieces, writes and syncs them.
pub(crate) fn prepare_shards(text: &Path, vocabulary: &str, out: &Path) -> Measured {
    let vocabulary = input::vocabulary(vocabulary, text);
    let segmenter = Segmenter::new(&vocabulary, &SegmentOptions::default()).expect("no dictionary");
    let corpus = input::corpus(text);
    let n_bytes = corpus.files()[0].bytes() as usize;
    let job = PrepareJob {
        corpus: &corpus,
        segmenter: &segmenter,
        table: None,
        function_words: &FunctionWords::default(),
        examples: &ExampleOptions {
            max_length: 512,
            short_share: 0.1,
        },
        pairs: sop::PairObjective::Sop,
        held_out_share: 0.01,
        seed: 1,
        examples_per_shard: 65_536,
        task: None,
        allow_unknown: true,
        near_duplicates: None,
        folder: out,
        config: json!({}),
    };
    measured("prepare", n_bytes, || {
        let finished = prepare(&job, &channel().0, &AtomicBool::new(false)).expect("shards");
        let counts = &finished.manifest.counts;
        let seconds = |time: std::time::Duration| time.as_secs_f64();
        json!({
            "pieces": counts.pieces,
            "examples": counts.examples,
            "read_seconds": seconds(finished.times.read),
            "segment_seconds": seconds(finished.times.segment),
            "examples_seconds": seconds(finished.times.examples),
            "write_seconds": seconds(finished.times.write),
        })
    })
}

fn lines(documents: &[Document]) -> impl Iterator<Item = &str> {
    documents.iter().flat_map(|document| document.text.lines())
}

fn n_bytes(documents: &[Document]) -> usize {
    documents.iter().map(|document| document.text.len()).sum()
}
