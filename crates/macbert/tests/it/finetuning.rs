//! `macbert finetune`: what it prints and writes, how it is killed and continued, and what it refuses.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use tempfile::TempDir;

use crate::small_job::{DONE, Ended, killed_after, moments, program, reviews, run};

/// A task on the encoder of the small job.
struct Task {
    folder: TempDir,
}

const SPELLING: &str = "[task.spelling]\nsource = \"source\"\ntarget = \"target\"\n";
const CLASSES: &str = "[task.classification]\ntexts = [\"text\"]\nlabel = \"label\"\n";

impl Task {
    fn new(task: &str, train: &str, test: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = DONE.path("pretrain/export").display().to_string();
        let config = format!(
            "name = \"reviews\"\n[model]\ncheckpoint = \"{checkpoint}\"\ndropout = 0.1\nmax_length = 32\n{task}\
             [data]\ntrain = \"train.tsv\"\ndev = \"dev.tsv\"\ntest = \"test.tsv\"\n\
             [optimizer]\nname = \"adamw\"\npeak_rate = 1e-2\nwarmup_share = 0.1\nbeta1 = 0.9\nbeta2 = 0.999\n\
             epsilon = 1e-6\nweight_decay = 0.01\nclip_norm = 1.0\n\
             [train]\nepochs = 3\nexamples_per_step = 4\npieces_per_micro_batch = 64\ncheckpoint_every = 2\nlog_every = 2\n\
             max_skipped_steps = 0\n\
             [protocol]\nseeds = 2\nselect_by = \"last_epoch\"\n[output]\ndirectory = \"run\"\n"
        );
        let task = Self { folder };
        for (name, text) in [
            ("task.toml", config.as_str()),
            ("train.tsv", train),
            ("dev.tsv", test),
            (
                "test.tsv",
                &(test.to_owned() + test.split_once('\n').unwrap().1),
            ),
        ] {
            std::fs::write(task.path(name), text).unwrap();
        }
        task
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, changes: &[&str]) -> Command {
        let mut command = program();
        command.arg("finetune").arg(self.path("task.toml"));
        for change in changes {
            command.args(["--set", change]);
        }
        command
    }

    fn run(&self, changes: &[&str]) -> Ended {
        Ended::of(&mut self.command(changes))
    }

    /// The files of the run, except for the page.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = fixtures::bytes_below(&self.path("run"));
        files.retain(|name, _| !name.contains("report.html"));
        files
    }
}

#[test]
fn a_run_ends_with_a_table_a_page_and_a_folder() {
    let task = Task::new(CLASSES, &reviews(24), &reviews(6));
    let out = task.run(&["protocol.select_by=accuracy"]).succeeds();
    assert!(
        out.contains("over 2 seeds, the best epoch on the dev file by accuracy"),
        "{out}"
    );
    assert!(out.contains("accuracy") && out.contains(" ± "), "{out}");
    let page = std::fs::read_to_string(task.path("run/report.html")).unwrap();
    for expect in [
        "macro_f1",
        "Training loss",
        "accuracy on the dev file",
        "seed 2",
        "test.tsv",
    ] {
        assert!(page.contains(expect), "{expect}");
    }
    assert!(!page.contains("Selected on this set"));
    let again = task.run(&["protocol.select_by=accuracy"]);
    assert_eq!(again.succeeds(), out);
    assert!(
        again.err().contains("seed 1 is finished"),
        "{}",
        again.err()
    );
}

