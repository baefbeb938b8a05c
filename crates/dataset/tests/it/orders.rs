//! Neither the lengths nor the end marks of texts reveal their order label (method §3.3, §3.4), on the sample corpus.

use std::sync::{Arc, LazyLock};

use dataset::TrainingExamples;
use fixtures::{Preparation, sample_texts, vocabulary_of};
use masking::{Masker, ObjectiveName};
use segment::{SegmentOptions, Segmenter};
use shard::{ShardSet, Split};
use sop::{Clue, OrderAudit, PairObjective, Predicted};

/// The largest share that may be predicted (method §3.4).
const MOST: f64 = 0.52;

/// Cuts the sample corpus.
static SEGMENTER: LazyLock<Segmenter> = LazyLock::new(|| {
    let texts = sample_texts();
    let vocabulary = Arc::new(vocabulary_of(texts.iter().map(String::as_str)));
    Segmenter::new(&vocabulary, &SegmentOptions::default()).unwrap()
});

/// How well the order labels of some thousand pairs of the sample corpus can be predicted.
fn predicted(pairs: PairObjective, max_length: usize, clue: Clue) -> Predicted {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.txt"), sample_texts().join("\n\n")).unwrap();
    let preparation = Preparation {
        held_out_share: 0.0,
        max_length,
        ..Preparation::new(home.path(), &SEGMENTER)
    };
    preparation.run().unwrap();
    let shards = ShardSet::open(&preparation.shards(), Split::Train).unwrap();
    let vocabulary = Arc::clone(SEGMENTER.vocabulary());
    let masker = Masker::new(ObjectiveName::Wwm.objective(), vocabulary, None).unwrap();
    let examples = TrainingExamples::new(shards, Arc::new(masker), pairs, 3).unwrap();
    let mut audit = OrderAudit::new(SEGMENTER.vocabulary());
    for epoch in 0..40 {
        for index in 0..examples.len() {
            audit.add(&examples.drawn(index, epoch).unwrap().pair);
        }
    }
    audit.predicted(clue).unwrap()
}

#[test]
fn lengths_and_end_marks_do_not_tell_whether_a_text_is_the_next_one() {
    for max_length in [48, 128] {
        let predicted = predicted(PairObjective::Nsp, max_length, Clue::LengthsAndEnds);
        assert!(
            predicted.n_pairs > 2000 && predicted.share <= MOST,
            "{max_length} {predicted:?}"
        );
    }
}

#[test]
fn end_marks_do_not_tell_the_order_of_two_texts() {
    for max_length in [48, 128] {
        for clue in [Clue::MissingEnds, Clue::Ends] {
            let predicted = predicted(PairObjective::Sop, max_length, clue);
            let predicted_too_much = format!("{max_length} {clue:?} {predicted:?}");
            assert!(
                predicted.n_pairs > 2000 && predicted.share <= MOST,
                "{predicted_too_much}"
            );
        }
    }
}
