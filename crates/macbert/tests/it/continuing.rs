//! What follows a finished run, or leads to one in an unusual way: more steps, another config, a checkpoint with added words,
//! nothing held out, parameters that are not trained.

use std::fs;
use std::path::Path;

use fixtures::copy_folder;
use model::{BertConfig, BertForPreTraining};
use serde_json::Value;

use crate::small_job::{DONE, Ended, Job, run};

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn set<'a>(changes: &[&'a str]) -> Vec<&'a str> {
    changes
        .iter()
        .flat_map(|change| ["--set", change])
        .collect()
}

#[track_caller]
fn refused(ended: &Ended, expect: &str) {
    ended.fails(2, expect);
}

/// A copy of the finished run, in a folder of its own, and the `--set` that names it.
fn copied(name: &str) -> String {
    let folder = DONE.path(name);
    copy_folder(&DONE.path("pretrain"), &folder);
    format!("output.directory={}", folder.display())
}

#[test]
fn a_finished_run_goes_on_with_more_steps() {
    let folder = copied("longer");
    let more = |options: &[&str]| {
        let set = set(&[&folder, "train.steps=16"]);
        DONE.stage("pretrain", &[&set, options].concat())
    };
    refused(&more(&["--resume"]), "add --allow-change train.steps");
    let allowed = ["--resume", "--allow-change", "train.steps"];
    let out = more(&allowed).succeeds();
    assert!(out.contains("16 steps done"), "{out}");
    let metrics = fs::read_to_string(DONE.path("longer/metrics.jsonl")).unwrap();
    assert!(metrics.contains(r#""kind":"change""#), "{metrics}");
    let state = json(&DONE.path("longer/checkpoints/step-00000016/state.json"));
    assert_eq!(state["changes"][0]["to"], 16);
    more(&["--resume"]).succeeds();
}

#[test]
fn what_only_says_how_often_something_is_written_may_change_freely() {
    let folder = copied("rarer");
    let set = set(&[&folder, "train.log_every=5", "train.evaluate_every=3"]);
    DONE.stage("pretrain", &[&set[..], &["--resume"]].concat())
        .succeeds();
}

#[test]
fn another_run_is_refused_with_what_to_do_instead() {
    let folder = copied("other");
    let set = set(&[&folder, "masking.rate=0.2"]);
    let resumed = |options: &[&str]| DONE.stage("pretrain", &[&set[..], options].concat());
    refused(&resumed(&["--resume"]), "model.start_from");
    for (key, expect) in [
        ("masking.rate", "makes it another run"),
        ("masking", "the config has no such key"),
        ("train.stepz", "the config has no such key"),
        ("nonsense", "the config has no such key"),
    ] {
        refused(&resumed(&["--resume", "--allow-change", key]), expect);
    }
    let without_resume = resumed(&["--allow-change", "train.steps"]);
    refused(&without_resume, "--resume");
}

#[test]
fn a_corpus_without_held_out_documents_is_trained_without_evaluation() {
    let job = Job::new();
    let set = set(&["shards.held_out_share=0"]);
    job.stage("prepare", &set).succeeds();
    let ended = job.stage("pretrain", &set);
    let out = ended.succeeds();
    let says = "no document is held out, so nothing is evaluated";
    assert!(out.contains(says) && ended.err().contains(says), "{out}");
    assert!(job.path("pretrain/export/model.safetensors").exists());
    let page = fs::read_to_string(job.path("pretrain/report.html")).unwrap();
    assert!(page.contains("nothing was evaluated"));
}

#[test]
fn an_export_says_what_was_never_trained() {
    let folder = DONE.path("without-pairs");
    let out = format!("output.directory={}", folder.display());
    let ended = DONE.stage("pretrain", &set(&[&out, "pairs.objective=none"]));
    ended.succeeds();
    for name in ["bert.pooler.dense.weight", "cls.seq_relationship.bias"] {
        assert!(ended.err().contains(name), "{}", ended.err());
        let config = json(&folder.join("export/config.json"));
        assert_eq!(config["untrained_parameters"][name], "initial_values");
        let card = fs::read_to_string(folder.join("export/README.md")).unwrap();
        assert!(card.contains(name), "{card}");
    }
    let trained = json(&DONE.path("pretrain/export/config.json"));
    assert!(trained.get("untrained_parameters").is_none());
}

/// A checkpoint of the job's vocabulary, with these words added.
fn with_added_words(words: &[&str]) -> String {
    let folder = DONE.path("added");
    copy_folder(&DONE.path("pretrain/export"), &folder);
    let config = model::read_config(&folder).unwrap();
    let n_pieces = config.vocab_size;
    let config = BertConfig {
        vocab_size: (n_pieces + words.len()).next_multiple_of(8) + 8,
        ..config
    };
    let device = device::by_name("flex").unwrap();
    let model = BertForPreTraining::new(&config, &device, 1).unwrap();
    model::save(&model, &folder).unwrap();
    let ids = words.iter().zip(n_pieces..);
    let ids: serde_json::Map<String, Value> = ids
        .map(|(word, id)| ((*word).to_owned(), id.into()))
        .collect();
    fs::write(
        folder.join("added_tokens.json"),
        Value::from(ids).to_string(),
    )
    .unwrap();
    folder.display().to_string()
}

#[test]
fn padding_and_added_words_of_a_checkpoint_are_told_apart() {
    let words = ["新冠", "[DOC]"];
    let start = with_added_words(&words);
    let n_pieces = json(&DONE.path("pretrain/export/config.json"))["vocab_size"].as_u64();
    let n_pieces = n_pieces.unwrap();
    let check = |folder: &Path, ended: &Ended| {
        ended.succeeds();
        assert_eq!(
            json(&folder.join("config.json"))["vocab_size"],
            n_pieces + 2
        );
        let tokenizer = json(&folder.join("tokenizer.json"));
        let added = tokenizer["added_tokens"].as_array().unwrap();
        for (word, id) in words.iter().zip(n_pieces..) {
            assert_eq!(json(&folder.join("added_tokens.json"))[word], id);
            let is_there = |token: &&Value| token["content"] == *word && token["id"] == id;
            assert!(added.iter().any(|token| is_there(&token)), "{tokenizer}");
        }
    };
    let out = DONE.path("added-export");
    let ended = run(&["export", &start, "--out", &out.display().to_string()]);
    check(&out, &ended);
    let rows = (n_pieces + 2).next_multiple_of(8) + 8;
    for expect in [&format!("{rows} rows"), "新冠, [DOC]"] {
        assert!(ended.err().contains(expect), "{}", ended.err());
    }
    run(&["correct", &start, "天气很好。"]).succeeds();
    run(&["evaluate", &start, &DONE.shards()]).succeeds();

    let folder = DONE.path("added-pretrain");
    check(&folder.join("export"), &DONE.continued(&start, &folder));
}
