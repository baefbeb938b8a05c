//! The manifest counts what was read and everything that was dropped (method §8.1, §8.2).

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use fixtures::Preparation;
use prepare::PrepareError;
use shard::{Counts, Split};
use sop::PairObjective;

use crate::preparation::{leftovers, preparation_in, preparation_of, text};

/// Prepares a text and returns its counts, after checking that they agree with the written examples.
fn counts(text: &str) -> Counts {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), text);
    let finished = preparation.run().unwrap();
    let counts = finished.manifest.counts.clone();
    let examples = [Split::Train, Split::HeldOut].map(|split| preparation.examples(split));
    let lengths = examples
        .iter()
        .flatten()
        .map(|example| example.pieces().len() as u64);
    assert_eq!(counts.examples, lengths.clone().count() as u64);
    assert_eq!(counts.example_pieces, lengths.clone().sum::<u64>());
    assert_eq!(
        counts.example_pieces + counts.drops.dropped_pieces,
        counts.pieces
    );
    assert!(lengths.clone().all(|length| length + 3 <= 40));
    counts
}

#[test]
fn documents_characters_and_sentences_are_counted() {
    let counts = counts(&text());
    assert_eq!(counts.documents, 201);
    assert_eq!(counts.drops.single_sentence_documents, 1);
    // A document's own line ends count as its characters, blank lines between documents do not.
    let n_others = text().chars().filter(|c| *c != '\n').count() as u64;
    assert_eq!(counts.characters, n_others + 200 * 2 + 1);
    assert_eq!(counts.sentences, 1001);
    assert_eq!(counts.unknown_pieces, 0);
    assert!((5..40).contains(&counts.held_out_documents));
}

#[test]
fn documents_without_two_sentences_give_no_example_and_are_counted() {
    // Documents of white space only, of control characters only, and two of a single sentence.
    let more = " \u{3000}\n\n\u{200d}\u{0}\n\n只有一句。\n\n还是一句\n";
    let (before, after) = (counts(&text()), counts(&(text() + more)));
    assert_eq!(after.examples, before.examples);
    assert_eq!(after.drops.empty_documents, 1);
    assert_eq!(after.drops.single_sentence_documents, 3);
    assert_eq!(after.documents, before.documents + 3);
}

/// Method §3.5.
#[test]
fn without_pairs_documents_of_one_sentence_are_examples_and_the_manifest_says_so() {
    let home = tempfile::tempdir().unwrap();
    let titles: Vec<String> = (0..50).map(|n| format!("今天看见{n}只鸟\n\n")).collect();
    let titles = titles.concat();
    let mut preparation = preparation_of(home.path(), &titles);
    preparation.pairs = PairObjective::None;
    let manifest = preparation.run().unwrap().manifest;
    assert!(manifest.single_sentences);
    assert_eq!(manifest.counts.drops, sop::ExampleDrops::default());
    let examples = Split::ALL.map(|split| preparation.examples(split));
    assert_eq!(examples.iter().flatten().count(), 50);
    assert!(
        examples
            .iter()
            .flatten()
            .all(|example| example.sentence_ends().len() == 1)
    );
    // With pairs, the same text gives none, and the shards of the two are not the same.
    preparation.pairs = PairObjective::Sop;
    let error = preparation.run().unwrap_err().to_string();
    let expect =
        "use of single sentences as examples (pairs.objective = \"none\"): there true, here false";
    assert!(error.contains(expect), "{error}");
}

#[test]
fn the_halves_of_a_cut_sentence_are_stored_as_such() {
    let home = tempfile::tempdir().unwrap();
    let long = "今天天气很好我们去公园看见鸟".repeat(2) + "。\n";
    let preparation = preparation_of(home.path(), &(long.repeat(2) + "\n" + &text()));
    let counts = preparation.run().unwrap().manifest.counts;
    assert_eq!(counts.drops.cut_sentences, 2);
    let examples = Split::ALL.map(|split| preparation.examples(split));
    let cut = examples.iter().flatten();
    let cut: Vec<_> = cut
        .filter(|example| !example.cut_ends().is_empty())
        .collect();
    assert_eq!(cut.len(), 2);
    for example in cut {
        assert_eq!(
            (example.sentence_ends().len(), example.cut_ends()),
            (2, &[0][..])
        );
    }
}

