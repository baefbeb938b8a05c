//! Compares every sentence of a text: words with jieba-rs, with and without its model; ids and offsets of pieces with
//! `tokenizers`.

use std::path::Path;

use jieba_rs::Jieba;
use segment::{
    PieceTokenizer, SegmentOptions, Segmenter, WordSegmenter, sentence_spans, unit_ends,
};
use serde_json::{Value, json};

use crate::input;

/// Compares a text and counts what was compared.
///
/// # Panics
/// At the first word, piece, offset or unit that differs.
pub(crate) fn run(text: &Path, vocabulary: &str) -> Value {
    let vocabulary = input::vocabulary(vocabulary, text);
    let segmenter = Segmenter::new(&vocabulary, &SegmentOptions::default()).expect("no dictionary");
    let by_dictionary = WordSegmenter::new(false, None).expect("no dictionary");
    let tokenizer = PieceTokenizer::new(&vocabulary, true);
    let jieba = Jieba::new();
    let corpus = input::corpus(text);
    let (mut n_bytes, mut n_sentences, mut n_words, mut n_pieces) = (0, 0, 0, 0);
    for document in corpus.files()[0].documents().expect("the text") {
        let document = document.expect("the text");
        let segmented = segmenter.segment(&document.text);
        let (mut pieces, mut spans, mut units) = (Vec::new(), Vec::new(), Vec::new());
        assert_eq!(
            by_dictionary.words(&document.text),
            by_dictionary.reference_words(&document.text)
        );
        for sentence in sentence_spans(&document.text) {
            let words = jieba.cut(sentence.of(&document.text), true);
            let word_ends: Vec<u32> = words.iter().map(|word| word.byte_end as u32).collect();
            let found = tokenizer.reference_pieces(sentence.of(&document.text));
            let ids: Vec<_> = found.iter().map(|piece| piece.id).collect();
            let places: Vec<_> = found.iter().map(|piece| piece.span).collect();
            let first = pieces.len() as u32;
            unit_ends(&word_ends, &ids, &places, &vocabulary, first, &mut units);
            pieces.extend(ids);
            let place = |at: u32| sentence.start + at;
            spans.extend(places.iter().map(|s| (place(s.start), place(s.end))));
            n_words += words.len();
            n_sentences += 1;
        }
        let found: Vec<_> = segmented
            .piece_spans
            .iter()
            .map(|s| (s.start, s.end))
            .collect();
        assert!(
            segmented.pieces == pieces && found == spans && segmented.unit_ends == units,
            "record {}: {}",
            document.source.record,
            document.text
        );
        n_bytes += document.text.len();
        n_pieces += pieces.len();
    }
    json!({
        "what": "parity",
        "bytes": n_bytes,
        "counts": { "sentences": n_sentences, "words": n_words, "pieces": n_pieces },
    })
}
