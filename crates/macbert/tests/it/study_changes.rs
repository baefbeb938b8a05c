//! Studies that are changed after they were run: which results are taken over, which are refused, and what is left to do.

use std::fs;

use serde_json::Value;

use crate::small_study::{Study, TASK};

/// The arms of the study, with another one before them.
fn arms_after(name: &str, set: &[&str]) -> String {
    format!(
        "arms=[{{name={name:?}, set={set:?}}}, {{name=\"mac\"}}, \
         {{name=\"wwm-one-text\", set=[\"masking.objective=wwm\", \"pairs.objective=none\"]}}]"
    )
}

#[test]
fn runs_with_other_keys_or_judges_are_refused() {
    let study = Study::done();
    let mut set = study.job.changes();
    set.push("train.steps=13".to_owned());
    for more in [&[][..], &["--dry-run"]] {
        study
            .run(&[&["--set", &format!("set={set:?}")], more].concat())
            .fails(
                2,
                "the run was made with train.steps = 12, the study has 13",
            );
    }
    study
        .with(&["judges=[{name=\"x\", masking={objective=\"mac\"}, pairs=\"sop\"}]"])
        .fails(2, "the run was made with judges");
}

/// The judges' examples are those of the first arm.
#[test]
fn runs_that_were_measured_on_the_examples_of_another_first_arm_are_refused() {
    let study = Study::done();
    study
        .with(&[&arms_after("short", &["examples.max_length=32"])])
        .fails(2, "the run was made with judges.shards");
    assert!(!study.path("short").exists());
}

#[test]
fn runs_are_refused_if_their_shards_were_prepared_again_from_other_files() {
    let study = Study::done();
    let vocabulary = study.job.path("vocab.txt");
    let text = fs::read_to_string(&vocabulary).unwrap();
    fs::write(&vocabulary, text + "##more\n").unwrap();
    fs::remove_file(study.job.path("similar_words.table")).unwrap();
    fs::remove_dir_all(study.path("shards")).unwrap();
    study
        .run(&[])
        .fails(2, "the run was made with judges.shards.sha256");
}

#[test]
fn shards_that_were_removed_are_prepared_again() {
    let study = Study::done();
    let before = study.results();
    fs::remove_dir_all(study.path("shards")).unwrap();
    let out = study.run(&["--dry-run"]).succeeds();
    assert!(out.contains("finished"), "{out}");
    study.run(&[]).succeeds();
    assert_eq!(study.results(), before);
}

#[test]
fn a_task_of_other_options_or_files_is_refused() {
    let study = Study::done();
    let changed =
        "tasks=[{config=\"reviews.toml\", set=[\"protocol.seeds=2\", \"train.epochs=3\"]}]";
    study
        .with(&[changed])
        .fails(2, "train.epochs = 2, the study has 3");
    let train = study.job.path("train.tsv");
    let text = fs::read_to_string(&train).unwrap();
    fs::write(&train, text.replace("牛奶", "米饭")).unwrap();
    study.run(&[]).fails(2, "data.train.sha256");
}

/// Names that differ only after a dot.
#[test]
fn a_task_is_kept_apart_from_others_and_done_again_if_its_folder_is_removed() {
    let study = Study::done();
    for (name, epochs) in [("reviews.v1", 1), ("reviews.v2", 2)] {
        let config = TASK.replace("epochs = 2", &format!("epochs = {epochs}"));
        fs::write(study.job.path(&format!("{name}.toml")), config).unwrap();
    }
    let tasks = "tasks=[{config=\"reviews.v1.toml\"}, {config=\"reviews.v2.toml\"}]";
    study.with(&[tasks]).succeeds();
    let results = study.results();
    study.with(&[tasks]).succeeds();
    assert_eq!(study.results(), results);
    let longer = "tasks=[{config=\"reviews.v1.toml\"}, {config=\"reviews.v2.toml\", set=[\"train.epochs=3\"]}]";
    study.with(&[longer]).fails(2, "remove the folder");
    for run in [
        "mac/seed-1",
        "mac/seed-2",
        "wwm-one-text/seed-1",
        "wwm-one-text/seed-2",
    ] {
        fs::remove_dir_all(study.path(run).join("tasks/reviews.v2")).unwrap();
    }
    study.with(&[longer]).succeeds();
    let task = study.json("mac/seed-1/tasks/reviews.v2/results.json");
    assert_eq!(task["made_with"]["train.epochs"], 3);
}

