//! Checkpoints of TensorFlow 1.x give the parameters that were saved, to the bit, whatever they are called by; damaged ones
//! are refused by file and tensor.

use std::fs;
use std::path::{Path, PathBuf};

use fixtures::{TensorFlowTensor, beside, rewrite, tensorflow_checkpoint};
use model::{Loaded, load, save};
use safetensors::SafeTensors;
use serde_json::Value;
use tempfile::TempDir;

use crate::numbers::parameters;
use crate::reference_folder::{device, load_form, reference_folder};

const INDEX: &str = "bert_model.ckpt.index";
const DATA: &str = "bert_model.ckpt.data-00000-of-00001";

/// The config as Google's releases have it: without the keys that only transformers writes.
const CONFIG: &str = r#"{
  "attention_probs_dropout_prob": 0.1, "directionality": "bidi", "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
  "hidden_size": 12, "initializer_range": 0.02, "intermediate_size": 20, "max_position_embeddings": 14,
  "num_attention_heads": 3, "num_hidden_layers": 2, "pooler_num_fc_layers": 3, "type_vocab_size": 3, "vocab_size": 120
}"#;

/// The tensors of the reference model, as TensorFlow has them.
fn tensors() -> Vec<TensorFlowTensor> {
    let bytes = fs::read(reference_folder().join("model.safetensors")).unwrap();
    let read = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = read.tensors().into_iter();
    tensors
        .map(|(name, view)| TensorFlowTensor::of_parameter(&name, view.shape(), view.data()))
        .collect()
}

/// A folder with the reference model as a release of Google has it, after a change of its tensors.
fn released(change: impl FnOnce(&mut Vec<TensorFlowTensor>)) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("bert_config.json"), CONFIG).unwrap();
    let mut tensors = tensors();
    change(&mut tensors);
    tensorflow_checkpoint(folder.path(), "bert_model.ckpt", tensors);
    folder
}

fn refused(folder: &TempDir) -> String {
    let error = load(folder.path(), &device(), 1).unwrap_err();
    fixtures::message(error, folder.path(), "FOLDER")
}

#[test]
fn every_name_of_a_checkpoint_gives_the_parameters_that_were_saved() {
    let expected = parameters(&load_form("model.safetensors", &device()).model);
    let folder = released(|_| {});
    let within = |name: &str| folder.path().join(name);
    for path in [
        folder.path().to_path_buf(),
        within("bert_model.ckpt"),
        within(INDEX),
        within(DATA),
    ] {
        let loaded = load(&path, &device(), 1).unwrap();
        assert!(loaded.report.is_complete(), "{}", loaded.report);
        assert_eq!(loaded.report.files, [within(INDEX)]);
        assert_eq!(loaded.report.left_out(), "");
        assert_eq!(parameters(&loaded.model), expected, "{}", path.display());
    }
}

#[test]
fn what_belongs_to_the_optimizer_is_left_out_and_counted() {
    let folder = released(|tensors| {
        let slots: Vec<TensorFlowTensor> = ["adam_m", "adam_v"]
            .iter()
            .flat_map(|slot| {
                tensors.iter().map(move |tensor| TensorFlowTensor {
                    name: format!("{}/{slot}", tensor.name),
                    ..tensor.clone()
                })
            })
            .collect();
        tensors.extend(slots);
        tensors.extend([
            TensorFlowTensor::scalar("global_step"),
            TensorFlowTensor::scalar("output_bias"),
        ]);
    });
    let report = load(folder.path(), &device(), 1).unwrap().report;
    assert_eq!(report.left_out(), "46 adam_m, 46 adam_v, 1 global_step");
    assert_eq!(report.found.len(), 46);
    assert_eq!(report.unexpected, ["output_bias"]);
}

#[test]
fn an_encoder_that_is_not_whole_is_refused_and_heads_may_be_missing() {
    let without = |name: &'static str| {
        released(|tensors| tensors.retain(|tensor| !tensor.name.starts_with(name)))
    };
    insta::assert_snapshot!(
        refused(&without("bert/encoder/layer_1/output/dense/kernel")),
        @"FOLDER/bert_model.ckpt.index: the encoder is not whole: it lacks `bert.encoder.layer.1.output.dense.weight` (the config says num_hidden_layers = 2); copy the checkpoint again, or correct the config; to draw what is missing at random, ask for it (export --partial, model.partial = true)"
    );
    let loaded = load(without("cls/").path(), &device(), 1).unwrap();
    assert_eq!(loaded.report.missing.len(), 7);
}

