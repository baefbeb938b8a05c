//! Checkpoints are read from every form, and written as transformers writes them.

use std::fs;
use std::path::Path;

use model::{BertConfig, BertForPreTraining, ModelError, load, save, save_weights};
use safetensors::tensor::Dtype;
use safetensors::{SafeTensors, serialize_to_file};
use tempfile::TempDir;

use crate::numbers::parameters;
use crate::reference_folder::{
    FORMS, StoredTensor, changed, device, devices, folder_with_config, load_form, reference_folder,
};

#[test]
fn every_form_of_checkpoint_gives_the_same_parameters() {
    for device in devices() {
        let expected = parameters(&load_form("model.safetensors", &device).model);
        assert_eq!(expected.len(), 46);
        for form in FORMS {
            let loaded = load_form(form, &device);
            assert_eq!(parameters(&loaded.model), expected, "{form}");
        }
    }
}

#[test]
fn a_checkpoint_of_transformers_is_written_back_byte_for_byte() {
    for device in devices() {
        for form in FORMS {
            let folder = TempDir::new().unwrap();
            save(&load_form(form, &device).model, folder.path()).unwrap();
            let written = fs::read(folder.path().join("model.safetensors")).unwrap();
            assert!(
                written == fs::read(reference_folder().join("model.safetensors")).unwrap(),
                "{form}"
            );
            let names = fixtures::names(folder.path());
            assert_eq!(names, ["config.json", "model.safetensors"]);
        }
    }
}

#[test]
fn the_config_keeps_every_key_of_transformers() {
    let folder = TempDir::new().unwrap();
    save(
        &load_form("model.safetensors", &device()).model,
        folder.path(),
    )
    .unwrap();
    let written = json(&folder.path().join("config.json"));
    let mut published = json(&reference_folder().join("config.json"));
    published
        .as_object_mut()
        .unwrap()
        .remove("transformers_version");
    assert_eq!(written, published);
}

