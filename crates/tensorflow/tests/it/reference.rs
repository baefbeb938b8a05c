//! The larger reference values, if they lie beside the repository: a BERT in all forms, and damaged ones.

use std::fs;
use std::path::{Path, PathBuf};

use fixtures::beside;
use serde_json::Value;
use tensorflow::{Checkpoint, CheckpointError};

fn expected(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap()
}

/// The index of a form that has no data file of its own is copied beside the data of another.
fn copied(folder: &Path, index: &str, data: &str) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let prefix = home.path().join("x.ckpt");
    fs::copy(folder.join(index), home.path().join("x.ckpt.index")).unwrap();
    let data = folder.join(format!("{data}.data-00000-of-00001"));
    fs::copy(data, home.path().join("x.ckpt.data-00000-of-00001")).unwrap();
    (home, prefix)
}

fn check_variables(checkpoint: &Checkpoint, expected: &Value) {
    for variable in expected["variables"].as_array().unwrap() {
        let name = variable["name"].as_str().unwrap();
        let found = checkpoint.variables().iter().find(|one| one.name == name);
        let found = found.unwrap_or_else(|| panic!("{name} is missing"));
        let bytes = checkpoint.bytes(found).unwrap();
        assert_eq!(
            repro::sha256_hex(&bytes),
            variable["sha256"].as_str().unwrap(),
            "{name}"
        );
    }
}

#[test]
fn every_form_gives_the_same_variables() {
    let Some(folder) = beside("reference/tf1") else {
        return;
    };
    let expected = expected(&folder);
    for (prefix, n_variables) in [
        ("single/bert_model.ckpt", 46),
        ("training/model.ckpt-20", 139),
        ("sharded/model.ckpt", 47),
        ("partitioned/model.ckpt", 46),
        ("v1/model.ckpt", 47),
    ] {
        let checkpoint = Checkpoint::open(&folder.join(prefix)).unwrap();
        assert_eq!(checkpoint.variables().len(), n_variables, "{prefix}");
        check_variables(&checkpoint, &expected);
    }
    for index in [
        "blocks/bert_model.ckpt.index",
        "snappy/bert_model.ckpt.index",
    ] {
        let (_home, prefix) = copied(&folder, index, "single/bert_model.ckpt");
        check_variables(&Checkpoint::open(&prefix).unwrap(), &expected);
    }
}

#[test]
fn all_types_of_numbers_are_read_to_the_byte() {
    let Some(folder) = beside("reference/tf1") else {
        return;
    };
    let expected = expected(&folder)["forms"]["dtypes"].clone();
    let checkpoint = Checkpoint::open(&folder.join("dtypes/dtypes.ckpt")).unwrap();
    for variable in checkpoint.variables() {
        let hex = &expected["bytes"][&variable.name];
        match checkpoint.bytes(variable) {
            Ok(bytes) => {
                let hex = hex.as_str().unwrap();
                let digits = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]);
                let expected: Vec<u8> = digits
                    .map(|two| u8::from_str_radix(two, 16).unwrap())
                    .collect();
                assert_eq!(bytes, expected, "{}", variable.name);
            }
            Err(error) => assert_eq!(variable.name, "h_string", "{error}"),
        }
    }
    let n_expected = expected["bytes"].as_object().unwrap().len();
    assert!(n_expected > 0 && checkpoint.variables().len() >= n_expected);
}

#[test]
fn every_damaged_checkpoint_is_refused_by_name() {
    let Some(folder) = beside("reference/tf1") else {
        return;
    };
    let mut n_checked = 0;
    for (name, about) in expected(&folder)["damaged"].as_object().unwrap() {
        let Some(stem) = name.strip_suffix(".index") else {
            continue;
        };
        n_checked += 1;
        let from = about["from"].as_str().unwrap();
        let own = folder.join(format!("damaged/{stem}.data-00000-of-00001"));
        let prefix_of = if from == "partitioned" {
            "partitioned/model.ckpt"
        } else {
            "single/bert_model.ckpt"
        };
        let data = if own.is_file() {
            format!("damaged/{stem}")
        } else {
            prefix_of.to_owned()
        };
        let (_home, prefix) = copied(&folder, &format!("damaged/{name}"), &data);
        let read = Checkpoint::open(&prefix).and_then(|checkpoint| {
            let bytes = checkpoint
                .variables()
                .iter()
                .map(|one| checkpoint.bytes(one));
            bytes.collect::<Result<Vec<_>, CheckpointError>>()
        });
        if stem == "missing_tensor" {
            assert_eq!(
                read.unwrap().len(),
                45,
                "a valid checkpoint without one variable"
            );
            continue;
        }
        let error = read.expect_err(name).to_string();
        assert!(error.contains("x.ckpt"), "{name}: {error}");
        let named = match stem {
            "flipped" | "missing_slice" => "bert/embeddings/word_embeddings",
            "wrong_size" | "wrong_shard" | "beyond" => "bert/pooler/dense/bias",
            "short" => "bert/e",
            "big_endian" => "big-endian",
            "no_header" => "header",
            "truncated_half" | "truncated_one_byte" | "magic" | "empty" | "block" => "damaged",
            _ => panic!("no expectation for {stem}"),
        };
        assert!(error.contains(named), "{name}: {error}");
    }
    assert_eq!(n_checked, 14);
}
