//! Runs of fine-tuning: what is learned, repeated, continued and kept.

use finetune::{FinetuneError, FinetuneProgress, ProtocolOptions};

use crate::tiny::{Fixture, classification, done, files, protocol, reviews, stopped_after};

fn fixture() -> Fixture {
    Fixture::new(classification(), &reviews(60), &reviews(14), &reviews(22))
}

fn by_accuracy(seeds: u64) -> ProtocolOptions {
    ProtocolOptions {
        select_by: "accuracy".to_owned(),
        ..protocol(seeds)
    }
}

#[test]
fn a_word_that_tells_the_label_is_learned() {
    let fixture = fixture();
    let (outcome, progress) = done(&fixture.run("run"));
    let results = outcome.results;
    assert!(results.finished && !outcome.stopped);
    assert!(
        results.scores["accuracy"].mean > 95.0,
        "{:?}",
        results.scores
    );
    let curve = &results.seeds[0].curve;
    let losses = [curve[0].loss, curve[curve.len() - 1].loss];
    assert!(losses[1] < 0.8 * losses[0], "{losses:?}");
    // 60 examples in steps of 8: the eighth step of an epoch has 4.
    assert_eq!(
        (results.seeds[0].steps, results.seeds[0].epochs.len()),
        (32, 4)
    );
    let steps = progress
        .iter()
        .filter(|one| matches!(one, FinetuneProgress::Step { .. }));
    assert_eq!(steps.count(), 32);
}

#[test]
fn a_run_repeats_to_the_bit() {
    let fixture = fixture();
    let runs = ["one", "two"].map(|name| {
        let mut run = fixture.run(name);
        run.protocol = by_accuracy(2);
        done(&run);
        files(&run.folder)
    });
    let names: Vec<&String> = runs[0].keys().collect();
    assert_eq!(
        names,
        [
            "export/config.json",
            "export/model.safetensors",
            "export/vocab.txt",
            "made_with.json",
            "results.json",
            "seed-1/predictions.json",
            "seed-1/results.json",
            "seed-2/predictions.json",
            "seed-2/results.json",
        ]
    );
    assert_eq!(runs[0], runs[1]);
    assert_ne!(
        runs[0]["seed-1/results.json"],
        runs[0]["seed-2/results.json"]
    );
}

#[test]
fn a_run_that_is_stopped_again_and_again_ends_as_one_that_is_not() {
    let fixture = fixture();
    let mut whole = fixture.run("whole");
    whole.protocol = by_accuracy(2);
    done(&whole);
    let mut run = fixture.run("stopped");
    run.protocol = by_accuracy(2);
    for n_steps in [2, 3, 8, 17, 31, 33, 50] {
        let outcome = stopped_after(&run, n_steps);
        assert!(outcome.stopped, "after {n_steps}");
        assert!(!outcome.results.finished);
    }
    let (_, progress) = done(&run);
    assert!(
        progress
            .iter()
            .any(|one| matches!(one, FinetuneProgress::Resumed { seed: 2, .. }))
    );
    assert_eq!(files(&run.folder), files(&whole.folder));
}

#[test]
fn a_damaged_checkpoint_is_reported_and_its_seed_begins_anew() {
    let fixture = fixture();
    let whole = fixture.run("whole");
    done(&whole);
    let run = fixture.run("damaged");
    stopped_after(&run, 12);
    for (name, _) in files(&run.folder) {
        if name.ends_with("optimizer.safetensors") {
            std::fs::write(run.folder.join(name), "?").unwrap();
        }
    }
    let (_, progress) = done(&run);
    assert!(
        progress.iter().any(
            |one| matches!(one, FinetuneProgress::Warning(text) if text.contains("is damaged"))
        )
    );
    assert_eq!(files(&run.folder), files(&whole.folder));
}

#[test]
fn checkpoints_of_a_seed_that_was_killed_when_it_was_finished_are_removed() {
    let fixture = fixture();
    let run = fixture.run("run");
    done(&run);
    let whole = files(&run.folder);
    let left = run.folder.join("seed-1/checkpoints/step-00000032");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("state.json"), "{}").unwrap();
    done(&run);
    assert_eq!(files(&run.folder), whole);
}

