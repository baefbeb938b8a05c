//! Checkpoints as training programs save them and users copy them: wrapped names, padded embeddings, parts that are missing,
//! layers that do not fit the config, and files that are no checkpoint.

use std::fs;
use std::path::Path;

use model::{LoadOptions, Loaded, ModelError, PaddedRows, Untrained, load, load_with};
use safetensors::tensor::Dtype;
use safetensors::{SafeTensors, serialize_to_file};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::numbers::parameters;
use crate::reference_folder::{
    StoredTensor, changed, device, folder_with_config, load_form, reference_folder,
};

/// The number of pieces of the reference model.
const N_PIECES: usize = 120;

fn with(folder: &Path, change: impl FnOnce(&mut LoadOptions)) -> Result<Loaded, ModelError> {
    let mut options = LoadOptions::default();
    change(&mut options);
    load_with(folder, &device(), options)
}

/// Changes `config.json` of a folder.
fn set(folder: &Path, key: &str, value: Value) {
    let path = folder.join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    config[key] = value;
    fs::write(path, config.to_string()).unwrap();
}

/// Returns the text of an error, with FOLDER in the place of the folder's path.
fn message(result: Result<Loaded, ModelError>, folder: &Path) -> String {
    fixtures::message(result.unwrap_err(), folder, "FOLDER")
}

fn renamed(rename: impl Fn(&str) -> String) -> TempDir {
    changed(|tensors| {
        for tensor in tensors {
            tensor.name = rename(&tensor.name);
        }
    })
}

#[test]
fn what_training_programs_put_before_names_is_taken_off() {
    let expected = parameters(&load_form("model.safetensors", &device()).model);
    for prefix in [
        "module.",
        "model.",
        "_orig_mod.",
        "state_dict.",
        "module._orig_mod.",
        "state_dict.model.",
        "bert.",
    ] {
        let folder = renamed(|name| format!("{prefix}{name}"));
        let loaded = load(folder.path(), &device(), 1).unwrap();
        assert_eq!(loaded.report.prefix, prefix);
        assert!(loaded.report.is_complete(), "{prefix}");
        assert_eq!(parameters(&loaded.model), expected, "{prefix}");
    }
    let bare = renamed(|name| format!("module.{}", name.trim_start_matches("bert.")));
    let loaded = load(bare.path(), &device(), 1).unwrap();
    assert_eq!(parameters(&loaded.model), expected);
}

#[test]
fn of_several_models_the_one_without_a_wrapper_is_read() {
    let with_teacher = |wrapper: &'static str| {
        changed(move |tensors| {
            let teacher = tensors.clone().into_iter().map(|tensor| StoredTensor {
                name: format!("teacher.{}", tensor.name),
                bytes: vec![0; tensor.bytes.len()],
                ..tensor
            });
            let teacher: Vec<_> = teacher.collect();
            for tensor in tensors.iter_mut() {
                tensor.name = format!("{wrapper}{}", tensor.name);
            }
            tensors.extend(teacher);
        })
    };
    let folder = with_teacher("");
    let loaded = load(folder.path(), &device(), 1).unwrap();
    assert_eq!(loaded.report.unexpected.len(), 46);
    let expected = parameters(&load_form("model.safetensors", &device()).model);
    assert_eq!(parameters(&loaded.model), expected);
    let folder = with_teacher("student.");
    insta::assert_snapshot!(
        message(load(folder.path(), &device(), 1), folder.path()),
        @"FOLDER/model.safetensors: holds several models, with names that begin with `student.` and `teacher.`; save the wanted one alone"
    );
}

/// Appends rows of zeros to the tensors that have a row for each piece.
fn padded(n_rows: usize) -> TempDir {
    let folder = changed(|tensors| {
        for tensor in tensors {
            if tensor.shape[0] == N_PIECES {
                let row = tensor.bytes.len() / N_PIECES;
                tensor.bytes.resize(row * n_rows, 0);
                tensor.shape[0] = n_rows;
            }
        }
    });
    set(folder.path(), "vocab_size", n_rows.into());
    folder
}

