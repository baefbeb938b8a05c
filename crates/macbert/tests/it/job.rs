//! The whole job: raw text, shards, a model, and everything that can be asked of them.

use std::fs;

use crate::material::{DONE, run};

fn checkpoint() -> String {
    DONE.path("pretrain/checkpoints/step-00000012")
        .display()
        .to_string()
}

fn export() -> String {
    DONE.path("pretrain/export").display().to_string()
}

#[test]
fn what_is_done_is_not_done_again() {
    let before = fs::read(DONE.path("shards/manifest.json")).unwrap();
    let again = DONE.stage("prepare", &[]);
    again.well();
    assert!(
        again.err().contains("is complete already"),
        "{}",
        again.err()
    );
    assert_eq!(fs::read(DONE.path("shards/manifest.json")).unwrap(), before);
    let again = DONE.stage("pretrain", &[]);
    assert_eq!(again.status(), 2);
    assert!(again.err().contains("--resume"), "{}", again.err());
}

#[test]
fn shards_of_another_config_are_not_mixed_in() {
    let ended = DONE.stage("prepare", &["--set", "seed=1"]);
    assert_eq!(ended.status(), 2);
    assert!(ended.err().contains("seed"), "{}", ended.err());
}

#[test]
fn inspect_shows_examples_as_the_paper_does_and_audits_them() {
    let page = DONE
        .folder
        .path()
        .join("examples.html")
        .display()
        .to_string();
    let base = crate::material::project()
        .join("configs")
        .display()
        .to_string();
    let inspected = run(&[
        "inspect",
        &DONE.shards(),
        "--count",
        "1",
        // One audit in thirty has a share beyond three standard errors by chance; this epoch has none.
        "--epoch",
        "3",
        "--html",
        &page,
        "--base",
        &base,
    ]);
    let out = inspected.well();
    for expect in [
        "source", "original", "masked", "⟨", "order", "similar", "audit", " ok",
    ] {
        assert!(out.contains(expect), "{expect}: {out}");
    }
    assert!(!out.contains(" off"), "{out}");
    let html = fs::read_to_string(page).unwrap();
    assert!(html.contains("class=\"unit similar\"") && !html.contains("http"));
}

#[test]
fn examples_are_written_the_same_for_an_epoch_and_others_for_the_next() {
    let write = |epoch: &str, name: &str| {
        let out = DONE.path(name);
        let place = out.display().to_string();
        run(&[
            "examples",
            &DONE.shards(),
            "--epoch",
            epoch,
            "--out",
            &place,
        ])
        .well();
        fs::read(out).unwrap()
    };
    let first = write("0", "a.parquet");
    assert!(first == write("0", "b.parquet"));
    assert!(first != write("1", "c.parquet"));
}

#[test]
fn examples_are_written_for_tensorflow_and_for_megatron() {
    let write = |format: &str, name: &str, more: &[&str]| {
        let out = DONE.path(name).display().to_string();
        let call = [
            "examples",
            &DONE.shards(),
            "--format",
            format,
            "--out",
            &out,
        ];
        run(&[&call, more].concat())
    };
    let twice = write("tfrecord", "a.tfrecord", &["--dupe-factor", "2"]).well();
    assert!(
        twice.ends_with("\n--max_seq_length=64 --max_predictions_per_seq=9\n"),
        "{twice}"
    );
    write("tfrecord", "b.tfrecord", &[]).well();
    let size = |name: &str| fs::metadata(DONE.path(name)).unwrap().len();
    assert!(size("a.tfrecord") > size("b.tfrecord"));
    let sentences = write("megatron", "text", &[]).well();
    assert!(sentences.contains("Megatron draws its own"), "{sentences}");
    assert!(size("text.bin") > 0 && size("text.idx") > 34);
    for more in [["--objective", "wwm"], ["--dupe-factor", "2"]] {
        let refused = write("megatron", "other", &more);
        assert_eq!(refused.status(), 2);
        assert!(refused.err().contains(more[0]), "{}", refused.err());
    }
}

#[test]
fn a_checkpoint_and_its_export_are_judged_alike() {
    let shards = DONE.shards();
    let ours = run(&["evaluate", &checkpoint(), &shards]).well();
    let exported = run(&["evaluate", &export(), &shards]).well();
    assert!(ours.contains("unigram baseline"), "{ours}");
    assert_eq!(ours, exported);
}

#[test]
fn an_export_is_a_hugging_face_folder() {
    let out = DONE.path("again");
    run(&["export", &checkpoint(), "--out", &out.display().to_string()]).well();
    let names = [
        "config.json",
        "model.safetensors",
        "vocab.txt",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
    ];
    for name in names {
        let found = fs::read(out.join(name)).unwrap();
        let expected = fs::read(DONE.path("pretrain/export").join(name)).unwrap();
        assert!(found == expected, "{name}");
    }
    let ended = run(&["export", &checkpoint(), "--out", &out.display().to_string()]);
    assert_eq!(ended.status(), 2, "what is there is not written over");
}

