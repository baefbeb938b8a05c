//! The help of every command, as people see it; each shows an example.

use crate::material::run;

#[track_caller]
fn check(name: &str, command: &[&str]) {
    let short = run(&[command, &["-h"]].concat()).well();
    let rows = short.lines().count();
    assert!(rows <= 40, "short help is one screen, not {rows} lines");
    let long = run(&[command, &["--help"]].concat()).well();
    assert!(long.contains("Example"), "{long}");
    insta::assert_snapshot!(name, long);
}

#[test]
fn the_program() {
    let long = run(&["--help"]).well();
    insta::assert_snapshot!("macbert", long);
}

#[test]
fn commands_on_data() {
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
fn commands_on_models() {
    check("pretrain", &["pretrain"]);
    check("evaluate", &["evaluate"]);
    check("correct", &["correct"]);
    check("export", &["export"]);
    check("devices", &["devices"]);
}
