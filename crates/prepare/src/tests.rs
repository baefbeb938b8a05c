//! Corpus to shards: the same bytes for any number of threads, whole or not at all.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use corpus::{Corpus, CorpusOptions};
use segment::{SegmentOptions, Segmenter, VocabularyBuildOptions, VocabularyBuilder};
use shard::{ShardSet, Split};
use sop::ExampleOptions;
use synonym::FunctionWords;

use crate::{Finished, PrepareError, PrepareJob, prepare};

fn corpus_text() -> String {
    let document = |n: usize| {
        format!(
            "第{n}篇文章。今天天气很好！我们去公园，看见{n}只鸟。后来下雨了。\n大家都回家。\n\n"
        )
    };
    (0..200).map(document).collect::<String>() + "只有一句。\n\n"
}

fn run(base: &Path, threads: usize, seed: u64, stop: bool) -> Result<Finished, PrepareError> {
    std::fs::write(base.join("a.txt"), corpus_text()).expect("written");
    let corpus = Corpus::open(base, &CorpusOptions::of("a.txt"))?;
    let mut builder = VocabularyBuilder::new(VocabularyBuildOptions {
        min_character_count: 1,
        min_word_count: 1,
        max_size: 2000,
        lower_case: true,
    });
    builder.add(&corpus_text());
    let vocabulary = Arc::new(builder.finish().expect("a vocabulary"));
    let segmenter = Segmenter::new(&vocabulary, &SegmentOptions::default()).expect("jieba");
    let job = PrepareJob {
        corpus: &corpus,
        segmenter: &segmenter,
        table: None,
        function_words: &FunctionWords::default(),
        examples: &ExampleOptions {
            max_length: 40,
            short_share: 0.1,
        },
        held_out_share: 0.1,
        seed,
        examples_per_shard: 50,
        folder: &base.join("shards"),
        config: serde_json::json!({ "seed": seed }),
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool");
    pool.install(|| prepare(&job, &channel().0, &AtomicBool::new(stop)))
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file());
    let name = |path: &Path| {
        path.file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    entries
        .map(|path| (name(&path), std::fs::read(&path).expect("read")))
        .collect()
}

#[test]
fn one_thread_and_eight_write_the_same_bytes() {
    let (one, eight) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let finished = run(one.path(), 1, 7, false).expect("prepared");
    run(eight.path(), 8, 7, false).expect("prepared");
    let (one, eight) = (
        files(&one.path().join("shards")),
        files(&eight.path().join("shards")),
    );
    assert!(one.len() > 5, "{:?}", one.keys());
    assert_eq!(one, eight);
    let counts = finished.manifest.counts;
    assert_eq!(
        (counts.documents, counts.drops.single_sentence_documents),
        (201, 1)
    );
    assert!(counts.held_out_documents > 5 && counts.held_out_documents < 40);
}

#[test]
fn a_second_run_does_nothing_and_another_config_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(!run(folder.path(), 1, 7, false).expect("prepared").was_done);
    assert!(run(folder.path(), 1, 7, false).expect("prepared").was_done);
    let error = run(folder.path(), 1, 8, false)
        .err()
        .expect("refused")
        .to_string();
    assert!(error.contains("made with another config"), "{error}");
}

#[test]
fn a_stopped_run_leaves_nothing_in_place_and_can_be_run_again() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(
        run(folder.path(), 1, 7, true),
        Err(PrepareError::Stopped)
    ));
    assert!(!folder.path().join("shards").exists());
    run(folder.path(), 1, 7, false).expect("prepared");
    let set = ShardSet::open(&folder.path().join("shards"), Split::Train).expect("open");
    assert_eq!(
        set.len() as u64,
        set.manifest()
            .train
            .iter()
            .map(|file| file.n_examples)
            .sum::<u64>()
    );
    let names: Vec<String> = files(folder.path())
        .into_keys()
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(names.is_empty(), "{names:?}");
}
