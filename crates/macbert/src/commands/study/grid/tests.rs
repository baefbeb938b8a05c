//! Which arms share shards, and what a run of the grid is.

use std::collections::BTreeSet;

use sop::PairObjective;

use super::{Grid, grid};
use crate::config::fingerprint::shards_fingerprint;
use crate::config::study::Study;
use crate::config::study_tests::{ARMS, HEAD, JUDGES, read};

/// The grid of the arms `mac` and `wwm`, and of an arm `x` with these changes, with the seeds 1 and 2.
fn with_arm(set: &str) -> (Study, Grid) {
    let arm = format!("[[arms]]\nname = \"x\"\nset = [{set}]\n");
    let study = read(&[HEAD, ARMS, &arm, JUDGES].concat(), &[]).expect("a study");
    let grid = grid(&study).expect("a grid");
    (study, grid)
}

fn arms_by_shards(grid: &Grid) -> Vec<Vec<usize>> {
    grid.shards
        .iter()
        .map(|shards| shards.arms.clone())
        .collect()
}

#[test]
fn arms_share_shards_unless_they_change_what_shards_hold() {
    let shared: [&[usize]; 1] = [&[0, 1, 2]];
    let own: [&[usize]; 2] = [&[0, 1], &[2]];
    for set in [
        "\"optimizer.peak_rate=1e-4\"",
        "\"masking.rate=0.3\"",
        "\"pairs.objective=none\"",
        "\"train.micro_batch=8\"",
        "\"similar_words.function_words=other.txt\"",
    ] {
        assert_eq!(arms_by_shards(&with_arm(set).1), shared, "{set}");
    }
    for set in [
        "\"examples.max_length=64\"",
        "\"segment.hmm=false\"",
        "\"similar_words.top_k=5\"",
        "\"corpus.paths=[\\\"other.txt\\\"]\"",
    ] {
        assert_eq!(arms_by_shards(&with_arm(set).1), own, "{set}");
    }
}

#[test]
fn shared_shards_are_prepared_for_pairs_if_an_arm_draws_pairs() {
    let (_, grid) = with_arm("\"pairs.objective=none\"");
    assert_eq!(grid.shards[0].job.pairs.objective, PairObjective::Sop);
    let none = HEAD.replace("train.steps=500", "pairs.objective=none");
    let of = |text: &str| super::grid(&read(text, &[]).expect("a study")).expect("a grid");
    let grid = of(&[&none, ARMS, JUDGES].concat());
    assert_eq!(grid.shards[0].job.pairs.objective, PairObjective::None);
    let arm = "[[arms]]\nname = \"x\"\nset = [\"pairs.objective=nsp\"]\n";
    let grid = of(&[&none, ARMS, arm, JUDGES].concat());
    assert_eq!(grid.shards[0].job.pairs.objective, PairObjective::Nsp);
}

#[test]
fn a_table_that_is_compiled_otherwise_has_a_file_of_its_own() {
    let (study, grid) = with_arm("\"similar_words.top_k=5\"");
    let table = |index: usize| {
        let job = &grid.shards[index].job;
        job.path(&job.similar_words.as_ref().expect("similar words").table)
    };
    let job = &study.arms[0].job;
    let known = job.path(&job.similar_words.as_ref().expect("similar words").table);
    assert_eq!(table(0), known);
    assert!(
        table(1).starts_with(study.folder.join("shards")),
        "{:?}",
        table(1)
    );
}

#[test]
fn runs_go_seed_by_seed_and_share_the_held_out_documents() {
    let (study, grid) = with_arm("\"masking.rate=0.3\"");
    let runs = grid.cells.iter().map(|cell| (cell.seed, cell.arm));
    assert_eq!(
        runs.collect::<Vec<_>>(),
        [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]
    );
    let prepared = shards_fingerprint(&grid.shards[0].job).expect("a fingerprint");
    for cell in &grid.cells {
        assert_eq!(cell.job.seed, cell.seed);
        assert_eq!(
            shards_fingerprint(&cell.job).expect("a fingerprint"),
            prepared
        );
        assert_eq!(cell.job.path(&cell.job.output.directory), cell.folder);
    }
    assert_eq!(grid.cells[5].folder, study.folder.join("x/seed-2"));
}

#[test]
fn shards_with_and_without_single_sentences_have_names_of_their_own() {
    let names = |set: &str| {
        let head = HEAD.replace("train.steps=500", "pairs.objective=none");
        let arm = format!("[[arms]]\nname = \"x\"\nset = [{set}]\n");
        let study = read(&[&head, ARMS, &arm, JUDGES].concat(), &[]).expect("a study");
        let grid = grid(&study).expect("a grid");
        let jobs = grid.cells.iter().map(|cell| &cell.job);
        let names = jobs.map(|job| job.shards.directory.file_name().map(ToOwned::to_owned));
        names.collect::<BTreeSet<_>>()
    };
    let (single, sop) = (names(""), names("\"pairs.objective=sop\""));
    assert_eq!((single.len(), sop.len()), (1, 1), "all arms share them");
    assert_ne!(single, sop);
    let nsp = names("\"pairs.objective=nsp\"");
    assert_eq!(sop, nsp, "documents of one sentence are left out of both");
}