#[test]
fn rows_beyond_the_vocabulary_are_left_out_if_they_are_padding() {
    let expected = parameters(&load_form("model.safetensors", &device()).model);
    for n_rows in [128, 192] {
        let folder = padded(n_rows);
        let loaded = with(folder.path(), |options| options.n_pieces = Some(N_PIECES)).unwrap();
        let rows = PaddedRows {
            rows: n_rows,
            n_pieces: N_PIECES,
        };
        assert_eq!(loaded.report.padded, Some(rows));
        assert_eq!(loaded.config.vocab_size, N_PIECES);
        assert_eq!(parameters(&loaded.model), expected);
    }
    // The config may not know of the padding.
    let folder = padded(128);
    set(folder.path(), "vocab_size", N_PIECES.into());
    let loaded = with(folder.path(), |options| options.n_pieces = Some(N_PIECES)).unwrap();
    assert_eq!(parameters(&loaded.model), expected);
}

#[test]
fn rows_that_cannot_be_padding_are_refused_with_both_numbers() {
    let refused = |n_rows, n_pieces| {
        let folder = padded(n_rows);
        message(
            with(folder.path(), |options| options.n_pieces = Some(n_pieces)),
            folder.path(),
        )
    };
    insta::assert_snapshot!(
        [refused(122, 120), refused(2000, 120), refused(120, 122)].join("\n"),
        @"
        `vocab_size` of the model's config: the model has 122 pieces, but the vocabulary has 120; too many for padding: copy the vocabulary that belongs to the weights, with its added_tokens.json if it has one
        `vocab_size` of the model's config: the model has 2000 pieces, but the vocabulary has 120; too many for padding: copy the vocabulary that belongs to the weights, with its added_tokens.json if it has one
        `vocab_size` of the model's config: the model has 120 pieces, but the vocabulary has 122; copy the vocabulary that belongs to the weights
        "
    );
}

#[test]
fn an_encoder_that_lacks_a_parameter_is_refused_unless_asked_for() {
    let name = "bert.encoder.layer.0.attention.self.query.weight";
    let folder = changed(|tensors| tensors.retain(|tensor| tensor.name != name));
    insta::assert_snapshot!(
        message(load(folder.path(), &device(), 1), folder.path()),
        @"FOLDER/model.safetensors: the encoder is not whole: it lacks `bert.encoder.layer.0.attention.self.query.weight` (the config says num_hidden_layers = 2); copy the checkpoint again, or correct the config; to draw what is missing at random, ask for it (export --partial, model.partial = true)"
    );
    let loaded = with(folder.path(), |options| options.partial = true).unwrap();
    assert_eq!(loaded.report.missing, [name]);
    let untrained = &loaded.config.untrained_parameters;
    assert_eq!(untrained[name], Untrained::InitialValues);
}

