//! The whole job, from raw text through shards to a model, and every command that reads them.

use std::fs;

use fixtures::{copy_folder, project};

use crate::small_job::{DONE, Job, run};

fn checkpoint() -> String {
    DONE.path("pretrain/checkpoints/step-00000012")
        .display()
        .to_string()
}

fn export() -> String {
    DONE.path("pretrain/export").display().to_string()
}

#[test]
fn a_finished_stage_is_not_run_again() {
    let before = fs::read(DONE.path("shards/manifest.json")).unwrap();
    let again = DONE.stage("prepare", &[]);
    again.succeeds();
    assert!(
        again.err().contains("is complete already"),
        "{}",
        again.err()
    );
    assert_eq!(fs::read(DONE.path("shards/manifest.json")).unwrap(), before);
    let again = DONE.stage("pretrain", &[]);
    again.fails(2, "--resume");
}

#[test]
fn prepare_refuses_shards_of_another_config() {
    let ended = DONE.stage("prepare", &["--set", "seed=1"]);
    ended.fails(2, "seed");
}

#[test]
fn inspect_shows_examples_as_the_paper_does_and_audits_them() {
    let page = DONE
        .folder
        .path()
        .join("examples.html")
        .display()
        .to_string();
    let base = project().join("configs").display().to_string();
    let inspected = run(&[
        "inspect",
        &DONE.shards(),
        "--count",
        "1",
        // By chance, one audit in thirty has a line beyond three standard errors; the audit of this epoch has none.
        "--epoch",
        "3",
        "--html",
        &page,
        "--base",
        &base,
    ]);
    let out = inspected.succeeds();
    for expect in [
        "source",
        "original",
        "masked",
        "⟨",
        "order",
        "similar",
        "audit",
        " ok",
        "units of 2 pieces: masked",
        "units with a similar word: masked",
        "at most 10.00 %",
        "detected without context: recall",
    ] {
        assert!(out.contains(expect), "{expect}: {out}");
    }
    assert!(!out.contains(" off"), "{out}");
    let html = fs::read_to_string(page).unwrap();
    assert!(html.contains("class=\"unit similar\"") && !html.contains("http"));
}

#[test]
fn exported_examples_follow_from_the_epoch() {
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
        .succeeds();
        fs::read(out).unwrap()
    };
    let first = write("0", "a.parquet");
    assert!(first == write("0", "b.parquet"));
    assert!(first != write("1", "c.parquet"));
}

#[test]
fn examples_are_exported_for_tensorflow_and_megatron() {
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
    // 15 % of 64 pieces, and the longest word of the text, of 6 pieces, less one.
    let twice = write("tfrecord", "a.tfrecord", &["--dupe-factor", "2"]).succeeds();
    assert!(
        twice.ends_with("\n--max_seq_length=64 --max_predictions_per_seq=14\n"),
        "{twice}"
    );
    write("tfrecord", "b.tfrecord", &[]).succeeds();
    let size = |name: &str| fs::metadata(DONE.path(name)).unwrap().len();
    assert!(size("a.tfrecord") > size("b.tfrecord"));
    let sentences = write("megatron", "text", &[]).succeeds();
    assert!(sentences.contains("Megatron draws its own"), "{sentences}");
    assert!(size("text.bin") > 0 && size("text.idx") > 34);
    for more in [["--objective", "wwm"], ["--dupe-factor", "2"]] {
        let refused = write("megatron", "other", &more);
        refused.fails(2, more[0]);
    }
}

#[test]
fn evaluate_gives_the_same_result_for_a_checkpoint_and_its_export() {
    let shards = DONE.shards();
    let ours = run(&["evaluate", &checkpoint(), &shards]).succeeds();
    let exported = run(&["evaluate", &export(), &shards]).succeeds();
    for figure in ["unigram baseline", "detected without context: recall"] {
        assert!(ours.contains(figure), "{ours}");
    }
    assert_eq!(ours, exported);
}

