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
    insta::assert_snapshot!(error(&["readme.md"]), @"BASE/readme.md: cannot tell the format from the name; expected .txt, .jsonl or .parquet (also with .gz, .zst, .bz2, .xz or .lz4), or set corpus.format");
}

#[test]
fn files_of_a_folder_that_are_not_read_are_counted_by_ending() {
    let folder = folder(&[
        "a/x.txt",
        "a/1.csv",
        "a/b/2.CSV",
        "a/notes.md",
        "a/wiki_00",
        "a/b.zip",
        "a/c.tar.gz",
    ]);
    let corpus = Corpus::open(folder.path(), &CorpusOptions::of("a")).unwrap();
    assert_eq!((corpus.files().len(), corpus.skipped().total()), (1, 6));
    insta::assert_snapshot!(corpus.skipped(), @"6 files: 1 without an ending (a/wiki_00), 2 .csv (a/1.csv, …), 1 .md (a/notes.md), 1 .tar.gz (a/c.tar.gz), 1 .zip (a/b.zip)");
    // A format that is set makes no text of archives.
    let options = CorpusOptions {
        format: FormatOption::Text,
        ..CorpusOptions::of("a")
    };
    let corpus = Corpus::open(folder.path(), &options).unwrap();
    insta::assert_snapshot!(corpus.skipped(), @"2 files: 1 .tar.gz (a/c.tar.gz), 1 .zip (a/b.zip)");
}

#[test]
fn a_folder_without_a_known_name_is_an_error_that_says_what_it_has() {
    let folder = folder(&["AA/wiki_00", "AA/wiki_01"]);
    let error = open(folder.path(), FormatOption::Auto, &["AA"])
        .err()
        .unwrap();
    insta::assert_snapshot!(error, @"corpus.paths: no file in `AA` has a name that says its format: 2 files: 2 without an ending (AA/wiki_00, …); set corpus.format to text, jsonl or parquet if they are all of this format, and unpack archives first");
    let files = open(folder.path(), FormatOption::Text, &["AA"]).unwrap();
    assert_eq!(files, ["AA/wiki_00", "AA/wiki_01"]);
}

#[test]
fn archives_and_packings_that_are_not_read_are_refused_by_name() {
    for name in ["c.tar.gz", "c.tgz", "c.ZIP", "c.7z", "c.jsonl.lzma"] {
        let folder = folder(&[name]);
        for format in [FormatOption::Auto, FormatOption::Text] {
            let error = open(folder.path(), format, &[name]).err().unwrap();
            assert!(matches!(error, CorpusError::Unread { .. }), "{error}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }
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