#[test]
fn seeds_of_fine_tuning_may_be_added_but_not_taken_away() {
    let study = Study::done();
    let seeds =
        |n: u64| format!("tasks=[{{config=\"reviews.toml\", set=[\"protocol.seeds={n}\"]}}]");
    let task = "mac/seed-1/tasks/reviews";
    let before = study.json(&format!("{task}/results.json"));
    let more = study.with(&[&seeds(3)]);
    more.succeeds();
    assert!(more.err().contains("seed 2 is finished"), "{}", more.err());
    let after = study.json(&format!("{task}/results.json"));
    let of = |results: &Value| results["seeds"].as_array().unwrap().clone();
    assert_eq!(of(&after).len(), 3);
    assert_eq!(of(&after)[..2], of(&before)[..]);
    assert_eq!(study.json("study.json")["tasks"][0]["n_seeds"], 3);
    study.with(&[&seeds(2)]).fails(2, "has results of seed 3");
}

/// The files of tasks are read before the first run is trained.
#[test]
fn a_task_whose_files_do_not_fit_is_refused_before_a_run_is_trained() {
    let study = Study::new();
    let task = |set: &str| format!("tasks=[{{config=\"reviews.toml\", set=[{set}]}}]");
    study
        .with(&[&task("\"task.classification.label=labels\"")])
        .fails(2, "no column `labels`");
    assert!(study.path("shards").exists() && !study.path("mac").exists());
}

#[test]
fn a_task_that_would_report_its_dev_file_is_refused_before_work_starts() {
    let study = Study::new();
    fs::copy(study.job.path("test.tsv"), study.job.path("dev.tsv")).unwrap();
    let set = "\"data.dev=dev.tsv\", \"protocol.select_by=accuracy\"";
    let tasks = format!("tasks=[{{config=\"reviews.toml\", set=[{set}]}}]");
    study.with(&[&tasks]).fails(2, "same content");
    assert!(!study.path("").exists());
}

/// The other runs go on, and the results name what is missing.
#[test]
fn a_run_that_fails_does_not_stop_the_others() {
    let study = Study::done();
    let before = study.json("mac/seed-2/results.json");
    fs::remove_dir_all(study.path("mac/seed-2")).unwrap();
    let arms = arms_after(
        "wild",
        &["optimizer.peak_rate=1e38", "train.max_skipped_steps=0"],
    );
    for _ in 0..2 {
        let ended = study.with(&[&arms]);
        ended.fails(1, "steps had a loss or gradient that is not finite");
        ended.fails(1, "these runs failed: wild, seed 1; wild, seed 2;");
        assert!(ended.out().contains("wwm-one-text"), "{}", ended.out());
    }
    assert_eq!(study.json("mac/seed-2/results.json"), before);
    let results = study.json("study.json");
    assert_eq!(
        (&results["n_runs"], &results["n_finished"]),
        (&6.into(), &4.into())
    );
    let missing = results["missing"].as_array().unwrap();
    let named = missing
        .iter()
        .map(|one| (&one["arm"], &one["seed"], &one["task"]));
    let (wild, null) = (&"wild".into(), &Value::Null);
    assert_eq!(
        named.collect::<Vec<_>>(),
        [(wild, &1.into(), null), (wild, &2.into(), null)]
    );
    let cause = missing[0]["cause"].as_str().unwrap();
    assert!(cause.contains("lower optimizer.peak_rate"), "{cause}");
    let page = fs::read_to_string(study.path("study.html")).unwrap();
    assert!(page.contains("wild, seed 2, failed"), "{page}");
}

/// The same, but of a task.
#[test]
fn a_task_that_fails_does_not_stop_the_others() {
    let study = Study::done();
    let wild = TASK.replace("peak_rate = 1e-2", "peak_rate = 1e38");
    fs::write(study.job.path("wild.toml"), wild).unwrap();
    let tasks =
        "tasks=[{config=\"wild.toml\"}, {config=\"reviews.toml\", set=[\"protocol.seeds=2\"]}]";
    study.with(&[tasks]).fails(
        1,
        "these runs failed: mac, seed 1, wild; wwm-one-text, seed 1, wild;",
    );
    let results = study.json("study.json");
    assert_eq!(results["missing"].as_array().unwrap().len(), 4);
    assert_eq!(results["missing"][0]["task"], "wild");
    assert_eq!(results["tasks"][1]["n_finished"], 4);
}

/// To compute the baseline, masks are drawn over all training examples.
#[test]
fn the_baseline_under_a_judge_is_that_of_the_finished_runs() {
    let study = Study::done();
    let (finished, open) = ("mac/seed-1/results.json", "wwm-one-text/seed-2");
    let mut results = study.json(finished);
    results["judges"]["mac"]["unigram_loss"] = 1.25.into();
    fs::write(study.path(finished), results.to_string()).unwrap();
    fs::remove_dir_all(study.path(open)).unwrap();
    study.run(&[]).succeeds();
    let results = study.json(&format!("{open}/results.json"));
    assert_eq!(results["judges"]["mac"]["unigram_loss"], 1.25);
}
