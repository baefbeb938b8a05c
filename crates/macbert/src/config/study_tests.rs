//! Tests that a wrong study is refused before work starts, with the arm and the key.

use std::path::Path;

use super::study::Study;
use super::study_load::load_study;

/// The parts of a study with two arms and a judge.
pub(crate) const HEAD: &str =
    "job = \"JOB\"\nset = [\"train.steps=500\"]\nseeds = [1, 2]\n[output]\ndirectory = \"out\"\n";
pub(crate) const ARMS: &str =
    "[[arms]]\nname = \"mac\"\n[[arms]]\nname = \"wwm\"\nset = [\"masking.objective=wwm\"]\n";
pub(crate) const JUDGES: &str =
    "[[judges]]\nname = \"judge\"\nmasking = { objective = \"mac\" }\npairs = \"sop\"\n";

/// Reads a study whose job is the default job.
pub(crate) fn read(text: &str, overrides: &[&str]) -> Result<Study, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let job = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/tiny.toml");
    let path = folder.path().join("study.toml");
    std::fs::write(&path, text.replace("JOB", &job.display().to_string())).expect("written");
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    load_study(&path, &overrides).map_err(|error| format!("{error:#}"))
}

#[track_caller]
fn check_refused(text: &str, expect: &str) {
    let found = read(text, &[]).expect_err("refused");
    assert!(found.contains(expect), "{found}");
}

/// An arm `x` with these changes, beside the others.
#[track_caller]
fn check_arm_refused(set: &str, expect: &str) {
    let arm = format!("[[arms]]\nname = \"x\"\nset = [{set}]\n");
    let text = [HEAD, ARMS, &arm, JUDGES].concat();
    check_refused(&text, "arms: x");
    check_refused(&text, expect);
}

#[test]
fn arms_are_the_job_with_changes_for_all_and_of_their_own() {
    let study = read(&[HEAD, ARMS, JUDGES].concat(), &["seeds=[5]"]).expect("a study");
    assert_eq!(study.config.seeds, [5]);
    let objectives = study
        .arms
        .iter()
        .map(|arm| arm.job.masking.objective.name());
    assert_eq!(objectives.collect::<Vec<_>>(), ["mac", "wwm"]);
    assert!(study.arms.iter().all(|arm| arm.job.train.steps == 500));
}

#[test]
fn unknown_keys_and_impossible_values_are_refused() {
    let with = |head: &str| [head, ARMS, JUDGES].concat();
    check_refused(&with(&HEAD.replace("seeds", "sedes")), "sedes");
    check_refused(
        &with(&HEAD.replace("[1, 2]", "[]")),
        "seeds: expected at least one",
    );
    check_refused(
        &with(&HEAD.replace("[1, 2]", "[2, 2]")),
        "seeds: 2 is there twice",
    );
    check_refused(&with(&HEAD.replace("JOB", "nowhere.toml")), "nowhere.toml");
    check_refused(&[HEAD, JUDGES].concat(), "missing field `arms`");
    check_refused(&[HEAD, ARMS].concat(), "missing field `judges`");
    check_refused(
        &with(&HEAD.replace("train.steps=500", "shards.held_out_share=0.0")),
        "shards.held_out_share: 0 leaves nothing to measure",
    );
}

#[test]
fn names_are_names_of_folders() {
    let named = |name: &str| [HEAD, &ARMS.replace("\"wwm\"", name), JUDGES].concat();
    check_refused(&named("\"Mac\""), "arms.name: `Mac` is there twice");
    check_refused(&named("\"a/b\""), "arms.name: expected letters");
    check_refused(&named("\"..\""), "arms.name: expected letters");
    check_refused(&named("\"shards\""), "`shards` has another meaning");
    assert!(read(&named("\"整词\""), &[]).is_ok());
    let judge = [HEAD, ARMS, &JUDGES.replace("\"judge\"", "\"own\"")].concat();
    check_refused(&judge, "judges.name: `own` has another meaning");
}

#[test]
fn an_arm_with_a_wrong_change_is_named() {
    check_arm_refused("\"train.stepz=3\"", "stepz");
    check_arm_refused("\"masking.rate=2\"", "masking.rate");
    check_arm_refused("\"nonsense\"", "expected KEY.PATH=VALUE");
    check_arm_refused(
        "\"seed=3\"",
        "an arm cannot change seed: the seeds of the study set it",
    );
    check_arm_refused("\"output.directory=x\"", "an arm cannot change output");
    check_arm_refused("\"shards.seed=3\"", "all arms hold out the same documents");
    check_arm_refused("\"vocabulary.path=x\"", "all arms have one vocabulary");
    check_arm_refused(
        "\"segment={lower_case=false, hmm=true}\"",
        "an arm cannot change segment.lower_case",
    );
}

#[test]
fn judges_fit_all_arms() {
    let judge = JUDGES.replace("objective = \"mac\"", "objective = \"mac\", rate = 3.0");
    check_refused(&[HEAD, ARMS, &judge].concat(), "judges: judge");
    let judge = JUDGES.replace(
        "objective = \"mac\"",
        "objective = \"mac\", last_rate = 0.3",
    );
    check_refused(
        &[HEAD, ARMS, &judge].concat(),
        "judges: judge: masking.last_rate is for the steps of a run",
    );
    check_arm_refused(
        "\"model.positions=64\", \"examples.max_length=64\"",
        "the judges' examples have up to 128 pieces",
    );
}

#[test]
fn an_arm_that_starts_from_a_checkpoint_has_its_sizes() {
    check_arm_refused("\"model.start_from=nowhere\"", "model.start_from");
    let arm = "[[arms]]\nname = \"x\"\nset = [\"model.start_from=nowhere\", \"model.layers=2\"]\n";
    check_refused(
        &[HEAD, ARMS, arm, JUDGES].concat(),
        "model.layers: taken from model.start_from",
    );
}

#[test]
fn all_arms_may_start_from_a_checkpoint() {
    let head = HEAD.replace("train.steps=500", "model.start_from=nowhere");
    let found = read(&[&head, ARMS, JUDGES].concat(), &[]).expect_err("refused");
    assert!(found.contains("nowhere"), "{found}");
    assert!(!found.contains("leave this key out"), "{found}");
}
