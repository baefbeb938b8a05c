//! A study of two arms and two seeds: its grid, its results, and what is left of it after a stop at any moment.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use fixtures::project;
use serde_json::Value;

use crate::small_job::{Ended, Job, program};

/// A task that takes no time.
const TASK: &str = r#"name = "reviews"
[model]
checkpoint = "none"
dropout = 0.1
max_length = 32
[task.classification]
texts = ["text"]
label = "label"
[data]
train = "train.tsv"
test = "test.tsv"
[optimizer]
name = "adamw"
peak_rate = 1e-2
warmup_share = 0.1
beta1 = 0.9
beta2 = 0.999
epsilon = 1e-6
weight_decay = 0.01
clip_norm = 1.0
[train]
epochs = 2
examples_per_step = 4
pieces_per_micro_batch = 64
checkpoint_every = 2
log_every = 2
max_skipped_steps = 0
[protocol]
seeds = 1
select_by = "last_epoch"
[output]
directory = "run"
"#;

/// A study in a folder of its own.
struct Study {
    job: Job,
}

/// A finished study, and the time that it took. Tests only read it.
static DONE: LazyLock<(Study, Duration)> = LazyLock::new(|| {
    let study = Study::new();
    let start = Instant::now();
    study.run(&[]).succeeds();
    (study, start.elapsed())
});

impl Study {
    fn new() -> Self {
        let study = Self { job: Job::new() };
        let job = project().join("configs/tiny.toml");
        let changes = study.job.changes();
        let config = format!(
            "job = {:?}\nset = {changes:?}\nseeds = [1, 2]\n\
             [output]\ndirectory = \"study\"\n\
             [[arms]]\nname = \"mac\"\n\
             [[arms]]\nname = \"wwm-one-text\"\nset = [\"masking.objective=wwm\", \"pairs.objective=none\"]\n\
             [[judges]]\nname = \"mac\"\nmasking = {{ objective = \"mac\" }}\npairs = \"none\"\n\
             [[tasks]]\nconfig = \"reviews.toml\"\nset = [\"protocol.seeds=2\"]\n",
            job.display().to_string()
        );
        fs::write(study.job.path("reviews.toml"), TASK).unwrap();
        let review = |index: usize| {
            let word = ["好", "坏"][index % 2];
            format!(
                "{word}\t{}很{word}。\n",
                ["米饭", "面条", "牛奶"][index % 3]
            )
        };
        let reviews = "label\ttext\n".to_owned() + &(0..12).map(review).collect::<String>();
        fs::write(study.job.path("train.tsv"), &reviews).unwrap();
        fs::write(study.job.path("test.tsv"), reviews.replace('很', "不")).unwrap();
        fs::write(study.job.path("study.toml"), config).unwrap();
        study
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = program();
        command
            .arg("study")
            .arg(self.job.path("study.toml"))
            .args(more);
        command
    }

    fn run(&self, more: &[&str]) -> Ended {
        Ended::of(&mut self.command(more))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.job.path("study").join(name)
    }

    fn results(&self) -> String {
        fs::read_to_string(self.path("study.json")).unwrap()
    }

    /// Starts the study, and kills it after a while. Returns whether it was still running.
    fn killed_after(&self, after: Duration) -> bool {
        let mut command = self.command(&[]);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = quiet.spawn().unwrap();
        std::thread::sleep(after);
        let was_running = child.try_wait().unwrap().is_none();
        let _ = child.kill(); // fails if the command has ended meanwhile
        child.wait().unwrap();
        was_running
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_study_trains_every_arm_with_every_seed_on_the_same_shards() {
    let study = &DONE.0;
    let results = json(&study.results());
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
    let costs = json(&fs::read_to_string(study.path("costs.json")).unwrap());
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
    let study = &DONE.0;
    let before = study.results();
    let again = study.run(&[]);
    again.succeeds();
    assert!(!again.err().contains("run 1 of 4"), "{}", again.err());
    assert_eq!(study.results(), before);
    let other = study.run(&["--set", "set=[\"train.steps=13\"]"]);
    assert_eq!(other.status(), 2);
    let longer = TASK
        .replace("epochs = 2", "epochs = 3")
        .replace("seeds = 1", "seeds = 2");
    fs::write(study.job.path("longer.toml"), &longer).unwrap();
    let tasks = "tasks=[{config=\"longer.toml\"}]";
    let new = study.run(&["--set", tasks, "--dry-run"]).succeeds();
    assert!(new.contains("fine-tuned on longer with 2 seeds"), "{new}");
    let folder = study.job.path("other");
    fs::create_dir(&folder).unwrap();
    for (from, to) in [
        ("longer.toml", "other/reviews.toml"),
        ("train.tsv", "other/train.tsv"),
        ("test.tsv", "other/test.tsv"),
    ] {
        fs::copy(study.job.path(from), study.job.path(to)).unwrap();
    }
    let changed = study.run(&["--set", "tasks=[{config=\"other/reviews.toml\"}]"]);
    assert_eq!(changed.status(), 2);
    assert!(
        changed.err().contains("train.epochs = 2, the study has 3"),
        "{}",
        changed.err()
    );
    let other = study.run(&[
        "--set",
        "judges=[{name=\"x\", masking={objective=\"mac\"}, pairs=\"sop\"}]",
    ]);
    assert_eq!(other.status(), 2);
    assert!(
        other.err().contains("the run was made with judges"),
        "{}",
        other.err()
    );
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
    const N_KILLS: u32 = 10;
    let (whole, longest) = &*DONE;
    let study = Study::new();
    let mut n_killed = 0;
    // Moments spread over the whole study, each measured from the start of a call, which continues what is there.
    for n in 1..=N_KILLS {
        let after = longest.mul_f64(0.05 + 0.45 * (f64::from(n) * 0.618_034).fract());
        n_killed += u32::from(study.killed_after(after));
    }
    assert!(
        n_killed > 1,
        "{n_killed} of {N_KILLS} calls were killed in time"
    );
    study.run(&[]).succeeds();
    assert!(study.results() == whole.results(), "{}", study.results());
    let weights =
        |study: &Study| fs::read(study.path("mac/seed-2/export/model.safetensors")).unwrap();
    assert!(weights(&study) == weights(whole));
}

#[cfg(unix)]
#[test]
fn a_study_that_its_user_stops_continues_with_the_same_command() {
    let (whole, longest) = &*DONE;
    let study = Study::new();
    let mut command = study.command(&[]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let child = command.spawn().unwrap();
    std::thread::sleep(longest.mul_f64(0.5));
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let ended = child.wait_with_output().unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    assert!(
        ended.status.success() && out.contains("the same command continues"),
        "{out}"
    );
    assert!(study.run(&[]).succeeds().contains("study.json"));
    assert!(study.results() == whole.results(), "{}", study.results());
}
