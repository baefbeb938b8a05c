//! Any text is cut into sentences of units of pieces that lie in order inside it.
#![no_main]

use std::path::Path;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use segment::{SegmentOptions, Segmenter, Vocabulary};

static SEGMENTER: LazyLock<Segmenter> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/segment/tests/data/vocab.txt");
    let vocabulary = Arc::new(Vocabulary::read(&path).expect("the tests' vocabulary"));
    Segmenter::new(&vocabulary, &SegmentOptions::default()).expect("no dictionary to read")
});

fuzz_target!(|text: &str| {
    let segmented = SEGMENTER.segment(text);
    assert_eq!(segmented.pieces.len(), segmented.piece_spans.len());
    assert!(segmented.unit_ends.is_sorted_by(|a, b| a < b));
    assert_eq!(
        segmented.unit_ends.last().copied().unwrap_or(0) as usize,
        segmented.pieces.len()
    );
    for sentence in &segmented.sentences {
        for span in
            &segmented.piece_spans[sentence.pieces.start as usize..sentence.pieces.end as usize]
        {
            assert!(sentence.text.start <= span.start && span.end <= sentence.text.end);
            assert!(!span.of(text).is_empty());
        }
    }
});
