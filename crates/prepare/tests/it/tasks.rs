//! Tasks prepare parts of a corpus side by side; merged, their shards are those of one run.

use std::path::Path;

use corpus::{CorpusError, Share};
use fixtures::Preparation;
use prepare::{MergeError, PrepareError, merge, task_drops};
use shard::{ShardSet, Split};

use crate::preparation::{preparation_in, preparation_of, text, write_text};

fn task(home: &Path, index: u64, n_tasks: u64) -> Preparation {
    Preparation {
        task: Some(Share::new(index, n_tasks).unwrap()),
        ..preparation_in(home)
    }
}

fn run_all(home: &Path, n_tasks: u64) {
    // Tasks do not depend on each other, so their order does not matter.
    for index in (0..n_tasks).rev() {
        task(home, index, n_tasks).run().unwrap();
    }
}

#[test]
fn any_number_of_tasks_gives_the_examples_of_one_run_in_order() {
    let home = tempfile::tempdir().unwrap();
    let whole = preparation_of(home.path(), &text());
    let finished = whole.run().unwrap();
    let expect = [Split::Train, Split::HeldOut].map(|split| whole.examples(split));
    std::fs::remove_dir_all(whole.shards()).unwrap();
    for n_tasks in [1, 2, 3, 7] {
        run_all(home.path(), n_tasks);
        let merged = merge(&whole.shards(), true).unwrap();
        assert_eq!(merged.counts, finished.manifest.counts);
        for (split, expect) in [Split::Train, Split::HeldOut].into_iter().zip(&expect) {
            let set = ShardSet::open(&whole.shards(), split).unwrap();
            let found: Vec<_> = set.iter().collect::<Result<_, _>>().unwrap();
            assert!(found == *expect, "{n_tasks} tasks");
        }
        // Merged shards are complete: a run without tasks and a second merge have nothing to do.
        assert!(whole.run().unwrap().was_done);
        assert_eq!(merge(&whole.shards(), true).unwrap(), merged);
        std::fs::remove_dir_all(whole.shards()).unwrap();
    }
}

/// Writes a file of `n_bad` documents that are not UTF-8 and of one that may be, large enough for several tasks.
fn write_damaged(home: &Path, n_bad: usize, last: &[u8]) {
    let bad = b"\xff\xff\xff\n\n".repeat(n_bad);
    std::fs::write(home.join("b.txt"), [&bad, last].concat()).unwrap();
}

#[test]
fn a_file_is_judged_by_all_tasks_together() {
    let home = tempfile::tempdir().unwrap();
    let whole = preparation_of(home.path(), &text());
    write_damaged(home.path(), 4000, "今天天气很好！我们去公园。\n".as_bytes());
    let dropped = whole.run().unwrap().drops;
    std::fs::remove_dir_all(whole.shards()).unwrap();
    run_all(home.path(), 5);
    merge(&whole.shards(), true).unwrap();
    let by_tasks = task_drops(&whole.shards()).unwrap();
    assert_eq!(
        (&by_tasks.counts, &by_tasks.files),
        (&dropped.counts, &dropped.files)
    );
    std::fs::remove_dir_all(whole.shards()).unwrap();

    write_damaged(home.path(), 4000, b"");
    let alone = whole.run().unwrap_err();
    assert!(
        matches!(alone, PrepareError::Corpus(CorpusError::AllDropped { .. })),
        "{alone}"
    );
    run_all(home.path(), 5);
    let together = merge(&whole.shards(), true).unwrap_err();
    assert!(
        matches!(together, MergeError::Corpus(CorpusError::AllDropped { .. })),
        "{together}"
    );
    assert!(
        together.to_string().starts_with("b.txt: all 4000 records"),
        "{together}"
    );
    assert!(!whole.shards().join(shard::MANIFEST).exists());
}