#[test]
fn more_seeds_are_added_to_those_that_are_finished() {
    let fixture = fixture();
    let mut run = fixture.run("run");
    done(&run);
    let first = files(&run.folder)["seed-1/results.json"].clone();
    run.protocol = protocol(2);
    let (outcome, progress) = done(&run);
    assert!(matches!(
        progress[0],
        FinetuneProgress::Finished { seed: 1 }
    ));
    assert!(
        !progress
            .iter()
            .any(|one| matches!(one, FinetuneProgress::Step { seed: 1, .. }))
    );
    assert_eq!(files(&run.folder)["seed-1/results.json"], first);
    assert_eq!(outcome.results.seeds.len(), 2);
    // With fewer seeds the exported model could be one that the results do not have.
    run.protocol = protocol(1);
    let error = refused(&run);
    assert!(
        matches!(error, FinetuneError::OtherSeed { seed: 2, .. }),
        "{error}"
    );
}

fn refused(run: &finetune::Run) -> FinetuneError {
    let (sender, _receiver) = std::sync::mpsc::channel();
    let stop = std::sync::atomic::AtomicBool::new(false);
    finetune::finetune(run, &sender, &stop).unwrap_err()
}

#[test]
fn a_run_whose_loss_is_not_finite_ends_with_its_seed_and_step() {
    let fixture = fixture();
    let mut run = fixture.run("run");
    run.optimizer.peak_rate = 1e30;
    let error = refused(&run);
    assert!(
        matches!(
            error,
            FinetuneError::NotFinite {
                seed: 1,
                skipped: 1,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn results_of_something_else_are_refused() {
    let fixture = fixture();
    let mut run = fixture.run("run");
    done(&run);
    run.made_with.insert("a key".to_owned(), 2.into());
    let error = refused(&run);
    assert!(matches!(&error, FinetuneError::OtherRun { key, .. } if key == "a key"));
    assert!(
        error.to_string().contains("a key = 1, this config has 2"),
        "{error}"
    );
}

#[test]
fn the_first_of_the_best_epochs_is_reported_and_the_best_seed_exported() {
    let fixture = fixture();
    let mut run = fixture.run("run");
    run.protocol = by_accuracy(3);
    run.training.epochs = 3;
    run.optimizer.peak_rate = 2e-3;
    let (outcome, _) = done(&run);
    let of_dev = |epoch: &finetune::EpochScores| epoch.scores["accuracy"];
    let mut best: Option<(f64, u64)> = None;
    for seed in &outcome.results.seeds {
        let scores: Vec<f64> = seed.epochs.iter().map(of_dev).collect();
        let highest = scores.iter().copied().fold(0.0, f64::max);
        let first = 1 + scores.iter().position(|score| *score >= highest).unwrap() as u64;
        assert_eq!(seed.selected_epoch, first);
        if best.is_none_or(|(score, _)| highest > score) {
            best = Some((highest, seed.seed));
        }
    }
    assert_eq!(outcome.results.exported_seed, best.map(|(_, seed)| seed));
    assert!(
        !files(&run.folder)
            .keys()
            .any(|name| name.contains("selected"))
    );
    assert!(outcome.export.join("model.safetensors").exists());
}

#[test]
fn micro_batches_do_not_change_what_is_learned() {
    let fixture = fixture();
    let losses = [12, 48, 4096].map(|pieces| {
        let mut run = fixture.run(&format!("run-{pieces}"));
        run.start.dropout = 0.0;
        run.training.epochs = 1;
        run.training.pieces_per_micro_batch = pieces;
        let (outcome, _) = done(&run);
        let curve = outcome.results.seeds[0].curve.iter();
        curve.map(|point| point.loss).collect::<Vec<f64>>()
    });
    for other in &losses[1..] {
        for (a, b) in losses[0].iter().zip(other) {
            assert!((a - b).abs() < 1e-3 * a, "{losses:?}");
        }
    }
    assert_eq!(losses[0].len(), 4);
}

#[test]
fn random_weights_differ_from_seed_to_seed() {
    let fixture = fixture();
    let first_losses = |random_weights| {
        let mut run = fixture.run(&format!("random-{random_weights}"));
        run.start.random_weights = random_weights;
        run.start.dropout = 0.0;
        run.training.epochs = 1;
        run.training.log_every = 1;
        run.protocol = protocol(2);
        let (outcome, _) = done(&run);
        let seeds = outcome.results.seeds;
        seeds
            .iter()
            .map(|seed| seed.curve[0].loss)
            .collect::<Vec<f64>>()
    };
    let losses = first_losses(true);
    assert!((losses[0] - losses[1]).abs() > 1e-6, "{losses:?}");
    assert_ne!(losses, first_losses(false));
}
