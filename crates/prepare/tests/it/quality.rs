//! The quality report describes the text correctly, and is the same for one run and for merged tasks.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use corpus::Share;
use fixtures::Preparation;
use prepare::{DROP_LIST, Quality, Wrapped, merge};
use shard::Split;

use crate::preparation::{leftovers, preparation_in, preparation_of, text};

/// Prepares and returns the quality report, which is also written beside the shards.
fn quality(preparation: &Preparation) -> Quality {
    let finished = preparation.run().unwrap();
    let quality = finished.quality.unwrap();
    assert_eq!(
        quality.unknown.total(),
        finished.manifest.counts.unknown_pieces
    );
    let read = Quality::read(&preparation.shards()).unwrap();
    assert_eq!(read.as_ref(), Some(&quality));
    quality
}

/// A long document with `n` characters changed.
fn long(n: usize) -> String {
    let sentence = |index: usize| {
        let change = if index < n { "鸟" } else { "家" };
        format!("后来第{index}天下雨了，大家都去公园看见{change}。")
    };
    (0..40).map(sentence).collect::<String>() + "\n\n"
}

#[test]
fn unknown_words_are_reported_by_their_characters() {
    let home = tempfile::tempdir().unwrap();
    let more = "今天“龘”天气。我们“齉”公园。今天a“b天气。去q天。\n\n";
    let quality = quality(&preparation_of(home.path(), &(text() + more)));
    let most = quality.unknown.most(2);
    assert_eq!(most, [('“', 3), ('”', 2)]);
    assert_eq!(quality.unknown.characters[&'龘'], 1);
    // An unknown word is reported as its first unknown character.
    assert_eq!(quality.unknown.characters[&'q'], 1);
    let long = "1".repeat(101);
    let home = tempfile::tempdir().unwrap();
    let quality = self::quality(&preparation_of(
        home.path(),
        &(text() + &format!("今天{long}天气。去公园。\n")),
    ));
    assert_eq!((quality.unknown.words, quality.unknown.total()), (1, 1));
}

/// Method §6.
#[test]
fn copies_with_other_white_space_are_repeated_and_fall_on_the_same_side() {
    let home = tempfile::tempdir().unwrap();
    let document = |n: usize| format!("第{n}篇文章。\n今天天气很好！\n后来下雨了。");
    let write = |name: &str, between: &str, form: fn(&str) -> String| {
        let texts: Vec<String> = (0..60).map(|n| form(&document(n))).collect();
        std::fs::write(home.path().join(name), texts.join(between)).unwrap();
    };
    write("a.txt", "\n\n", str::to_owned);
    write("b.txt", "\r\n\r\n", |text| text.replace('\n', "\r\n"));
    write("c.txt", "\n\n", |text| {
        format!(
            "\u{3000}\u{3000}{}  ",
            text.replace('\n', " \n\u{3000}\u{3000}")
        )
    });
    let preparation = preparation_in(home.path());
    let quality = quality(&preparation);
    let duplicates = quality.duplicates;
    assert_eq!((duplicates.compared, duplicates.repeated), (180, 120));
    let [train, held_out] = Split::ALL.map(|split| {
        let examples = preparation.examples(split).into_iter();
        let pieces = examples.map(|example| example.pieces().to_vec());
        pieces.collect::<BTreeSet<_>>()
    });
    assert!(train.len() > 40 && !held_out.is_empty());
    assert_eq!(train.intersection(&held_out).count(), 0);
}

#[test]
fn repeated_documents_are_counted() {
    let home = tempfile::tempdir().unwrap();
    let again = text() + &long(0) + &long(0) + &long(1) + &long(0);
    let quality = quality(&preparation_of(home.path(), &again));
    let duplicates = quality.duplicates;
    assert_eq!((duplicates.repeated, duplicates.level), (2, 0));
    assert_eq!(duplicates.compared, 205);
    assert_eq!(quality.near_duplicates, None, "not asked for");
}

/// A document whose lines are wrapped at twenty characters.
fn wrapped() -> String {
    let sentence = "今天天气很好我们去公园看见鸟后来大家都回家，";
    let characters: Vec<char> = sentence.repeat(20).chars().collect();
    let lines = characters.chunks(20).map(String::from_iter);
    lines.collect::<Vec<_>>().join("\n") + "。\n\n"
}

