//! A study of two arms and two seeds: its grid, its results, and what is left of it after a stop at any moment.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::small_job::{Ended, killed_after, moments, program};
use crate::small_study::{DONE, Study};

#[test]
fn a_study_trains_every_arm_with_every_seed_on_the_same_shards() {
    let study = &DONE.0;
    let results = study.json("study.json");
    assert_eq!(
        (&results["n_runs"], &results["n_finished"]),
        (&4.into(), &4.into())
    );
    assert_eq!(fs::read_dir(study.path("shards")).unwrap().count(), 1);
    for run in [
        "mac/seed-1",
        "mac/seed-2",
        "wwm-one-text/seed-1",
        "wwm-one-text/seed-2",
    ] {
        let folder = study.path(run);
        assert!(folder.join("export/model.safetensors").exists(), "{run}");
        assert!(!folder.join("checkpoints").exists(), "{run}");
    }
    for (index, measure) in ["own", "mac"].into_iter().enumerate() {
        let found = &results["measures"][index];
        assert_eq!(found["name"], measure);
        for curve in found["curves"].as_array().unwrap() {
            let steps = curve["points"].as_array().unwrap().iter();
            let steps: Vec<&Value> = steps.map(|point| &point["step"]).collect();
            assert_eq!(steps, [6, 12]);
        }
    }
    let pairs = |measure: usize| results["measures"][measure]["masked_loss"]["pairs"].clone();
    assert_eq!(
        pairs(0),
        Value::Array(Vec::new()),
        "other objectives are not compared"
    );
    assert_eq!(pairs(1)[0]["verdict"], "too_few_seeds");
    let by_seed = &results["measures"][1]["masked_loss"]["arms"][0]["by_seed"];
    assert_ne!(by_seed["1"], by_seed["2"]);
    let task = &results["tasks"][0];
    assert_eq!(task["name"], "reviews");
    assert_eq!(task["n_finished"], 4);
    let accuracy = &task["scores"][0]["comparison"]["arms"][1];
    assert_eq!(
        accuracy["by_seed"].as_object().unwrap().len(),
        2,
        "{accuracy}"
    );
    assert!(study.path("mac/seed-1/tasks/reviews/report.html").exists());
    let page = fs::read_to_string(study.path("study.html")).unwrap();
    assert!(page.contains("so the spread cannot be judged"), "{page}");
    let costs = study.json("costs.json");
    assert_eq!(costs.as_array().unwrap().len(), 4);
    assert!(costs[0]["cost"]["seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(costs[0]["cost"]["device"], "flex");
}

/// The run of a study is the run that `pretrain` would train.
#[test]
fn a_run_of_a_study_is_that_of_pretrain() {
    let study = &DONE.0;
    let folder = tempfile::tempdir().unwrap();
    let shards = fs::read_dir(study.path("shards"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let place = |key: &str, path: PathBuf| format!("{key}={}", path.display());
    let mut call = program();
    call.arg("pretrain").args(study.job.config());
    for change in [
        "seed=2".to_owned(),
        "shards.seed=20200429".to_owned(),
        place("shards.directory", shards.path()),
        place("output.directory", folder.path().join("run")),
    ] {
        call.args(["--set", &change]);
    }
    Ended::of(&mut call).succeeds();
    let weights = |folder: PathBuf| fs::read(folder.join("export/model.safetensors")).unwrap();
    assert!(weights(folder.path().join("run")) == weights(study.path("mac/seed-2")));
}

#[test]
fn a_finished_study_is_not_done_again() {
    let study = Study::done();
    let before = study.results();
    let again = study.run(&[]);
    again.succeeds();
    assert!(!again.err().contains("run 1 of 4"), "{}", again.err());
    assert_eq!(study.results(), before);
}

#[test]
fn a_dry_run_shows_the_grid_and_writes_nothing() {
    let study = Study::new();
    let out = study.run(&["--dry-run"]).succeeds();
    for expect in [
        "4 runs",
        "wwm-one-text, seed 2",
        "12 steps",
        "fine-tuned on reviews with 2 seeds",
        "known when a run is finished",
    ] {
        assert!(out.contains(expect), "{expect}: {out}");
    }
    let steps = out
        .lines()
        .filter(|line| line.trim_start().starts_with("steps"));
    let steps: Vec<&str> = steps
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    assert_eq!(steps, ["12", "48"]);
    assert!(!study.path("").exists());
    let out = DONE.0.run(&["--dry-run"]).succeeds();
    assert!(out.contains("finished"), "{out}");
}

#[test]
fn progress_says_which_run_it_is() {
    let study = Study::new();
    let ended = study.run(&[]);
    ended.succeeds();
    for (number, run) in [
        "mac, seed 1",
        "wwm-one-text, seed 1",
        "mac, seed 2",
        "wwm-one-text, seed 2",
    ]
    .into_iter()
    .enumerate()
    {
        let line = format!("run {} of 4: {run}, 12 steps", number + 1);
        assert!(ended.err().contains(&line), "{line}: {}", ended.err());
    }
    assert!(!ended.err().contains("NaN"), "{}", ended.err());
}

#[test]
fn a_study_killed_between_and_inside_runs_ends_with_the_same_results() {
    const N_KILLS: usize = 10;
    let (whole, longest) = &*DONE;
    let study = Study::new();
    let mut n_killed = 0;
    // Each moment is measured from the start of a call, which continues what is there.
    for after in moments(*longest / 2) {
        if killed_after(&mut study.command(&[]), after) {
            n_killed += 1;
        } else {
            // The study has ended: it starts again for the kills that are left.
            assert!(study.results() == whole.results(), "{}", study.results());
            fs::remove_dir_all(study.path("")).unwrap();
        }
        if n_killed == N_KILLS {
            break;
        }
    }
    study.run(&[]).succeeds();
    assert!(study.results() == whole.results(), "{}", study.results());
    let weights =
        |study: &Study| fs::read(study.path("mac/seed-2/export/model.safetensors")).unwrap();
    assert!(weights(&study) == weights(whole));
}

#[cfg(unix)]
#[test]
fn a_study_that_its_user_stops_continues_with_the_same_command() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let (whole, _) = &*DONE;
    let study = Study::new();
    let mut command = study.command(&[]);
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    assert!(lines.any(|line| line.contains("run 2 of 4")));
    let id = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status();
    assert!(kill.unwrap().success());
    lines.for_each(drop); // until the program ends: it would wait if nobody read its messages
    let ended = child.wait_with_output().unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    assert!(
        ended.status.success() && out.contains("the same command continues"),
        "{out}"
    );
    assert!(study.run(&[]).succeeds().contains("study.json"));
    assert!(study.results() == whole.results(), "{}", study.results());
}
