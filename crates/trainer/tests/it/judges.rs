//! Judges: the model of a run is also evaluated under other objectives than its own.

use std::sync::Arc;

use dataset::TrainingExamples;
use masking::ObjectiveName;
use serde_json::Value;
use shard::Split;
use sop::PairObjective;
use trainer::{Judge, Progress, Run, evaluate};

use crate::runs::{PREPARED, run, train_to_end, train_with_progress};

fn judge(objective: ObjectiveName, pairs: PairObjective) -> Judge {
    let masker = PREPARED.masker(objective);
    let shards = PREPARED.shards(Split::HeldOut);
    Judge {
        name: objective.name().to_owned(),
        examples: Arc::new(TrainingExamples::new(shards, masker, pairs, 99).unwrap()),
    }
}

fn judged(folder: &std::path::Path) -> Run {
    let mut run = run(folder);
    run.judges = vec![
        judge(ObjectiveName::Wwm, PairObjective::None),
        judge(ObjectiveName::Mlm, PairObjective::Sop),
    ];
    run
}

fn lines(run: &Run) -> Vec<Value> {
    let text = std::fs::read_to_string(run.folder.join("metrics.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_model_is_evaluated_under_every_judge_when_it_is_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let run = judged(folder.path());
    let (summary, progress) = train_with_progress(&run);
    let lines = lines(&run);
    let judgements = lines.iter().filter(|line| line["kind"] == "judge");
    let found: Vec<(u64, &str)> = judgements
        .map(|line| {
            (
                line["step"].as_u64().unwrap(),
                line["judge"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [4, 8, 12]
        .into_iter()
        .flat_map(|step| [(step, "wwm"), (step, "mlm")]);
    assert_eq!(found, expected.collect::<Vec<_>>());

    let reported = |progress: &Progress| matches!(progress, Progress::Judged { .. });
    assert_eq!(progress.iter().filter(|one| reported(one)).count(), 6);

    let model = model::load(&summary.unwrap().checkpoint, &run.device, run.seed)
        .unwrap()
        .model;
    let again = evaluate(&model, &run.judges[0].examples, 2).unwrap();
    let last = lines.iter().rfind(|line| line["judge"] == "wwm").unwrap();
    let loss = last["masked_loss"].as_f64().unwrap();
    assert!((loss - again.masked_loss).abs() < 1e-6, "{loss} {again:?}");
    assert!(
        last["order_loss"].is_null(),
        "a judge without pairs has no order labels"
    );
}

#[test]
fn judges_change_nothing_of_a_run_and_its_own_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let with = judged(&folder.path().join("with"));
    let without = run(&folder.path().join("without"));
    let pieces = [&with, &without].map(|run| train_to_end(run).n_pieces);
    assert_eq!(pieces[0], pieces[1]);
    assert!(pieces[0] > 12 * 6 * 10, "{pieces:?}");
    let own: Vec<Value> = lines(&with)
        .into_iter()
        .filter(|line| line["kind"] != "judge")
        .collect();
    assert_eq!(own, lines(&without));
}

#[test]
fn a_run_with_judges_that_was_stopped_resumes_to_the_same_metrics_and_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = judged(folder.path());
    run.options.checkpoint_every = 1;
    run.options.keep_checkpoints = 100;
    let whole = train_to_end(&run);
    let metrics = lines(&run);
    for step in 7..=12 {
        let checkpoint = folder.path().join(format!("checkpoints/step-{step:08}"));
        std::fs::remove_dir_all(checkpoint).unwrap();
    }
    run.resume = true;
    assert_eq!(train_to_end(&run).n_pieces, whole.n_pieces);
    assert_eq!(lines(&run), metrics);
}
