//! What a corpus is worth: before it is prepared, at the end of a preparation, and after a merge.

use std::fs;

use crate::material::{DONE, Job, project, run};

#[test]
fn a_corpus_is_told_by_paths_and_a_vocabulary() {
    let job = Job::new();
    fs::write(
        job.path("a.txt"),
        "今天“天气”很好。我们去公园。\n\n今天“天气”很好。我们去公园。\n\n只有一句。\n",
    )
    .unwrap();
    // A vocabulary of the sample without quotation marks, as the common one.
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
        .well()
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
    .well();
    assert!(
        out.contains("[UNK]                                    0 "),
        "{out}"
    );
    let html = fs::read_to_string(page).unwrap();
    assert!(
        html.contains("What [UNK] stands for") && !html.contains("http"),
        "{html}"
    );
    let names = fs::read_dir(job.folder.path()).unwrap();
    assert_eq!(names.count(), 3, "nothing else is written");
}

#[test]
fn a_config_says_the_rest_and_its_near_duplicates_can_be_left_out() {
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
    let out = run(&[&call[..], &["--drop-list", &list]].concat()).well();
    for expect in [
        "with a similar word",
        "(50.00 %)",
        "likeness 0.8 or more",
        "list  ",
    ] {
        assert!(out.contains(expect), "{expect}: {out}");
    }
    let drops = format!("corpus.drop_list={list}");
    let out = run(&[&call[..], &["--set", &drops]].concat()).well();
    assert!(
        out.contains(" listed") && out.contains("0 (0.00 %) in 0 groups"),
        "{out}"
    );
}

#[test]
fn a_wrong_call_is_refused() {
    let refused = |arguments: &[&str], expect: &str| {
        let ended = run(&[&["corpus", "stats"], arguments].concat());
        assert_eq!(ended.status(), 2, "{}", ended.err());
        assert!(ended.err().contains(expect), "{}", ended.err());
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