#[test]
fn a_corpus_that_would_be_held_out_as_a_whole_is_trained_on() {
    let home = tempfile::tempdir().unwrap();
    let mut preparation = preparation_of(home.path(), "今天天气很好。我们去公园。\n");
    preparation.held_out_share = 0.999_999;
    let manifest = preparation.run().unwrap().manifest;
    let counts = &manifest.counts;
    assert_eq!((counts.held_out_documents, counts.unheld_documents), (0, 1));
    assert_eq!(preparation.examples(Split::Train).len(), 1);
    assert_eq!(preparation.examples(Split::HeldOut).len(), 0);
    assert_eq!(preparation.run().unwrap().manifest, manifest);
    // Without a share to hold out, nothing is left to say.
    let home = tempfile::tempdir().unwrap();
    let mut preparation = preparation_of(home.path(), "今天天气很好。我们去公园。\n");
    preparation.held_out_share = 0.0;
    assert_eq!(
        preparation.run().unwrap().manifest.counts.unheld_documents,
        0
    );
}

#[test]
fn dropped_records_are_counted_by_reason() {
    let home = tempfile::tempdir().unwrap();
    let mut bytes = text().into_bytes();
    bytes.extend(b"\xff\xfe\n\n");
    let preparation = preparation_of(home.path(), "");
    std::fs::write(home.path().join("a.txt"), bytes).unwrap();
    let finished = preparation.run().unwrap();
    assert_eq!(finished.manifest.counts.dropped_records["invalid_utf8"], 1);
    assert_eq!(finished.drops.first[0].place, corpus::Place::Line(603));
}

#[test]
fn a_sentence_longer_than_an_example_is_cut_and_counted() {
    let long = "今天天气很好我们去公园看见鸟".repeat(9) + "。\n";
    let counts = counts(&(text() + &long));
    assert_eq!(counts.drops.cut_sentences, 1);
    assert_eq!(counts.drops.overlong_units, 0);
}

#[test]
fn characters_missing_from_the_vocabulary_are_counted() {
    assert_eq!(counts(&(text() + "今天龘。我们齉！\n")).unknown_pieces, 2);
}

#[test]
fn a_corpus_without_an_example_is_an_error_and_leaves_no_file() {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), "只有一句。\n");
    let error = preparation.run().unwrap_err();
    assert!(matches!(error, PrepareError::NoExamples { .. }));
    insta::assert_snapshot!(error, @r#"the corpus gives no example to train on: 1 documents, 1 sentences; an example needs two sentences of one document, or one sentence if pairs.objective is "none""#);
    assert!(!preparation.shards().exists());
    assert!(leftovers(home.path()).is_empty());
}

#[test]
fn a_corpus_without_a_document_is_an_error_and_leaves_no_file() {
    let home = tempfile::tempdir().unwrap();
    let preparation = preparation_of(home.path(), " \n\n\u{3000}\n");
    let error = preparation.run().unwrap_err();
    insta::assert_snapshot!(error, @"corpus.paths: the corpus has no document: 1 files, 0 dropped records");
    assert!(!preparation.shards().exists());
}

#[test]
fn a_vocabulary_of_another_text_is_refused_unless_the_caller_insists() {
    let home = tempfile::tempdir().unwrap();
    let other = "龘靐齉。齾爩麤。灪龖厵。\n".repeat(20) + "今天天气很好！我们去公园。\n";
    let preparation = Preparation {
        allow_unknown: false,
        held_out_share: 0.0,
        ..preparation_of(home.path(), &other)
    };
    let error = preparation.run().unwrap_err();
    insta::assert_snapshot!(error, @"180 of 253 pieces are [UNK] (71 %): the vocabulary is not one of this text; name another (vocabulary.path), or insist with --allow-unknown");
    assert!(!preparation.shards().exists());
    let insisted = Preparation {
        allow_unknown: true,
        ..preparation
    };
    let counts = insisted.run().unwrap().manifest.counts;
    assert!(counts.unknown_pieces * 2 > counts.pieces);
}

#[test]
fn drops_are_reported_also_if_the_run_fails() {
    let home = tempfile::tempdir().unwrap();
    let text = [text().as_bytes(), b"\xff\n"].concat();
    std::fs::write(home.path().join("a.txt"), text).unwrap();
    std::fs::write(home.path().join("b.txt"), b"\xff\xfeN\0e\0w\0").unwrap();
    let failure = preparation_in(home.path())
        .with_job(|job| prepare::prepare(job, &channel().0, &AtomicBool::new(false)).unwrap_err());
    assert!(failure.to_string().contains("b.txt"), "{failure}");
    assert_eq!(failure.drops.files["a.txt"].n_dropped(), 1);
}

#[test]
fn progress_ends_at_the_whole_corpus() {
    let home = tempfile::tempdir().unwrap();
    let (finished, said) = preparation_of(home.path(), &text()).run_with_progress();
    let last = said.last().unwrap();
    assert_eq!(last.bytes, last.total);
    assert_eq!(last.documents, finished.unwrap().manifest.counts.documents);
}
