//! Files, folders and globs to the files of a corpus.

use std::path::Path;

use corpus::{Corpus, CorpusError, CorpusOptions, FormatOption};

/// A folder with empty files of these names.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    folder
}

/// The paths of the files that these paths find.
fn open(base: &Path, format: FormatOption, paths: &[&str]) -> Result<Vec<String>, CorpusError> {
    let options = CorpusOptions {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        format,
        ..CorpusOptions::of("")
    };
    let corpus = Corpus::open(base, &options)?;
    Ok(corpus
        .files()
        .iter()
        .map(|file| file.path().to_string())
        .collect())
}

#[track_caller]
fn check(base: &Path, paths: &[&str], expect: &[&str]) {
    assert_eq!(open(base, FormatOption::Auto, paths).unwrap(), expect);
}

#[test]
fn files_folders_and_globs_give_sorted_files_each_once() {
    let folder = folder(&[
        "z.txt",
        "b/y.jsonl",
        "b/c/x.txt.zst",
        "b/readme.md",
        "b/.hidden/a.txt",
    ]);
    let base = folder.path();
    check(
        base,
        &["z.txt", "b", "*.txt"],
        &["b/c/x.txt.zst", "b/y.jsonl", "z.txt"],
    );
    check(base, &["**/*.txt.zst"], &["b/c/x.txt.zst"]);
    check(base, &["./z.txt", "z.txt", "b/../z.txt"], &["b/../z.txt"]);
    check(
        &base.join("b"),
        &["../z.txt", "c"],
        &["../z.txt", "c/x.txt.zst"],
    );
}

#[test]
fn a_path_that_finds_no_file_is_an_error_that_names_it() {
    let folder = folder(&["readme.md"]);
    let error = |paths: &[&str]| {
        let error = open(folder.path(), FormatOption::Auto, paths)
            .err()
            .unwrap();
        fixtures::message(error, folder.path(), "BASE")
    };
    insta::assert_snapshot!(error(&["none*.txt"]), @"corpus.paths: nothing at `none*.txt` (looked in BASE); give files, folders or globs");
    insta::assert_snapshot!(error(&["none.txt"]), @"corpus.paths: nothing at `none.txt` (looked in BASE); give files, folders or globs");
    insta::assert_snapshot!(error(&["a***"]), @"corpus.paths: `a***` is not a valid pattern: wildcards are either regular `*` or recursive `**`");
    insta::assert_snapshot!(error(&["readme.md"]), @"BASE/readme.md: cannot tell the format from the name; expected .txt, .jsonl or .parquet (also with .gz or .zst), or set corpus.format");
}

#[test]
fn a_format_that_the_config_names_holds_for_all_files_of_a_folder() {
    let folder = folder(&["a/one.md", "a/two.txt", "a/three"]);
    let files = open(folder.path(), FormatOption::Text, &["a"]).unwrap();
    assert_eq!(files, ["a/one.md", "a/three", "a/two.txt"]);
}

#[test]
fn recorded_paths_do_not_depend_on_how_the_base_folder_is_written() {
    let folder = folder(&["[a] b/x.txt"]);
    let base = folder.path().join("[a] b");
    check(&base, &["*.txt"], &["x.txt"]);
    check(&base, &["x.txt"], &["x.txt"]);
    check(&base.join("."), &["*.txt"], &["x.txt"]);
    check(&folder.path().join("./[a] b/"), &[""], &["x.txt"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let absolute = base.join("x.txt").to_string_lossy().into_owned();
    check(elsewhere.path(), &[&absolute], &[&absolute]);
}

#[cfg(unix)]
#[test]
fn a_link_into_its_own_folder_adds_no_file() {
    let folder = folder(&["a/x.txt", "a/b/y.txt"]);
    std::os::unix::fs::symlink(folder.path().join("a"), folder.path().join("a/b/loop")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("a/x.txt"), folder.path().join("a/z.txt"))
        .unwrap();
    check(folder.path(), &["a"], &["a/b/y.txt", "a/x.txt"]);
}