#[test]
fn an_export_is_a_hugging_face_folder() {
    let out = DONE.path("again");
    run(&["export", &checkpoint(), "--out", &out.display().to_string()]).succeeds();
    let names = [
        "config.json",
        "model.safetensors",
        "vocab.txt",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "README.md",
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
fn correct_shows_every_position_with_probabilities() {
    let out = run(&["correct", &export(), "我每天早上喝一杯牛奶。", "--all"]).succeeds();
    assert_eq!(
        out.lines().count(),
        12,
        "the line, and a row a piece: {out}"
    );
    let rows: Vec<&str> = out.lines().skip(1).collect();
    assert!(rows.iter().all(|row| row.contains(" %")), "{out}");
    let long = "长".repeat(200);
    let out = run(&["correct", &export(), &long, "--all"]).succeeds();
    assert_eq!(
        out.lines().count(),
        201,
        "a long line is cut into what the model takes"
    );
    let unknown = run(&["correct", &export(), "😀😀"]).succeeds();
    assert_eq!(
        unknown, "😀😀\n",
        "what the vocabulary cannot write is left as it is"
    );
    assert_eq!(run(&["correct", &export(), " "]).status(), 2);
    assert_eq!(run(&["correct", &export(), "长", "--top", "0"]).status(), 2);
}

#[test]
fn synonyms_show_lists_the_similar_words_of_a_word() {
    let shards = DONE.shards();
    let out = run(&["synonyms", "show", "高兴", "--shards", &shards]).succeeds();
    assert!(
        out.starts_with("高兴\n") && out.lines().count() >= 4,
        "{out}"
    );
    let unknown = run(&["synonyms", "show", "魑魅魍魉", "--shards", &shards]);
    assert_eq!(unknown.status(), 1);
}

#[test]
fn a_dumped_table_builds_the_same_table_again() {
    let list = run(&["synonyms", "dump", "--shards", &DONE.shards()]).succeeds();
    let rows: Vec<Vec<&str>> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(
        rows.len() > 100 && rows.iter().all(|row| row.len() == 4),
        "{list}"
    );
    let again = Job::new();
    fs::write(again.path("words.tsv"), &list).unwrap();
    let source = format!("similar_words.source={}", again.path("words.tsv").display());
    again.stage("prepare", &["--set", &source]).succeeds();
    let shards = again.path("shards").display().to_string();
    let dumped = run(&["synonyms", "dump", "--shards", &shards]).succeeds();
    assert_eq!(dumped, list);
}

#[test]
fn merged_tasks_have_the_examples_of_one_run() {
    let parts = Job::new();
    for name in ["vocab.txt", "similar_words.table"] {
        fs::copy(DONE.path(name), parts.path(name)).unwrap();
    }
    for task in ["2", "0", "1"] {
        parts
            .stage("prepare", &["--task", task, "--num-tasks", "3"])
            .succeeds();
    }
    run(&["merge", &parts.shards()]).succeeds();
    let examples = |job: &Job| {
        let out = job.path("all.parquet").display().to_string();
        run(&["examples", &job.shards(), "--out", &out]).succeeds();
        fs::read(out).unwrap()
    };
    assert!(examples(&parts) == examples(&DONE));
}

#[test]
fn the_report_needs_no_other_file() {
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
fn a_checkpoint_maps_punctuation_as_its_shards_did() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, mapped) = (export(), folder.path().join("mapped"));
    run(&["export", &plain, "--out", &mapped.display().to_string()]).succeeds();
    // What `prepare` and `pretrain` write if the config has [segment] punctuation.
    let config = mapped.join("tokenizer_config.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&config).unwrap()).unwrap();
    json["punctuation"] = serde_json::json!({ "☂": "。" });
    fs::write(&config, json.to_string()).unwrap();
    let again = folder.path().join("again").display().to_string();
    run(&["export", &mapped.display().to_string(), "--out", &again]).succeeds();
    let tokenizer = fs::read_to_string(folder.path().join("again/tokenizer.json")).unwrap();
    assert!(tokenizer.contains("\"String\": \"☂\""));

    // This model corrects the full stop, and leaves alone what it cannot read.
    let corrected = |checkpoint: &str, text: &str| {
        let out = run(&["correct", checkpoint, text]).succeeds();
        out.lines().next().unwrap().to_owned()
    };
    assert_eq!(corrected(&again, "天☂"), corrected(&plain, "天。"));
    assert!(corrected(&plain, "天☂").ends_with('☂'));
    assert!(!corrected(&again, "天☂").ends_with('☂'));
}

#[test]
fn a_config_gives_the_shards_and_the_shares_that_are_judged() {
    let config = DONE.config();
    let with_config = |command: &[&str], more: &[&str]| {
        let mut call: Vec<String> = command.iter().map(|part| (*part).to_owned()).collect();
        call.push("--config".to_owned());
        call.extend(config.iter().cloned());
        call.extend(more.iter().map(|part| (*part).to_owned()));
        run(&call)
    };
    let shares = [
        "--set",
        r#"masking={objective="mac", similar=0.5, random=0.4, kept=0.1}"#,
    ];
    let own = with_config(&["inspect", "--count", "0"], &shares);
    assert!(own.out().contains("drawn: 50 %"), "{}", own.out());
    let preset = with_config(&["inspect", "--count", "0"], &["--objective", "wwm"]);
    assert!(!preset.out().contains("drawn: 50 %"), "{}", preset.out());

    let export = export();
    let typed = run(&["evaluate", &export, &DONE.shards()]).succeeds();
    let configured = with_config(&["evaluate", &export], &[]).succeeds();
    assert_eq!(typed, configured);
    let other = with_config(&["evaluate", &export], &["--objective", "wwm"]).succeeds();
    assert_ne!(typed, other);
}

/// `inspect` shows the rate of the last step, and its audit expects that rate. An export is refused.
#[test]
fn commands_without_a_step_show_the_last_mask_rate_or_refuse() {
    let with_rates = |command: &[&str], rate: &str| {
        let mut call: Vec<String> = command.iter().map(|part| (*part).to_owned()).collect();
        call.push("--config".to_owned());
        call.extend(DONE.config());
        for change in [rate, "masking.last_rate=0.3"] {
            call.extend(["--set".to_owned(), change.to_owned()]);
        }
        run(&call)
    };
    let inspected = with_rates(&["inspect", "--count", "0"], "masking.rate=0.15");
    let says =
        "at the rate of the last step, 0.3 (masking.last_rate); the first step of a run has 0.15";
    assert!(inspected.err().contains(says), "{}", inspected.err());
    let same = with_rates(&["inspect", "--count", "0"], "masking.rate=0.3");
    assert_eq!(inspected.out(), same.out());
    assert!(!same.err().contains(says), "{}", same.err());

    let out = DONE.path("rates.parquet").display().to_string();
    let export = ["examples", "--out", &out];
    let refused = with_rates(&export, "masking.rate=0.15");
    assert_eq!(refused.status(), 2, "{}", refused.err());
    assert!(
        refused.err().contains("add --set masking.rate=0.3"),
        "{}",
        refused.err()
    );
    with_rates(&export, "masking.rate=0.3").succeeds();
}

#[test]
fn a_run_with_a_falling_mask_rate_resumes_and_keeps_its_rate() {
    let job = Job::new();
    copy_folder(&DONE.path("shards"), &job.path("shards"));
    for name in ["vocab.txt", "similar_words.table"] {
        fs::copy(DONE.path(name), job.path(name)).unwrap();
    }
    let falling = [
        "--set",
        "masking.rate=0.3",
        "--set",
        "masking.last_rate=0.15",
    ];
    job.stage("pretrain", &falling).succeeds();
    let resumed = [&falling[..], &["--resume"]].concat();
    job.stage("pretrain", &resumed).succeeds();
    let other = job.stage("pretrain", &["--set", "masking.rate=0.3", "--resume"]);
    assert_eq!(other.status(), 2, "{}", other.err());
    assert!(
        other.err().contains("masking.last_rate = 0.15"),
        "{}",
        other.err()
    );
}

#[test]
fn examples_are_written_over_only_if_asked() {
    let out = DONE.path("kept.parquet").display().to_string();
    fs::write(&out, "mine").unwrap();
    let call = ["examples", &DONE.shards(), "--out", &out];
    let refused = run(&call);
    refused.fails(2, "--overwrite");
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    run(&[&call[..], &["--overwrite"]].concat()).succeeds();
    assert!(fs::read(&out).unwrap().starts_with(b"PAR1"));

    let prefix = DONE.path("kept").display().to_string();
    fs::write(DONE.path("kept.idx"), "mine").unwrap();
    let refused = run(&[
        "examples",
        &DONE.shards(),
        "--format",
        "megatron",
        "--out",
        &prefix,
    ]);
    assert_eq!(refused.status(), 2, "{}", refused.err());
    assert!(!DONE.path("kept.bin").exists());
}
