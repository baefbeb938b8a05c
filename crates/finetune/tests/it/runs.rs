//! Runs of fine-tuning: what is learned, repeated, continued and kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use finetune::{FinetuneError, FinetuneProgress, Outcome, ProtocolOptions, Run, finetune};

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

/// Where a run stops depends on how fast its progress is read, so a busy machine may let it run on. Its results may not depend on it.
#[test]
fn a_run_that_is_stopped_again_and_again_ends_as_one_that_is_not() {
    const STEPS: u64 = 64; // of both seeds
    let fixture = fixture();
    let mut whole = fixture.run("whole");
    whole.protocol = by_accuracy(2);
    done(&whole);
    let mut run = fixture.run("stopped");
    run.protocol = by_accuracy(2);
    let mut n_done = 0;
    for n_steps in [2, 3, 8, 17, 31, 33, 50] {
        let (outcome, last) = stopped_after(&run, n_steps);
        n_done = last.unwrap_or(n_done);
        assert!(n_done >= n_steps, "{n_done} steps, stopped after {n_steps}");
        assert_eq!(outcome.stopped, n_done < STEPS, "after {n_steps}");
        assert_eq!(outcome.results.finished, !outcome.stopped);
    }
    let (_, progress) = done(&run);
    let is_resumed = progress
        .iter()
        .any(|one| matches!(one, FinetuneProgress::Resumed { seed: 2, .. }));
    assert_eq!(is_resumed, n_done < STEPS);
    assert_eq!(files(&run.folder), files(&whole.folder));
}

/// Stops a run before its next step, so that it ends with a checkpoint.
fn stopped_at_once(run: &Run) -> Result<(Outcome, Vec<String>), FinetuneError> {
    let (sender, receiver) = channel();
    let outcome = finetune(run, &sender, &AtomicBool::new(true))?;
    drop(sender);
    Ok((outcome, warnings(receiver.iter())))
}

fn warnings(progress: impl IntoIterator<Item = FinetuneProgress>) -> Vec<String> {
    let warnings = progress.into_iter().filter_map(|one| match one {
        FinetuneProgress::Warning(text) => Some(text),
        _ => None,
    });
    warnings.collect()
}

/// Lets a run fail after the last step of seed 1, when its last checkpoint is written and its results are not.
fn failed_before_its_results(run: &Run) {
    let in_the_way = run.folder.join("seed-1/predictions.json");
    fs::create_dir_all(&in_the_way).unwrap();
    let error = refused(run);
    assert!(matches!(error, FinetuneError::File { .. }), "{error}");
    fs::remove_dir(in_the_way).unwrap();
}

#[test]
fn a_damaged_checkpoint_is_reported_and_its_seed_begins_anew() {
    let fixture = fixture();
    let whole = fixture.run("whole");
    done(&whole);
    let run = fixture.run("damaged");
    failed_before_its_results(&run);
    let newest = run.folder.join("seed-1/checkpoints/step-00000032");
    fs::write(newest.join("optimizer.safetensors"), "?").unwrap();
    let (_, progress) = done(&run);
    let warnings = warnings(progress);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("step-00000032 is damaged"),
        "{warnings:?}"
    );
    assert_eq!(files(&run.folder), files(&whole.folder));
}

#[test]
fn a_damaged_checkpoint_stays_until_another_takes_its_place() {
    let fixture = fixture();
    let run = fixture.run("run");
    stopped_at_once(&run).unwrap();
    let state = run
        .folder
        .join("seed-1/checkpoints/step-00000000/state.json");
    fs::write(&state, "?").unwrap();
    let (encoder, elsewhere) = (fixture.path("encoder"), fixture.path("elsewhere"));
    fs::rename(&encoder, &elsewhere).unwrap();
    assert!(stopped_at_once(&run).is_err(), "the seed cannot begin anew");
    assert_eq!(fs::read_to_string(&state).unwrap(), "?");
    fs::rename(&elsewhere, &encoder).unwrap();
    let (_, warnings) = stopped_at_once(&run).unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let (_, warnings) = stopped_at_once(&run).unwrap();
    assert_eq!(warnings, Vec::<String>::new(), "a whole one has its name");
}

/// The models of epochs that a seed keeps.
fn selected(run: &Run) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.folder.join("seed-1")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_selected = |path: &PathBuf| {
        path.file_name()
            .unwrap()
            .to_string_lossy()
            .contains("selected")
    };
    paths.filter(is_selected).collect()
}