#[test]
fn files_with_wrapped_lines_are_noticed() {
    let home = tempfile::tempdir().unwrap();
    let text = text() + &wrapped() + &wrapped();
    let quality = quality(&preparation_of(home.path(), &text));
    let expect = Wrapped {
        documents: 2,
        lines: 2 * 21,
    };
    assert_eq!(quality.wrapped.get("a.txt"), Some(&expect));
    let home = tempfile::tempdir().unwrap();
    let quality = self::quality(&preparation_of(home.path(), &crate::preparation::text()));
    assert!(quality.wrapped.is_empty());
}

/// A preparation that looks for near duplicates: a document, other text, the document with one character changed, and the
/// document again.
fn with_duplicates(home: &Path) -> Preparation {
    let text = long(0) + &text() + &long(1) + &wrapped() + &long(0);
    Preparation {
        near_duplicates: Some(0.8),
        ..preparation_of(home, &text)
    }
}

#[test]
fn near_duplicates_are_listed_and_can_be_left_out() {
    let home = tempfile::tempdir().unwrap();
    let preparation = with_duplicates(home.path());
    let found = quality(&preparation).near_duplicates.unwrap();
    let list = std::fs::read_to_string(preparation.shards().join(DROP_LIST)).unwrap();
    let listed: Vec<&str> = list.lines().skip(1).collect();
    assert_eq!(found.listed, listed.len() as u64);
    let kept = listed.iter().filter(|line| line.ends_with("\ta.txt 0"));
    assert_eq!(kept.count(), 2, "{list}");
    std::fs::copy(
        preparation.shards().join(DROP_LIST),
        home.path().join("list.tsv"),
    )
    .unwrap();
    std::fs::remove_dir_all(preparation.shards()).unwrap();
    let without = Preparation {
        drop_list: Some("list.tsv".into()),
        ..preparation
    };
    let finished = without.run().unwrap();
    let counts = &finished.manifest.counts;
    assert_eq!(counts.dropped_records["listed"], found.listed);
    assert_eq!(finished.quality.unwrap().near_duplicates.unwrap().listed, 0);
}

#[test]
fn merged_tasks_give_the_report_and_drop_list_of_one_run() {
    let home = tempfile::tempdir().unwrap();
    let whole = with_duplicates(home.path());
    let expect = quality(&whole);
    assert!(!expect.wrapped.is_empty());
    let list = std::fs::read(whole.shards().join(DROP_LIST)).unwrap();
    for n_tasks in [1, 2, 5] {
        std::fs::remove_dir_all(whole.shards()).unwrap();
        for index in 0..n_tasks {
            let task = Preparation {
                task: Some(Share::new(index, n_tasks).unwrap()),
                near_duplicates: Some(0.8),
                ..preparation_in(home.path())
            };
            let found = task.run().unwrap().quality.unwrap();
            assert_eq!(found.near_duplicates, None, "only the merge can find them");
        }
        merge(&whole.shards(), true).unwrap();
        let found = Quality::read(&whole.shards()).unwrap().unwrap();
        assert_eq!(found, expect, "{n_tasks} tasks");
        assert!(std::fs::read(whole.shards().join(DROP_LIST)).unwrap() == list);
    }
}

#[test]
fn truncated_signatures_are_refused() {
    let home = tempfile::tempdir().unwrap();
    with_duplicates(home.path());
    let task = Preparation {
        task: Some(Share::new(0, 1).unwrap()),
        near_duplicates: Some(0.8),
        ..preparation_in(home.path())
    };
    task.run().unwrap();
    let path = task
        .shards()
        .join("task-00000-of-00001/documents.signatures");
    let bytes = std::fs::read(&path).unwrap();
    for n_bytes in [0, 11, bytes.len() - 1] {
        std::fs::write(&path, &bytes[..n_bytes]).unwrap();
        let error = merge(&task.shards(), true).unwrap_err().to_string();
        assert!(
            error.contains("documents.signatures: it is cut short"),
            "{error}"
        );
    }
}

#[test]
fn a_survey_counts_what_a_preparation_writes_and_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let preparation = with_duplicates(home.path());
    let list = home.path().join("list.tsv");
    let survey = preparation.with_job(|job| {
        prepare::survey(job, Some(&list), &channel().0, &AtomicBool::new(false)).unwrap()
    });
    assert_eq!(leftovers(home.path()), ["list.tsv"]);
    assert!(!preparation.shards().exists());
    let finished = preparation.run().unwrap();
    assert_eq!(survey.manifest.counts, finished.manifest.counts);
    assert_eq!(survey.quality, finished.quality);
    let beside = std::fs::read(preparation.shards().join(DROP_LIST)).unwrap();
    assert!(std::fs::read(list).unwrap() == beside);
}