#[test]
fn correct_shows_every_place_with_probabilities() {
    let out = run(&["correct", &export(), "我每天早上喝一杯牛奶。", "--all"]).well();
    assert_eq!(
        out.lines().count(),
        12,
        "the line, and a row a piece: {out}"
    );
    let rows: Vec<&str> = out.lines().skip(1).collect();
    assert!(rows.iter().all(|row| row.contains(" %")), "{out}");
    let long = "长".repeat(200);
    let out = run(&["correct", &export(), &long, "--all"]).well();
    assert_eq!(
        out.lines().count(),
        201,
        "a long line is cut into what the model takes"
    );
    let unknown = run(&["correct", &export(), "😀😀"]).well();
    assert_eq!(
        unknown, "😀😀\n",
        "what the vocabulary cannot write is left as it is"
    );
    assert_eq!(run(&["correct", &export(), " "]).status(), 2);
    assert_eq!(run(&["correct", &export(), "长", "--top", "0"]).status(), 2);
}

#[test]
fn the_table_is_asked_by_word() {
    let shards = DONE.shards();
    let out = run(&["synonyms", "show", "高兴", "--shards", &shards]).well();
    assert!(
        out.starts_with("高兴\n") && out.lines().count() >= 4,
        "{out}"
    );
    let unknown = run(&["synonyms", "show", "魑魅魍魉", "--shards", &shards]);
    assert_eq!(unknown.status(), 1);
}

#[test]
fn a_dumped_table_compiles_to_the_same_words_again() {
    let list = run(&["synonyms", "dump", "--shards", &DONE.shards()]).well();
    let rows: Vec<Vec<&str>> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(
        rows.len() > 100 && rows.iter().all(|row| row.len() == 4),
        "{list}"
    );
    let again = crate::material::Job::new();
    fs::write(again.path("words.tsv"), &list).unwrap();
    let source = format!("similar_words.source={}", again.path("words.tsv").display());
    again.stage("prepare", &["--set", &source]).well();
    let shards = again.path("shards").display().to_string();
    let dumped = run(&["synonyms", "dump", "--shards", &shards]).well();
    assert_eq!(dumped, list);
}

#[test]
fn parts_of_a_corpus_are_merged_to_the_examples_of_one_run() {
    let parts = crate::material::Job::new();
    for name in ["vocab.txt", "similar_words.table"] {
        fs::copy(DONE.path(name), parts.path(name)).unwrap();
    }
    for task in ["2", "0", "1"] {
        parts
            .stage("prepare", &["--task", task, "--num-tasks", "3"])
            .well();
    }
    run(&["merge", &parts.shards()]).well();
    let examples = |job: &crate::material::Job| {
        let out = job.path("all.parquet").display().to_string();
        run(&["examples", &job.shards(), "--out", &out]).well();
        fs::read(out).unwrap()
    };
    assert!(examples(&parts) == examples(&DONE));
}

#[test]
fn the_report_stands_on_its_own() {
    let html = fs::read_to_string(DONE.path("pretrain/report.html")).unwrap();
    for expect in [
        "Masked loss",
        "Accuracy by kind",
        "Order accuracy",
        "<svg",
        "What the model restores",
    ] {
        assert!(html.contains(expect), "{expect}");
    }
    for outside in ["src=", "href=", "@import"] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn a_checkpoint_reads_punctuation_as_its_shards_did() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, mapped) = (export(), folder.path().join("mapped"));
    run(&["export", &plain, "--out", &mapped.display().to_string()]).well();
    // As prepare and pretrain write it where the config has [segment] punctuation.
    let config = mapped.join("tokenizer_config.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&config).unwrap()).unwrap();
    json["punctuation"] = serde_json::json!({ "☂": "。" });
    fs::write(&config, json.to_string()).unwrap();
    let again = folder.path().join("again").display().to_string();
    run(&["export", &mapped.display().to_string(), "--out", &again]).well();
    let tokenizer = fs::read_to_string(folder.path().join("again/tokenizer.json")).unwrap();
    assert!(tokenizer.contains("\"String\": \"☂\""));

    // This model would put something else in place of the full stop; of what it cannot read it has no opinion.
    let corrected = |checkpoint: &str, text: &str| {
        let out = run(&["correct", checkpoint, text]).well();
        out.lines().next().unwrap().to_owned()
    };
    assert_eq!(corrected(&again, "天☂"), corrected(&plain, "天。"));
    assert!(corrected(&plain, "天☂").ends_with('☂'));
    assert!(!corrected(&again, "天☂").ends_with('☂'));
}