#[test]
fn layers_that_do_not_fit_the_config_are_named() {
    let folder = changed(|_| {});
    set(folder.path(), "num_hidden_layers", 3.into());
    let more = message(load(folder.path(), &device(), 1), folder.path());
    set(folder.path(), "num_hidden_layers", 1.into());
    let fewer = message(load(folder.path(), &device(), 1), folder.path());
    insta::assert_snapshot!([more, fewer].join("\n"), @"
    FOLDER/model.safetensors: the encoder is not whole: it lacks all of encoder.layer.2 (the config says num_hidden_layers = 3); copy the checkpoint again, or correct the config; to draw what is missing at random, ask for it (export --partial, model.partial = true)
    FOLDER/model.safetensors: the config says num_hidden_layers = 1, but the file also holds encoder.layer.1 (16 tensors); correct the config, or ask for the first 1 alone (export --partial, model.partial = true)
    ");
    let loaded = with(folder.path(), |options| options.partial = true).unwrap();
    assert_eq!(
        loaded.report.surplus_layers,
        ["encoder.layer.1 (16 tensors)"]
    );
    assert_eq!(loaded.config.num_hidden_layers, 1);
}

#[test]
fn an_index_that_promises_what_its_file_lacks_is_refused() {
    let bytes = fs::read(reference_folder().join("model.safetensors")).unwrap();
    let all = SafeTensors::deserialize(&bytes).unwrap();
    let folder = folder_with_config();
    let part = "model-00001-of-00002.safetensors";
    serialize_to_file(all.tensors(), None, &folder.path().join(part)).unwrap();
    let index = |map: Value| {
        let path = folder.path().join("model.safetensors.index.json");
        fs::write(path, json!({ "weight_map": map }).to_string()).unwrap();
        message(load(folder.path(), &device(), 1), folder.path())
    };
    let lacking = index(json!({"bert.pooler.dense.bias": part, "bert.pooler.extra": part}));
    let no_file = index(json!({"bert.pooler.dense.bias": "model-00002-of-00002.safetensors"}));
    insta::assert_snapshot!([lacking, no_file].join("\n"), @"
    FOLDER/model-00001-of-00002.safetensors: lacks `bert.pooler.extra`, which FOLDER/model.safetensors.index.json says is in it; copy both files again
    FOLDER/model-00002-of-00002.safetensors: no such file, but FOLDER/model.safetensors.index.json names it; copy it too
    ");
}

#[test]
fn a_null_in_the_config_is_a_key_that_is_left_out() {
    let folder = changed(|_| {});
    for key in [
        "pad_token_id",
        "hidden_dropout_prob",
        "position_embedding_type",
    ] {
        set(folder.path(), key, Value::Null);
    }
    assert!(
        load(folder.path(), &device(), 1)
            .unwrap()
            .report
            .is_complete()
    );
    set(folder.path(), "hidden_size", Value::Null);
    let lacking = message(load(folder.path(), &device(), 1), folder.path());
    set(folder.path(), "hidden_size", "wide".into());
    let wrong = message(load(folder.path(), &device(), 1), folder.path());
    insta::assert_snapshot!([lacking, wrong].join("\n"), @r#"
    FOLDER/config.json: not a model's config: missing field `hidden_size`
    FOLDER/config.json: not a model's config: hidden_size: invalid type: string "wide", expected usize
    "#);
}

#[test]
fn googles_name_of_the_config_is_known() {
    let folder = changed(|_| {});
    let path = folder.path().join("config.json");
    fs::rename(&path, folder.path().join("bert_config.json")).unwrap();
    assert!(
        load(folder.path(), &device(), 1)
            .unwrap()
            .report
            .is_complete()
    );
}

#[test]
fn what_stands_in_the_place_of_a_checkpoint_is_called_by_its_name() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 409\n";
    let refused = |name: &str, text: &str| {
        let folder = folder_with_config();
        fs::write(folder.path().join(name), text).unwrap();
        message(load(folder.path(), &device(), 1), folder.path())
    };
    let messages = [
        refused("model.safetensors", pointer),
        refused("pytorch_model.bin", pointer),
        refused("model.safetensors.index.json", pointer),
        refused("config.json", pointer),
        refused("bert_model.ckpt.index", ""),
        refused("tf_model.h5", ""),
        refused("flax_model.msgpack", ""),
        refused("model_state.pdparams", ""),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r#"
    FOLDER/model.safetensors: a Git LFS pointer and not the file itself; install Git LFS and run `git lfs pull`
    FOLDER/pytorch_model.bin: a Git LFS pointer and not the file itself; install Git LFS and run `git lfs pull`
    FOLDER/model.safetensors.index.json: a Git LFS pointer and not the file itself; install Git LFS and run `git lfs pull`
    FOLDER/config.json: a Git LFS pointer and not the file itself; install Git LFS and run `git lfs pull`
    FOLDER/bert_model.ckpt.index: damaged or not a TensorFlow checkpoint: the file is too short for a table (at byte 0); copy the file again
    FOLDER/tf_model.h5: cannot be read, because it holds TensorFlow weights of transformers; convert them with transformers 4: BertForPreTraining.from_pretrained(FOLDER, from_tf=True), then save_pretrained
    FOLDER/flax_model.msgpack: cannot be read, because it holds Flax weights of transformers; convert them with transformers 4: BertForPreTraining.from_pretrained(FOLDER, from_flax=True), then save_pretrained
    FOLDER/model_state.pdparams: cannot be read, because it holds PaddlePaddle weights; take the PyTorch form of this model
    "#);
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("tf_model.h5"), "").unwrap();
    let error = load(folder.path(), &device(), 1).unwrap_err();
    assert!(matches!(error, ModelError::Foreign { .. }), "{error}");
}

#[test]
fn a_missing_pooler_and_missing_heads_are_drawn_and_listed_as_untrained() {
    let loaded = load(&reference_folder().join("bare"), &device(), 1).unwrap();
    let untrained = loaded.model.config().untrained_parameters.keys();
    assert!(untrained.eq(&loaded.report.missing));
    assert_eq!(loaded.report.missing.len(), 7);
    let without_pooler = changed(|tensors| {
        tensors.retain(|tensor| !tensor.name.starts_with("bert.pooler."));
        tensors.push(StoredTensor {
            name: "bert.pooler.other".to_owned(),
            dtype: Dtype::F32,
            shape: vec![1],
            bytes: vec![0; 4],
        });
    });
    let loaded = load(without_pooler.path(), &device(), 1).unwrap();
    assert_eq!(loaded.report.missing.len(), 2);
    assert_eq!(loaded.report.unexpected, ["bert.pooler.other"]);
}