#[test]
fn the_report_of_a_load_lists_ignored_tensors() {
    let report = load_form("pytorch_model.gamma_beta.bin", &device()).report;
    insta::assert_snapshot!(report, @"
    46 parameters found
    3 passed over: bert.embeddings.position_ids, cls.predictions.decoder.bias, cls.predictions.decoder.weight
    ");
}

#[test]
fn missing_parameters_are_drawn_from_the_seed_and_unexpected_tensors_are_named() {
    let folder = changed(|tensors| {
        tensors.retain(|tensor| tensor.name != "bert.pooler.dense.weight");
        tensors.push(StoredTensor {
            name: "classifier.weight".into(),
            dtype: Dtype::F32,
            shape: vec![1],
            bytes: vec![0; 4],
        });
    });
    let loaded = load(folder.path(), &device(), 42).unwrap();
    insta::assert_snapshot!(loaded.report, @"
    45 parameters found
    1 missing, drawn anew: bert.pooler.dense.weight
    1 unexpected: classifier.weight
    ");
    let fresh = BertForPreTraining::new(&loaded.config, &device(), 42).unwrap();
    let name = "bert.pooler.dense.weight";
    assert_eq!(parameters(&loaded.model)[name], parameters(&fresh)[name]);
}

#[test]
fn a_decoder_with_weights_of_its_own_is_refused() {
    let with_decoder = |change: fn(&mut Vec<u8>)| {
        changed(|tensors| {
            let embeddings = "bert.embeddings.word_embeddings.weight";
            let tied = tensors.iter().find(|tensor| tensor.name == embeddings);
            let mut decoder = tied.unwrap().clone();
            change(&mut decoder.bytes);
            decoder.name = "cls.predictions.decoder.weight".to_owned();
            tensors.push(decoder);
        })
    };
    let copy = with_decoder(|_| {});
    assert!(
        load(copy.path(), &device(), 1)
            .unwrap()
            .report
            .is_complete()
    );
    let other = with_decoder(|bytes| bytes[3] ^= 0x80);
    let error = load(other.path(), &device(), 1).unwrap_err();
    assert!(matches!(error, ModelError::Untied { .. }), "{error}");
}

#[test]
fn a_written_config_names_the_architecture_of_pre_training() {
    let bare = load(&reference_folder().join("bare"), &device(), 1).unwrap();
    let folder = TempDir::new().unwrap();
    save(&bare.model, folder.path()).unwrap();
    let config = json(&folder.path().join("config.json"));
    assert_eq!(config["architectures"][0], "BertForPreTraining");
}

#[test]
fn half_precision_is_widened_without_loss() {
    for (dtype, to_bytes, from) in [
        (
            Dtype::BF16,
            (|x| burn::tensor::bf16::from_f32(x).to_le_bytes()) as fn(f32) -> [u8; 2],
            "bf16",
        ),
        (
            Dtype::F16,
            |x| burn::tensor::f16::from_f32(x).to_le_bytes(),
            "f16",
        ),
    ] {
        let folder = changed(|tensors| {
            for tensor in tensors {
                let numbers = tensor.bytes.as_chunks::<4>().0.iter();
                let numbers = numbers.map(|&bytes| f32::from_le_bytes(bytes));
                tensor.bytes = numbers.flat_map(to_bytes).collect();
                tensor.dtype = dtype;
            }
        });
        let loaded = load(folder.path(), &device(), 1).unwrap();
        assert_eq!(loaded.report.widened.len(), 46, "{from}");
        for (name, expected) in parameters(&load_form("model.safetensors", &device()).model) {
            let found = &parameters(&loaded.model)[&name];
            let round = |&x: &f32| match dtype {
                Dtype::BF16 => burn::tensor::bf16::from_f32(x).to_f32(),
                _ => burn::tensor::f16::from_f32(x).to_f32(),
            };
            assert_eq!(
                found,
                &expected.iter().map(round).collect::<Vec<f32>>(),
                "{from} {name}"
            );
        }
    }
}

#[test]
fn a_checkpoint_in_several_files_is_read_by_its_index() {
    let bytes = fs::read(reference_folder().join("model.safetensors")).unwrap();
    let all = SafeTensors::deserialize(&bytes).unwrap();
    let folder = folder_with_config();
    let (heads, body): (Vec<_>, Vec<_>) = all
        .tensors()
        .into_iter()
        .partition(|(name, _)| name.starts_with("cls."));
    let mut map = serde_json::Map::new();
    for (part, tensors) in [
        ("model-00001-of-00002.safetensors", body),
        ("model-00002-of-00002.safetensors", heads),
    ] {
        map.extend(tensors.iter().map(|(name, _)| (name.clone(), part.into())));
        serialize_to_file(tensors, None, &folder.path().join(part)).unwrap();
    }
    let index = serde_json::json!({ "metadata": {}, "weight_map": map });
    fs::write(
        folder.path().join("model.safetensors.index.json"),
        index.to_string(),
    )
    .unwrap();
    let loaded = load(folder.path(), &device(), 1).unwrap();
    assert!(loaded.report.is_complete());
    assert_eq!(
        parameters(&loaded.model),
        parameters(&load_form("model.safetensors", &device()).model)
    );
}

#[test]
fn a_wrong_shape_is_an_error_with_both_shapes() {
    let folder = TempDir::new().unwrap();
    save(
        &load_form("model.safetensors", &device()).model,
        folder.path(),
    )
    .unwrap();
    let mut config = json(&folder.path().join("config.json"));
    config["vocab_size"] = 121.into();
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let error = load(folder.path(), &device(), 1).unwrap_err().to_string();
    assert!(
        error.ends_with("`bert.embeddings.word_embeddings.weight` has shape [120, 12], expected [121, 12] by the config"),
        "{error}"
    );
}

#[test]
fn a_failed_write_leaves_what_was_there_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    // A folder of this name cannot be replaced by a file, so the write fails at its last step.
    fs::create_dir(&path).unwrap();
    fs::write(path.join("old"), "old").unwrap();
    let error = save_weights(&load_form("model.safetensors", &device()).model, &path).unwrap_err();
    assert!(matches!(error, ModelError::Io { .. }));
    assert_eq!(fs::read_to_string(path.join("old")).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn unsupported_settings_are_refused() {
    let good = BertConfig {
        num_attention_heads: 3,
        ..BertConfig::new(100, 2, 12)
    };
    good.check().unwrap();
    let check = |change: fn(&mut BertConfig)| {
        let mut config = good.clone();
        change(&mut config);
        config.check().unwrap_err().to_string()
    };
    let messages = [
        check(|config| config.num_attention_heads = 5),
        check(|config| config.hidden_act = "gelu_new".into()),
        check(|config| config.position_embedding_type = "relative_key".into()),
        check(|config| config.hidden_dropout_prob = 1.0),
        check(|config| config.classifier_dropout = Some(-0.5)),
        check(|config| config.num_hidden_layers = 0),
        good.check_fits(101, 128).unwrap_err().to_string(),
        good.check_fits(100, 513).unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(messages.join("\n"), @"
    `hidden_size` of the model's config: 12 is not a multiple of num_attention_heads (5)
    `hidden_act` of the model's config: expected `gelu`, found `gelu_new`
    `position_embedding_type` of the model's config: expected `absolute`, found `relative_key`
    `hidden_dropout_prob` of the model's config: expected 0 or more and below 1, found 1
    `classifier_dropout` of the model's config: expected 0 or more and below 1, found -0.5
    `num_hidden_layers` of the model's config: expected at least 1, found 0
    `vocab_size` of the model's config: the model has 100 pieces, but the vocabulary has 101; copy the vocabulary that belongs to the weights
    `max_position_embeddings` of the model's config: the model has 512 positions, but max_length is 513
    ");
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