#[test]
fn what_does_not_fit_is_named_as_the_checkpoint_names_it() {
    let widened = released(|tensors| {
        for tensor in tensors {
            if tensor.name == "bert/encoder/layer_0/output/dense/kernel" {
                tensor.shape = vec![10, 24];
            }
        }
    });
    let flipped = released(|_| {});
    rewrite(&flipped.path().join(DATA), |bytes| bytes[999] ^= 1);
    let pointer = released(|_| {});
    let text = "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 409\n";
    fs::write(pointer.path().join(DATA), text).unwrap();
    let other = TempDir::new().unwrap();
    fs::write(other.path().join("bert_config.json"), CONFIG).unwrap();
    tensorflow_checkpoint(
        other.path(),
        "x.ckpt",
        [TensorFlowTensor::scalar("gpt/h0/w")],
    );
    let without_config = released(|_| {});
    fs::remove_file(without_config.path().join("bert_config.json")).unwrap();
    let errors = [widened, flipped, pointer, other, without_config];
    insta::assert_snapshot!(errors.map(|folder| refused(&folder)).join("\n"), @"
    FOLDER/bert_model.ckpt.index: `bert/encoder/layer_0/output/dense/kernel` has shape [10, 24], expected [20, 12] by the config
    FOLDER/bert_model.ckpt.index: `bert/embeddings/word_embeddings`: its bytes 912 to 6672 in FOLDER/bert_model.ckpt.data-00000-of-00001 do not have the checksum of the index: one of the two files is damaged; copy both again
    FOLDER/bert_model.ckpt.data-00000-of-00001: a Git LFS pointer and not the file itself; install Git LFS and run `git lfs pull`
    FOLDER/x.ckpt.index: none of its 1 tensors belongs to a BERT, the first is `gpt/h0/w`
    FOLDER: neither config.json nor bert_config.json here; copy the one that belongs to the weights
    ");
}

/// The larger reference values and what is expected of them, if they lie beside the repository.
fn larger_reference() -> Option<(PathBuf, Value)> {
    let folder = beside("reference/tf1")?;
    let text = fs::read_to_string(folder.join("expected.json")).unwrap();
    Some((folder, serde_json::from_str(&text).unwrap()))
}

/// A folder with a config, with the files of `form` as they are, and with data files of another form for an index without.
fn copied(folder: &Path, index: &str, data: &str) -> TempDir {
    let home = TempDir::new().unwrap();
    let config = folder.join("../checkpoint/config.json");
    fs::copy(config, home.path().join("bert_config.json")).unwrap();
    fs::copy(folder.join(index), home.path().join("x.ckpt.index")).unwrap();
    let data = folder.join(format!("{data}.data-00000-of-00001"));
    fs::copy(data, home.path().join("x.ckpt.data-00000-of-00001")).unwrap();
    home
}

fn check_exported(loaded: &Loaded, expected: &Value, form: &str) {
    let out = TempDir::new().unwrap();
    save(&loaded.model, out.path()).unwrap();
    let bytes = fs::read(out.path().join("model.safetensors")).unwrap();
    let written = SafeTensors::deserialize(&bytes).unwrap();
    let variables = expected["variables"].as_array().unwrap();
    assert_eq!(written.len(), variables.len(), "{form}");
    for variable in variables {
        let name = variable["hf_name"].as_str().unwrap();
        let tensor = written.tensor(name).unwrap();
        let found = repro::sha256_hex(tensor.data());
        assert_eq!(variable["hf_sha256"], found, "{form}: {name}");
        assert_eq!(variable["hf_shape"], serde_json::json!(tensor.shape()));
    }
}

#[test]
fn every_form_of_the_larger_reference_is_exported_to_the_byte() {
    let Some((folder, expected)) = larger_reference() else {
        return;
    };
    let config = folder.join("../checkpoint/config.json");
    for (form, left_out) in [
        ("single/bert_model.ckpt", ""),
        (
            "training/model.ckpt-20",
            "46 adam_m, 46 adam_v, 1 global_step",
        ),
        ("sharded/model.ckpt", "1 global_step"),
        ("partitioned/model.ckpt", ""),
        ("v1/model.ckpt", "1 global_step"),
    ] {
        let home = TempDir::new().unwrap();
        fixtures::copy_folder(folder.join(form).parent().unwrap(), home.path());
        fs::copy(&config, home.path().join("bert_config.json")).unwrap();
        let prefix = home.path().join(Path::new(form).file_name().unwrap());
        for path in [prefix.as_path(), home.path()] {
            let loaded = load(path, &device(), 1).unwrap();
            assert_eq!(loaded.report.left_out(), left_out, "{form}");
            check_exported(&loaded, &expected, form);
        }
    }
    for index in [
        "blocks/bert_model.ckpt.index",
        "snappy/bert_model.ckpt.index",
    ] {
        let home = copied(&folder, index, "single/bert_model.ckpt");
        let loaded = load(home.path(), &device(), 1).unwrap();
        check_exported(&loaded, &expected, index);
    }
}

/// What the message about a damaged checkpoint names beside the file.
fn named(stem: &str) -> &str {
    match stem {
        "flipped" | "missing_slice" => "`bert/embeddings/word_embeddings`",
        "wrong_size" | "wrong_shard" | "beyond" => "`bert/pooler/dense/bias`",
        "short" => "`bert/e",
        "big_endian" => "big-endian",
        "no_header" => "header",
        "truncated_half" | "truncated_one_byte" | "magic" | "empty" | "block" => "damaged",
        _ => panic!("no expectation for {stem}"),
    }
}

#[test]
fn every_damaged_form_of_the_larger_reference_is_refused_by_file_and_tensor() {
    let Some((folder, expected)) = larger_reference() else {
        return;
    };
    let mut n_checked = 0;
    for (name, about) in expected["damaged"].as_object().unwrap() {
        let Some(stem) = name.strip_suffix(".index") else {
            continue;
        };
        let own = format!("damaged/{stem}");
        let data = if folder.join(format!("{own}.data-00000-of-00001")).is_file() {
            own
        } else if about["from"] == "partitioned" {
            "partitioned/model.ckpt".to_owned()
        } else {
            "single/bert_model.ckpt".to_owned()
        };
        let home = copied(&folder, &format!("damaged/{name}"), &data);
        let loaded = load(home.path(), &device(), 1);
        n_checked += 1;
        if stem == "missing_tensor" {
            // A valid checkpoint that lacks a parameter of the pooler, which may be drawn anew.
            assert_eq!(loaded.unwrap().report.missing, ["bert.pooler.dense.bias"]);
            continue;
        }
        let error = loaded.unwrap_err().to_string();
        assert!(error.contains("x.ckpt.index"), "{name}: {error}");
        assert!(error.contains(named(stem)), "{name}: {error}");
    }
    assert_eq!(n_checked, 14);
}