#[test]
fn one_seed_has_no_deviation() {
    let task = Task::new(CLASSES, &reviews(24), &reviews(6));
    let out = task.run(&["protocol.seeds=1"]).succeeds();
    let page = std::fs::read_to_string(task.path("run/report.html")).unwrap();
    for shown in [&out, &page] {
        assert!(!shown.contains('±'), "{shown}");
    }
    let results = std::fs::read_to_string(task.path("run/results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    assert!(results["scores"]["accuracy"]["deviation"].is_null());
    assert!(results["scores"]["accuracy"]["mean"].is_f64());
}

#[test]
fn a_task_that_is_selected_on_its_report_says_so_everywhere() {
    let task = Task::new(CLASSES, &reviews(24), &reviews(6));
    std::fs::copy(task.path("dev.tsv"), task.path("test.tsv")).unwrap();
    let refused = task.run(&["protocol.select_by=accuracy"]);
    refused.fails(2, "same content");
    let changes = [
        "protocol.select_by=accuracy",
        "protocol.select_on_report=true",
    ];
    let out = task.run(&changes).succeeds();
    assert!(out.contains("selected on this set"), "{out}");
    let page = std::fs::read_to_string(task.path("run/report.html")).unwrap();
    assert!(page.contains("Selected on this set"));
    assert_eq!(
        page.matches("dev.tsv").count(),
        2,
        "in the head and in the table of files"
    );
    let results = std::fs::read_to_string(task.path("run/results.json")).unwrap();
    assert!(results.contains("\"selected_on_this_file\": true"));
}

#[test]
fn published_rows_are_shown_if_the_file_is_the_published_one() {
    let task = Task::new(CLASSES, &reviews(24), &reviews(6));
    let published = |n: usize| {
        let config = std::fs::read_to_string(task.path("task.toml")).unwrap();
        let config = config.split("[[published]]").next().unwrap().to_owned();
        let row = "model = \"BERT-base\"\nscore = \"accuracy\"\nmax = 95.0\nmean = 94.7\nsource = \"a page\"\n";
        let config = format!("{config}[[published]]\n{row}n_examples = {n}\n");
        std::fs::write(task.path("task.toml"), config).unwrap();
        task.run(&["protocol.seeds=1"]).succeeds()
    };
    let out = published(12);
    assert!(
        out.contains("BERT-base, accuracy") && out.contains("95.0 (94.7)"),
        "{out}"
    );
    let page = std::fs::read_to_string(task.path("run/report.html")).unwrap();
    assert!(page.contains("BERT-base") && page.contains("a page"));
    assert!(!published(1200).contains("BERT-base"));
}

#[test]
fn a_killed_run_continues_to_the_same_files() {
    const N_KILLS: usize = 10;
    let make = || Task::new(CLASSES, &reviews(32), &reviews(6));
    let changes = ["train.checkpoint_every=1", "protocol.select_by=accuracy"];
    let whole = make();
    let start = Instant::now();
    whole.run(&changes).succeeds();
    let longest = start.elapsed();
    // The results name the files, so both runs have to lie in the same folder.
    let expected = whole.files();
    std::fs::remove_dir_all(whole.path("run")).unwrap();
    let mut n_killed = 0;
    for after in moments(longest / 2).take(4 * N_KILLS) {
        if killed_after(&mut whole.command(&changes), after) {
            n_killed += 1;
        } else {
            assert!(whole.files() == expected);
            std::fs::remove_dir_all(whole.path("run")).unwrap();
        }
        if n_killed == N_KILLS {
            break;
        }
    }
    assert_eq!(n_killed, N_KILLS);
    whole.run(&changes).succeeds();
    let found = whole.files();
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    assert!(found == expected);
}

#[test]
fn files_and_checkpoints_that_do_not_fit_are_refused() {
    let task = Task::new(CLASSES, &reviews(24), &reviews(6));
    let check = |changes: &[&str], status: i32, expect: &str| {
        let ended = task.run(changes);
        ended.fails(status, expect);
    };
    check(
        &["model.max_length=4096"],
        2,
        "above the checkpoint's positions",
    );
    check(&["model.checkpoint=\"nowhere\""], 2, "no checkpoint at");
    check(
        &["task.classification.label=\"labels\""],
        2,
        "no column `labels`; there are: label, text",
    );
    check(&["data.test=\"nowhere.tsv\""], 1, "nowhere.tsv");
    task.run(&["protocol.seeds=1"]).succeeds();
    check(
        &["protocol.seeds=1", "optimizer.peak_rate=1e-3"],
        2,
        "were made with optimizer.peak_rate = 0.01, this config has 0.001",
    );
    // How many steps may be skipped decides no result.
    let more = task.run(&["protocol.seeds=1", "train.max_skipped_steps=9"]);
    assert!(more.succeeds().contains("accuracy"), "{}", more.err());
    // The path of a checkpoint may change, its weights may not.
    let step = |step: u64| {
        let path = DONE.path(&format!("pretrain/checkpoints/step-{step:08}"));
        format!("model.checkpoint=\"{}\"", path.display())
    };
    let moved = task.run(&["protocol.seeds=1", &step(12)]);
    assert!(moved.succeeds().contains("accuracy"), "{}", moved.err());
    check(
        &["protocol.seeds=1", &step(8)],
        2,
        "were made with model.checkpoint.sha256",
    );
    std::fs::write(task.path("train.tsv"), reviews(22)).unwrap();
    check(&["protocol.seeds=1"], 2, "were made with data.train.sha256");
}

/// Removes the masked head from a file of weights.
fn strip_masked_head(file: &std::path::Path) {
    let bytes = std::fs::read(file).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let kept = tensors
        .iter()
        .filter(|(name, _)| !name.starts_with("cls.predictions."));
    safetensors::serialize_to_file(kept, None, file).unwrap();
}

#[test]
fn a_fine_tuned_corrector_corrects_and_is_evaluated() {
    let mut pairs = "source\ttarget\n".to_owned();
    for index in 0..48 {
        let (source, target) = [("牛乃很好", "牛奶很好"), ("米饭很好", "米饭很好")][index % 2];
        let _ = writeln!(pairs, "{source}\t{target}");
    }
    let task = Task::new(SPELLING, &pairs, &pairs);
    task.run(&["protocol.seeds=1", "train.epochs=12"])
        .succeeds();
    let export = task.path("run/export").display().to_string();
    let corrected = run(&["correct", &export, "米饭很好"]);
    assert_eq!(corrected.succeeds().lines().next(), Some("米饭很好"));
    assert_eq!(corrected.err(), "", "nothing is missing from a corrector");
    let config = task.path("task.toml").display().to_string();
    let out = run(&["evaluate", &export, "--config", &config]).succeeds();
    let of_run = std::fs::read_to_string(task.path("run/results.json")).unwrap();
    let of_run: serde_json::Value = serde_json::from_str(&of_run).unwrap();
    let accuracy = of_run["scores"]["sentence_correction_accuracy"]["max"]
        .as_f64()
        .unwrap();
    let line = out
        .lines()
        .find(|line| line.contains("sentence_correction_accuracy"));
    assert!(line.unwrap().ends_with(&format!("{accuracy:.2}")), "{out}");
    let unused = run(&["evaluate", &export, "--config", &config, "--seed", "3"]);
    assert_eq!(unused.status(), 2, "{}", unused.err());
    assert!(
        unused.err().contains("leave --seed out"),
        "{}",
        unused.err()
    );
    // The class alone does not make a folder a corrector.
    let config_file = task.path("run/export/config.json");
    let of_encoder = std::fs::read_to_string(&config_file).unwrap();
    let headless = task.path("headless");
    std::fs::create_dir_all(&headless).unwrap();
    for entry in std::fs::read_dir(DONE.path("pretrain/export")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, headless.join(path.file_name().unwrap())).unwrap();
    }
    std::fs::write(headless.join("config.json"), of_encoder).unwrap();
    strip_masked_head(&headless.join("model.safetensors"));
    let noise = run(&["correct", &headless.display().to_string(), "米饭很好"]);
    assert!(
        noise
            .err()
            .contains("initialised at random: cls.predictions."),
        "{}",
        noise.err()
    );
    let encoder = DONE.path("pretrain/export").display().to_string();
    let refused = run(&["evaluate", &encoder, "--config", &config]);
    refused.fails(2, "the task needs a BertForMaskedLM");
}
