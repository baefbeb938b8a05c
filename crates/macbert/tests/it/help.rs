//! The help of the program and of every command. Short help fits one screen; long help shows an example.

use crate::small_job::run;

#[track_caller]
fn check(name: &str, command: &[&str]) {
    let short = run(&[command, &["-h"]].concat()).succeeds();
    let rows = short.lines().count();
    assert!(rows <= 40, "short help is one screen, not {rows} lines");
    let long = run(&[command, &["--help"]].concat()).succeeds();
    assert!(long.contains("Example"), "{long}");
    insta::assert_snapshot!(name, long);
}

#[test]
fn help_of_the_program() {
    let long = run(&["--help"]).succeeds();
    insta::assert_snapshot!("macbert", long);
}

#[test]
fn help_of_commands_on_data() {
    check("vocab_build", &["vocab", "build"]);
    check("synonyms_build", &["synonyms", "build"]);
    check("synonyms_show", &["synonyms", "show"]);
    check("synonyms_train", &["synonyms", "train"]);
    check("synonyms_eval", &["synonyms", "eval"]);
    check("synonyms_dump", &["synonyms", "dump"]);
    check("corpus_stats", &["corpus", "stats"]);
    check("prepare", &["prepare"]);
    check("merge", &["merge"]);
    check("inspect", &["inspect"]);
    check("examples", &["examples"]);
}

#[test]
fn help_of_commands_on_models() {
    check("pretrain", &["pretrain"]);
    check("finetune", &["finetune"]);
    check("study", &["study"]);
    check("evaluate", &["evaluate"]);
    check("correct", &["correct"]);
    check("export", &["export"]);
    check("devices", &["devices"]);
}
