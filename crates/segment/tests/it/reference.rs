//! Ids and offsets are those of transformers' `BertTokenizerFast`, line by line.

use std::path::Path;

use fixtures::beside;
use segment::{Piece, PieceTokenizer, PunctuationMap, Vocabulary, tokenizer_json};
use serde_json::Value;

/// The offsets of pieces in characters, which the reference counts in.
fn in_characters(text: &str, pieces: &[Piece]) -> Vec<(u64, u64)> {
    let at = |byte: u32| text[..byte as usize].chars().count() as u64;
    pieces
        .iter()
        .map(|p| (at(p.span.start), at(p.span.end)))
        .collect()
}

fn numbers(value: &Value) -> Vec<u64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_u64().unwrap())
        .collect()
}

fn pairs(value: &Value) -> Vec<(u64, u64)> {
    let pair = |v: &Value| (v[0].as_u64().unwrap(), v[1].as_u64().unwrap());
    value.as_array().unwrap().iter().map(pair).collect()
}

#[track_caller]
fn check(tokenizer: &PieceTokenizer, line: &Value, ids: &str, offsets: &str) {
    let text = line["text"].as_str().unwrap();
    let pieces = tokenizer.pieces(text);
    let found: Vec<u64> = pieces.iter().map(|p| u64::from(p.id.get())).collect();
    assert_eq!(found, numbers(&line[ids]), "ids of {text:?}");
    assert_eq!(
        in_characters(text, &pieces),
        pairs(&line[offsets]),
        "offsets of {text:?}"
    );
}

/// Compares the tokenizer with a file of reference lines; returns the number of lines.
fn check_file(lines: &Path, vocabulary: &Path) -> usize {
    let vocabulary = Vocabulary::read(vocabulary).unwrap();
    let plain = PieceTokenizer::new(&vocabulary, true);
    let with_specials = PieceTokenizer::with_specials(&vocabulary, true, &PunctuationMap::new());
    let text = std::fs::read_to_string(lines).unwrap();
    let lines = text.split('\n').filter(|line| !line.is_empty());
    let mut n_lines = 0;
    for line in lines {
        let line: Value = serde_json::from_str(line).unwrap();
        if line["special"].as_bool().unwrap_or(false) {
            check(&plain, &line, "ids_plain", "offsets_plain");
            check(&with_specials, &line, "ids", "offsets");
        } else {
            check(&plain, &line, "ids", "offsets");
        }
        n_lines += 1;
    }
    n_lines
}

#[test]
fn transformers_gives_the_same_ids_and_offsets_for_the_projects_own_lines() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let n_lines = check_file(&data.join("tokenizer.jsonl"), &data.join("vocab.txt"));
    assert!(n_lines >= 40, "{n_lines} lines");
}

#[test]
fn transformers_gives_the_same_ids_and_offsets_for_the_1879_reference_lines() {
    if let (Some(lines), Some(vocabulary)) = (
        beside("reference/tokenizer.jsonl"),
        beside("data/vocab/vocab.txt"),
    ) {
        let n_lines = check_file(&lines, &vocabulary);
        assert_eq!(n_lines, 1879);
    }
}

#[track_caller]
fn check_export(folder: &Path) {
    let vocabulary = Vocabulary::read(&folder.join("vocab.txt")).unwrap();
    let expect = std::fs::read_to_string(folder.join("tokenizer.json")).unwrap();
    let expect: Value = serde_json::from_str(&expect).unwrap();
    let found: Value = serde_json::from_str(&tokenizer_json(
        &vocabulary,
        &[],
        true,
        &PunctuationMap::new(),
    ))
    .unwrap();
    assert!(found == expect, "{found:.2000}");
}

#[test]
fn the_exported_tokenizer_equals_the_one_that_transformers_writes() {
    check_export(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data"));
    if let Some(folder) = beside("reference/checkpoint") {
        check_export(&folder);
    }
}
