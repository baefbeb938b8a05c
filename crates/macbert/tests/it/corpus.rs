//! `corpus stats`: the quality of a corpus before it is prepared.

use std::fs;

use fixtures::project;

use crate::small_job::{DONE, Job, run};

#[test]
fn corpus_stats_takes_paths_and_a_vocabulary() {
    let job = Job::new();
    fs::write(
        job.path("a.txt"),
        "今天“天气”很好。我们去公园。\n\n今天“天气”很好。我们去公园。\n\n只有一句。\n",
    )
    .unwrap();
    // The vocabulary of the sample corpus without Chinese quotation marks, which the published vocabulary lacks too.
    let vocabulary = fs::read_to_string(DONE.path("vocab.txt")).unwrap();
    let lacks = |piece: &&str| !["“", "”", "\""].contains(piece);
    let mut vocabulary: Vec<&str> = vocabulary.lines().filter(lacks).collect();
    vocabulary.push("\"");
    fs::write(job.path("vocab.txt"), vocabulary.join("\n") + "\n").unwrap();
    let [text, vocabulary, page] =
        ["a.txt", "vocab.txt", "page.html"].map(|name| job.path(name).display().to_string());
    let ended = run(&[
        "corpus",
        "stats",
        &text,
        "--vocabulary",
        &vocabulary,
        "--html",
        &page,
    ]);
    let out = ended
        .succeeds()
        .replace(&job.folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(out);
    assert!(ended.err().contains("reading"), "{}", ended.err());
    let map = "segment.punctuation={\"“\"='\"', \"”\"='\"'}";
    let config = project().join("configs/tiny.toml").display().to_string();
    let table = format!("similar_words.table={}", job.path("none.table").display());
    let out = run(&[
        "corpus",
        "stats",
        &text,
        "--config",
        &config,
        "--vocabulary",
        &vocabulary,
        "--set",
        map,
        "--set",
        &table,
    ])
    .succeeds();
    assert!(
        out.contains("[UNK]                                    0 "),
        "{out}"
    );
    let html = fs::read_to_string(page).unwrap();
    assert!(
        html.contains("What [UNK] stands for") && !html.contains("http"),
        "{html}"
    );
    let names = fixtures::names(job.folder.path());
    assert_eq!(names, ["a.txt", "page.html", "vocab.txt"]);
}

#[test]
fn corpus_stats_takes_a_config_and_lists_near_duplicates() {
    let job = Job::new();
    for name in ["vocab.txt", "similar_words.table"] {
        fs::copy(DONE.path(name), job.path(name)).unwrap();
    }
    let food = fs::read_to_string(project().join("corpora/food.txt")).unwrap();
    fs::write(job.path("food.txt"), format!("{food}\n{food}")).unwrap();
    let paths = format!("corpus.paths=[\"{}\"]", job.path("food.txt").display());
    let list = job.path("drops.tsv").display().to_string();
    let config = job.config();
    let mut call = vec!["corpus", "stats", "--config", &config[0]];
    call.extend(config[1..].iter().map(String::as_str));
    call.extend(["--set", &paths, "--near-duplicates", "0.8"]);
    let out = run(&[&call[..], &["--drop-list", &list]].concat()).succeeds();
    for expect in [
        "with a similar word",
        "(50.00 %)",
        "likeness 0.8 or more",
        "list  ",
    ] {
        assert!(out.contains(expect), "{expect}: {out}");
    }
    let drops = format!("corpus.drop_list={list}");
    let out = run(&[&call[..], &["--set", &drops]].concat()).succeeds();
    assert!(
        out.contains(" listed") && out.contains("0 (0.00 %) in 0 groups"),
        "{out}"
    );
}

#[test]
fn corpus_stats_refuses_wrong_arguments() {
    let refused = |arguments: &[&str], expect: &str| {
        let ended = run(&[&["corpus", "stats"], arguments].concat());
        ended.fails(2, expect);
    };
    let vocabulary = DONE.path("vocab.txt").display().to_string();
    refused(&["--vocabulary", &vocabulary], "<PATH>");
    refused(&["a.txt"], "--config <CONFIG>|--vocabulary <FILE>");
    refused(&["none.txt", "--vocabulary", &vocabulary], "none.txt");
    refused(
        &[
            "none.txt",
            "--vocabulary",
            &vocabulary,
            "--near-duplicates",
            "0.5",
        ],
        "expected a share from 0.7 to 1",
    );
}
