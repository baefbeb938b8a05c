//! A segmenter with the small vocabulary of `tests/data`, and units shown as text.

use std::path::Path;
use std::sync::Arc;

use segment::{SegmentOptions, Segmented, Segmenter, Vocabulary};

pub(crate) fn vocabulary() -> Arc<Vocabulary> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/vocab.txt");
    Arc::new(Vocabulary::read(&path).unwrap())
}

pub(crate) fn segmenter() -> Segmenter {
    Segmenter::new(&vocabulary(), &SegmentOptions::default()).unwrap()
}

/// The text of every unit, from the first byte of its first piece to the last byte of its last piece.
pub(crate) fn units<'t>(text: &'t str, segmented: &Segmented) -> Vec<&'t str> {
    let mut start = 0;
    let unit = |end: &u32| {
        let spans = &segmented.piece_spans[start as usize..*end as usize];
        start = *end;
        &text[spans[0].start as usize..spans[spans.len() - 1].end as usize]
    };
    segmented.unit_ends.iter().map(unit).collect()
}
