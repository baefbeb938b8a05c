//! Corpora as people have them: what is not read is said on every path, and nothing is made of nothing.

use std::path::Path;

use crate::small_job::{Ended, Job};

/// A text that gives examples.
const TEXT: &str = "今天天气很好。我们去公园看鸟。后来下雨了。大家都回家了。\n\n";

/// Runs a stage of a small job on a file or folder in the job's folder.
fn stage(job: &Job, stage: &str, input: &Path, more: &[&str]) -> Ended {
    let paths = format!("corpus.paths=[\"{}\"]", input.display());
    let arguments = [&["--set", &paths, "--set", "shards.held_out_share=0"], more].concat();
    job.stage(stage, &arguments)
}

fn is_there(job: &Job) -> [bool; 3] {
    ["vocab.txt", "similar_words.table", "shards"].map(|name| job.path(name).exists())
}

#[test]
fn a_failed_preparation_leaves_nothing_that_the_next_one_would_use() {
    let job = Job::new();
    let (wrong, right) = (job.path("wrong.txt"), job.path("right.txt"));
    // A vocabulary and a table can be made of this text, but no example.
    std::fs::write(&wrong, "Nothing to see here\n").unwrap();
    std::fs::write(&right, TEXT.repeat(20)).unwrap();
    let failed = stage(&job, "prepare", &wrong, &[]);
    assert_eq!(failed.status(), 1, "{}", failed.err());
    assert_eq!(is_there(&job), [false; 3], "{}", failed.err());
    let out = stage(&job, "prepare", &right, &[]).succeeds();
    assert!(
        out.contains("[UNK]                                    0 "),
        "{out}"
    );
    // What was there before the run stays.
    std::fs::remove_dir_all(job.shards()).unwrap();
    assert_eq!(stage(&job, "prepare", &wrong, &[]).status(), 1);
    assert_eq!(is_there(&job), [true, true, false]);
}

#[test]
fn a_corpus_that_drops_whole_is_an_error_that_shows_the_drops() {
    let job = Job::new();
    let crawl = job.path("crawl.jsonl");
    std::fs::write(&crawl, "HTTP 502\n".repeat(12)).unwrap();
    for name in ["prepare", "vocab"] {
        let more: &[&str] = if name == "vocab" { &["build"] } else { &[] };
        let mut command = crate::small_job::program();
        command.arg(name).args(more).args(job.config());
        command.args(["--set", &format!("corpus.paths=[\"{}\"]", crawl.display())]);
        let ended = Ended::of(&mut command);
        assert_eq!(ended.status(), 1, "{}", ended.err());
        for said in [
            "dropped 12 of 12 records: 12 malformed JSON",
            "crawl.jsonl:1:1: malformed JSON",
        ] {
            assert!(ended.err().contains(said), "{}", ended.err());
        }
        assert_eq!(is_there(&job), [false; 3]);
    }
}

#[test]
fn drops_are_listed_file_by_file() {
    let job = Job::new();
    let folder = job.path("corpus");
    std::fs::create_dir(&folder).unwrap();
    let good = format!("{{\"text\": \"{}\"}}\n", TEXT.trim());
    std::fs::write(
        folder.join("a.jsonl"),
        good.repeat(3) + &"{\"te\n".repeat(7),
    )
    .unwrap();
    std::fs::write(
        folder.join("b.jsonl"),
        good.repeat(3) + "{\"te\n{\"text\": \"\\ud83d甲\"}\n",
    )
    .unwrap();
    std::fs::write(folder.join("c.csv"), "a,b\n").unwrap();
    let ended = stage(&job, "prepare", &folder, &[]);
    ended.succeeds();
    let err = ended.err().replace(&folder.display().to_string(), "FOLDER");
    for said in [
        "1 file: 1 .csv (FOLDER/c.csv)",
        "dropped 8 of 15 records: 8 malformed JSON",
        "FOLDER/a.jsonl: 7 malformed JSON of 10",
        "FOLDER/a.jsonl:4:2: malformed JSON",
        "FOLDER/b.jsonl: 1 malformed JSON of 5",
        "FOLDER/b.jsonl:4:2: malformed JSON",
        "mended 1 documents",
    ] {
        assert!(err.contains(said), "{said}: {err}");
    }
}

#[test]
fn a_vocabulary_of_another_language_is_refused_unless_the_user_insists() {
    let job = Job::new();
    let text = job.path("text.txt");
    std::fs::write(&text, TEXT.repeat(20)).unwrap();
    std::fs::write(
        job.path("vocab.txt"),
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nof\n。\n",
    )
    .unwrap();
    let list = job.path("similar.tsv");
    std::fs::write(&list, "the\tof\t1\nof\tthe\t1\n").unwrap();
    let source = format!("similar_words.source={}", list.display());
    let ended = stage(&job, "prepare", &text, &["--set", &source]);
    ended.fails(1, "--allow-unknown");
    assert_eq!(is_there(&job), [true, false, false]);
    let insists = ["--set", &source, "--allow-unknown"];
    stage(&job, "prepare", &text, &insists).succeeds();
}