/// A process may be killed when it has exported an epoch and not yet written the checkpoint that knows it. If the device does not
/// repeat its bits, the epoch may then turn out otherwise.
#[test]
fn the_model_of_an_epoch_that_no_checkpoint_knows_is_not_reported() {
    let fixture = fixture();
    let mut whole = fixture.run("whole");
    whole.protocol = by_accuracy(1);
    let epoch = done(&whole).0.results.seeds[0].selected_epoch;
    let mut run = fixture.run("killed");
    run.protocol = by_accuracy(1);
    failed_before_its_results(&run);
    let model = run.folder.join(format!("seed-1/selected-{epoch}"));
    assert_eq!(selected(&run), [model]);
    for other in [
        format!("selected-{}", epoch + 1),
        format!(".selected-{epoch}.unfinished-1-0"),
    ] {
        let other = run.folder.join("seed-1").join(other);
        fs::create_dir(&other).unwrap();
        fs::write(other.join("model.safetensors"), "of another outcome").unwrap();
    }
    done(&run);
    assert_eq!(files(&run.folder), files(&whole.folder));
    assert_eq!(selected(&run), Vec::<PathBuf>::new());
}

#[test]
fn a_seed_that_is_done_again_does_not_push_out_the_best_one() {
    let fixture = fixture();
    // Seeds differ little, so the first pair is taken whose second seed is the better one.
    let mut pairs = (1..30).map(|first_seed| {
        let mut run = fixture.run(&format!("from-{first_seed}"));
        run.protocol = ProtocolOptions {
            first_seed,
            ..by_accuracy(2)
        };
        run.training.epochs = 1;
        run.optimizer.peak_rate = 6e-4;
        run
    });
    let is_second_best = |run: &Run| {
        let best = done(run).0.results.exported_seed;
        best == Some(run.protocol.first_seed + 1)
    };
    let run = pairs.find(is_second_best);
    let run = run.expect("a pair whose second seed is the better one");
    let first = format!("seed-{}/results.json", run.protocol.first_seed);
    let whole = files(&run.folder);
    fs::remove_file(run.folder.join(first)).unwrap();
    done(&run);
    assert_eq!(files(&run.folder), whole);
}

#[test]
fn checkpoints_of_a_seed_that_was_killed_when_it_was_finished_are_removed() {
    let fixture = fixture();
    let run = fixture.run("run");
    done(&run);
    let whole = files(&run.folder);
    let left = run.folder.join("seed-1/checkpoints/step-00000032");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("state.json"), "{}").unwrap();
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

fn refused(run: &Run) -> FinetuneError {
    let (sender, _receiver) = channel();
    finetune(run, &sender, &AtomicBool::new(false)).unwrap_err()
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
fn every_skipped_step_is_reported() {
    let fixture = fixture();
    let mut run = fixture.run("run");
    run.optimizer.peak_rate = 1e30;
    run.training.max_skipped_steps = 2;
    let (sender, receiver) = channel();
    let error = finetune(&run, &sender, &AtomicBool::new(false)).unwrap_err();
    drop(sender);
    let FinetuneError::NotFinite { step, .. } = error else {
        panic!("{error}");
    };
    let expected = (step - 2..=step).map(|step| {
        format!("seed 1, step {step}: a loss or gradient is not finite; the update is skipped")
    });
    assert_eq!(warnings(receiver.iter()), expected.collect::<Vec<_>>());
}

#[test]
fn a_run_that_failed_before_its_first_checkpoint_may_be_changed() {
    let fixture = fixture();
    let mut run = fixture.run("run");
    run.optimizer.peak_rate = 1e30;
    run.training.checkpoint_every = 100;
    let error = refused(&run);
    assert!(matches!(error, FinetuneError::NotFinite { .. }), "{error}");
    run.optimizer.peak_rate = 5e-3;
    run.made_with.insert("a key".to_owned(), 2.into());
    // From now on there is a checkpoint.
    stopped_at_once(&run).unwrap();
    run.made_with.insert("a key".to_owned(), 3.into());
    let error = refused(&run);
    assert!(matches!(&error, FinetuneError::OtherRun { found, .. } if found == "2"));
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

/// Checkpoints may have a rate of their own for the dropout before the head.
#[test]
fn the_dropout_of_a_run_is_also_that_before_the_head() {
    let fixture = fixture();
    let result = |name: &str| {
        let mut run = fixture.run(name);
        run.training.epochs = 1;
        done(&run);
        files(&run.folder)
    };
    let without = result("without");
    with_classifier_dropout(&fixture.path("encoder/config.json"));
    assert!(result("with") == without);
}

fn with_classifier_dropout(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&text).unwrap();
    config["classifier_dropout"] = 0.5.into();
    fs::write(path, config.to_string()).unwrap();
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