#[test]
fn tasks_whose_documents_would_all_be_held_out_are_merged_to_examples_to_train_on() {
    let home = tempfile::tempdir().unwrap();
    write_text(home.path(), &text());
    for index in 0..2 {
        let mut task = task(home.path(), index, 2);
        task.held_out_share = 0.999_999;
        task.run().unwrap();
    }
    let merged = merge(&preparation_in(home.path()).shards(), false).unwrap();
    assert_eq!(
        (
            merged.counts.held_out_documents,
            merged.counts.unheld_documents
        ),
        (0, 201)
    );
    let read = preparation_in(home.path()).examples(Split::Train);
    assert!(read.len() >= 200, "{}", read.len());
    assert_eq!(read.len() as u64, merged.counts.examples);
    assert!(merged.held_out.is_empty());
}

#[test]
fn a_second_run_of_a_finished_task_does_nothing() {
    let home = tempfile::tempdir().unwrap();
    write_text(home.path(), &text());
    let [first, second] = [(); 2].map(|()| task(home.path(), 1, 3).run().unwrap());
    assert!(!first.was_done && second.was_done);
    assert_eq!(first.manifest, second.manifest);
}

#[test]
fn two_runs_of_a_task_at_once_leave_one_whole_task() {
    let home = tempfile::tempdir().unwrap();
    write_text(home.path(), &text());
    let finished = std::thread::scope(|scope| {
        let runs = [(); 4].map(|()| scope.spawn(|| task(home.path(), 0, 2).run().unwrap()));
        runs.map(|run| run.join().unwrap().manifest)
    });
    assert!(finished.iter().all(|manifest| *manifest == finished[0]));
    let shards = preparation_in(home.path()).shards();
    assert_eq!(fixtures::names(&shards), ["task-00000-of-00002"]);
}

#[track_caller]
fn refused(home: &Path) -> String {
    fixtures::message(merge(&home.join("shards"), true).unwrap_err(), home, "HOME")
}

#[test]
fn tasks_that_do_not_belong_together_are_not_merged() {
    let home = tempfile::tempdir().unwrap();
    write_text(home.path(), &text());
    std::fs::create_dir(home.path().join("shards")).unwrap();
    insta::assert_snapshot!(refused(home.path()), @"HOME/shards holds no task; write tasks with `macbert prepare CONFIG --task I --num-tasks N`");
    task(home.path(), 1, 3).run().unwrap();
    insta::assert_snapshot!(refused(home.path()), @"HOME/shards: of 3 tasks, these are not done: 0, 2; run them, then merge again");
    task(home.path(), 0, 3).run().unwrap();
    let other = Preparation {
        max_length: 60,
        ..task(home.path(), 2, 3)
    };
    other.run().unwrap();
    insta::assert_snapshot!(refused(home.path()), @"HOME/shards/task-00002-of-00003 does not belong with the other tasks: config: examples.max_length there 40, here 60; remove it and run it again");
    std::fs::remove_dir_all(home.path().join("shards/task-00002-of-00003")).unwrap();
    task(home.path(), 2, 3).run().unwrap();
    let shard = home
        .path()
        .join("shards/task-00001-of-00003/train-00000.arrow");
    std::fs::write(shard, "half").unwrap();
    insta::assert_snapshot!(refused(home.path()), @"HOME/shards/task-00001-of-00003 does not belong with the other tasks: its shard train-00000.arrow is missing or cut short; remove it and run it again");
}

#[test]
fn a_task_of_another_number_of_tasks_is_refused() {
    let home = tempfile::tempdir().unwrap();
    write_text(home.path(), &text());
    task(home.path(), 0, 3).run().unwrap();
    let error = task(home.path(), 0, 4).run().unwrap_err();
    assert!(matches!(error, PrepareError::Occupied { .. }));
    let message = fixtures::message(error, home.path(), "HOME");
    insta::assert_snapshot!(message, @"HOME/shards already exists, and it holds a task of 3, but this is one of 4; name another folder (shards.directory), or remove it");
    let whole = preparation_in(home.path()).run();
    assert!(matches!(whole, Err(PrepareError::Occupied { .. })));
}

#[test]
fn a_task_of_a_small_corpus_may_be_empty_but_not_all_of_them() {
    let home = tempfile::tempdir().unwrap();
    write_text(home.path(), "只有一句。\n");
    run_all(home.path(), 2);
    let error = merge(&home.path().join("shards"), true).unwrap_err();
    assert!(
        matches!(error, MergeError::NoExamples { documents: 1, .. }),
        "{error}"
    );
}
