//! A run over several folders of shards.

use std::fs;

use crate::small_job::{DONE, Ended, Job, run};

/// A job with shards of its own, of another subject, that trains on these and on the shared job's.
struct Mixing {
    job: Job,
    mixture: String,
}

impl Mixing {
    fn new(more: &[&str]) -> Self {
        let job = Job::new();
        for name in ["vocab.txt", "similar_words.table"] {
            fs::copy(DONE.path(name), job.path(name)).unwrap();
        }
        let corpus = r#"corpus.paths=["../corpora/health.txt"]"#;
        let call = [&["--set", corpus], more].concat();
        job.stage("prepare", &call).succeeds();
        let (own, other) = (job.shards(), DONE.shards());
        let mixture = format!(
            r#"mixture=[{{directory="{own}", weight=2.5}}, {{directory="{other}", weight=1}}]"#
        );
        Self { job, mixture }
    }

    fn pretrain(&self, more: &[&str]) -> Ended {
        let corpus = r#"corpus.paths=["../corpora/health.txt"]"#;
        let call = [&["--set", corpus, "--set", &self.mixture], more].concat();
        self.job.stage("pretrain", &call)
    }
}

#[test]
fn a_run_over_two_folders_resumes_to_the_same_weights() {
    let mixing = Mixing::new(&[]);
    let ended = mixing.pretrain(&[]);
    ended.succeeds();
    assert!(
        ended.err().contains("weight 2.5 make") && ended.err().contains("examples of an epoch"),
        "{}",
        ended.err()
    );
    let last = mixing.job.path("pretrain/checkpoints/step-00000012");
    let weights = || fs::read(last.join("model.safetensors")).unwrap();
    let first = weights();
    fs::remove_dir_all(&last).unwrap();
    let again = mixing.pretrain(&["--resume"]);
    again.succeeds();
    assert!(
        again.err().contains("resuming after step 8"),
        "{}",
        again.err()
    );
    assert!(weights() == first);
    let other = mixing.mixture.replace("2.5", "3");
    let refused = Mixing {
        job: mixing.job,
        mixture: other,
    };
    let refused = refused.pretrain(&["--resume"]);
    assert_ne!(refused.status(), 0);
    assert!(refused.err().contains("mixture"), "{}", refused.err());
}

#[test]
fn folders_that_do_not_fit_the_config_are_refused() {
    let mixing = Mixing::new(&["--set", "examples.max_length=48"]);
    // The job's own folder fits the config, but the shared job's examples are longer.
    let refused = mixing.pretrain(&["--set", "examples.max_length=48"]);
    assert_eq!(refused.status(), 2, "{}", refused.err());
    let expect = "examples.max_length there 64, here 48";
    assert!(refused.err().contains(expect), "{}", refused.err());
    assert!(refused.err().contains(&DONE.shards()), "{}", refused.err());
}

#[test]
fn commands_on_shards_read_all_folders_of_a_mixture() {
    let mixing = Mixing::new(&[]);
    let corpus = r#"corpus.paths=["../corpora/health.txt"]"#;
    let call = |command: &[&str], more: &[&str]| {
        let mut call: Vec<String> = command.iter().map(|part| (*part).to_owned()).collect();
        call.push("--config".to_owned());
        call.extend(mixing.job.config());
        call.extend(["--set", corpus, "--set", &mixing.mixture].map(str::to_owned));
        call.extend(more.iter().map(|part| (*part).to_owned()));
        run(&call)
    };
    let out = mixing.job.path("mixed.parquet").display().to_string();
    let mixed = call(&["examples", "--out", &out], &[]).succeeds();
    let own = mixing.job.shards();
    let out = mixing.job.path("own.parquet").display().to_string();
    let one = call(&["examples", &own, "--out", &out], &[]).succeeds();
    let count = |said: &str| -> f64 {
        let (_, after) = said.split_once(": ").unwrap();
        after.split(' ').next().unwrap().parse().unwrap()
    };
    assert!(
        count(&mixed) > 2.5 * count(&one),
        "{mixed} is more than 2.5 times {one}"
    );
    let base = fixtures::project().join("configs").display().to_string();
    let last = (count(&mixed) - 1.0).to_string();
    let shown = call(
        &["inspect", "--count", "1", "--start", &last, "--base", &base],
        &[],
    );
    assert!(shown.out().contains("corpora/"), "{}", shown.out());
    assert!(shown.out().contains("  source "), "{}", shown.out());

    let out = mixing.job.path("text").display().to_string();
    let refused = call(&["examples", "--format", "megatron", "--out", &out], &[]);
    refused.fails(2, &own);
}
