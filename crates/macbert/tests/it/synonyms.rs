//! `macbert synonyms train` and `build`: what they write, what they leave out and say, and what they refuse.

use std::path::PathBuf;

use fixtures::project;
use tempfile::TempDir;

use crate::small_job::{Ended, run};

const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n语\n言\n法\n模\n型\n建\n";
const WORDS: [&str; 12] = [
    "语言", "语法", "模型", "建模", "言语", "法语", "语模", "言法", "型模", "建言", "法言", "模法",
];

/// A folder with a config of similar words, and what stands beside it.
struct Words {
    folder: TempDir,
}

impl Words {
    fn new(vectors: &str) -> Self {
        let words = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::write(words.path("vocab.txt"), VOCABULARY).unwrap();
        std::fs::write(words.path("vectors.txt"), vectors).unwrap();
        let counts = WORDS.map(|word| format!("{word} 9\n")).concat();
        std::fs::write(words.path("counts.txt"), counts).unwrap();
        words
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Builds the table from the vectors, with more changes of the config.
    fn build(&self, changes: &[&str]) -> Ended {
        let config = project()
            .join("configs/similar-words.toml")
            .display()
            .to_string();
        let set = |key: &str, name: &str| format!("{key}={}", self.path(name).display());
        let mut sets = vec![
            set("vocabulary.path", "vocab.txt"),
            set("similar_words.source", "vectors.txt"),
            set("similar_words.table", "words.table"),
            set("similar_words.counts", "counts.txt"),
            "similar_words.format=text_dims".to_owned(),
        ];
        sets.extend(changes.iter().map(ToString::to_string));
        let mut arguments = ["synonyms", "build", &config].map(String::from).to_vec();
        arguments.extend(
            sets.into_iter()
                .flat_map(|change| ["--set".to_owned(), change]),
        );
        run(&arguments)
    }

    #[track_caller]
    fn refused(&self, changes: &[&str]) -> String {
        let ended = self.build(changes);
        assert_eq!(ended.status(), 1, "{}", ended.err());
        assert!(!self.path("words.table").exists());
        ended.err()
    }
}

/// Vectors of all words, each near to the others.
fn vectors() -> String {
    let rows = WORDS.iter().enumerate();
    let rows = rows.map(|(index, word)| format!("{word} 1 0.{index}"));
    let rows: Vec<String> = rows.collect();
    format!("{} 2\n{}\n", WORDS.len(), rows.join("\n"))
}

#[test]
fn a_broken_row_and_a_wrong_count_are_said_and_the_table_has_the_rest() {
    let text = vectors().replace("12 2", "15 2").replace("模型 1", "模型");
    let words = Words::new(&text);
    let ended = words.build(&[]);
    ended.succeeds();
    for expect in [
        "11 vectors of 2 dimensions",
        "line 4: expected 2 numbers at its end, found 1",
        "warning: its first line says 15 words, but it has 12 rows",
    ] {
        assert!(ended.err().contains(expect), "{}", ended.err());
    }
}

#[test]
fn only_the_first_rows_are_read_up_to_the_limit() {
    let words = Words::new(&vectors());
    let out = words.build(&["similar_words.limit=4"]).succeeds();
    assert!(out.contains(": 4 words, "), "{out}");
    let list = "语言\t语法\t0.9\n语言\t言语\t0.8\n模型\t建模\t0.9\n";
    std::fs::write(words.path("vectors.txt"), list).unwrap();
    let changes = ["similar_words.format=list", "similar_words.limit=2"];
    let out = words.build(&changes).succeeds();
    assert!(out.contains(": 3 words, "), "{out}");
}

#[test]
fn no_table_is_made_of_nothing() {
    let zeros = "2 2\n语言 0 0\n模型 0 0\n";
    let error = Words::new(zeros).refused(&[]);
    assert!(
        error.contains("no vector is left of 2 that were read; left out: 2 of length 0"),
        "{error}"
    );
    let error = Words::new("0 2\n").refused(&[]);
    assert!(
        error.contains("no vector is left of 0 that were read"),
        "{error}"
    );
    for list in ["", "# a comment\n\n", "概率\t几率\t1\n"] {
        let words = Words::new(list);
        let error = words.refused(&["similar_words.format=list", "similar_words.min_score=0"]);
        assert!(
            error.contains("vectors.txt: no word has a similar word"),
            "{error}"
        );
        assert!(
            list.len() < 20 || error.contains("dropped 1: not in the vocabulary"),
            "{error}"
        );
    }
}

#[test]
fn training_writes_the_vectors_and_no_counts_that_were_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("here");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(inner.join("text.txt"), "语言模型语言模型\n".repeat(40)).unwrap();
    let train = |more: &[&str]| {
        let mut program = crate::small_job::program();
        program.current_dir(&inner);
        program.args([
            "synonyms",
            "train",
            "--corpus",
            "text.txt",
            "--out",
            "out/v.txt",
        ]);
        program.args(["--set", "train.dimensions=4", "--set", "train.epochs=1"]);
        Ended::of(program.args(more)).succeeds();
        (
            fixtures::names(folder.path()),
            fixtures::names(&inner.join("out")),
        )
    };
    assert_eq!(
        train(&[]),
        (vec!["here".to_owned()], vec!["v.txt".to_owned()])
    );
    let (_, written) = train(&["--set", "vectors.counts=out/counts.txt"]);
    assert_eq!(written, ["counts.txt", "v.txt"]);
}
