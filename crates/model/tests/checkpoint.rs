//! What is written is what was read; what is damaged is refused by name.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use common::{FORMS, devices, fixture, parameters};
use model::{BertConfig, BertForPreTraining, Loaded, ModelError, load, save, save_weights};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize_to_file};
use tempfile::TempDir;

#[test]
fn every_form_gives_the_same_parameters() {
    for device in devices() {
        let expected = parameters(&load_fixture("model.safetensors", &device).model);
        assert_eq!(expected.len(), 46);
        for form in FORMS {
            let loaded = load_fixture(form, &device);
            assert_eq!(parameters(&loaded.model), expected, "{form}");
        }
    }
}

#[test]
fn a_file_of_transformers_is_written_again_to_the_byte() {
    for device in devices() {
        for form in FORMS {
            let folder = TempDir::new().unwrap();
            save(&load_fixture(form, &device).model, folder.path()).unwrap();
            let written = fs::read(folder.path().join("model.safetensors")).unwrap();
            assert!(
                written == fs::read(fixture().join("model.safetensors")).unwrap(),
                "{form}"
            );
            let left: Vec<_> = fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            assert_eq!(left.len(), 2, "nothing is left aside: {left:?}");
        }
    }
}

#[test]
fn the_config_keeps_every_key_of_transformers() {
    let folder = TempDir::new().unwrap();
    save(
        &load_fixture("model.safetensors", &device()).model,
        folder.path(),
    )
    .unwrap();
    let written = json(&folder.path().join("config.json"));
    let mut published = json(&fixture().join("config.json"));
    published
        .as_object_mut()
        .unwrap()
        .remove("transformers_version");
    assert_eq!(written, published);
}

#[test]
fn a_report_says_what_was_passed_over() {
    let report = load_fixture("pytorch_model.gamma_beta.bin", &device()).report;
    insta::assert_snapshot!(report, @"
    46 parameters found
    3 passed over: bert.embeddings.position_ids, cls.predictions.decoder.bias, cls.predictions.decoder.weight
    ");
}

#[test]
fn what_is_missing_is_drawn_from_the_seed_and_what_is_unexpected_named() {
    let folder = changed(|tensors| {
        tensors.retain(|(name, ..)| name != "bert.pooler.dense.weight");
        tensors.push(("classifier.weight".into(), Dtype::F32, vec![1], vec![0; 4]));
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
            for (_, element_type, _, bytes) in tensors {
                let values = bytes
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|&bytes| f32::from_le_bytes(bytes));
                *bytes = values.flat_map(to_bytes).collect();
                *element_type = dtype;
            }
        });
        let loaded = load(folder.path(), &device(), 1).unwrap();
        assert_eq!(loaded.report.widened.len(), 46, "{from}");
        for (name, expected) in parameters(&load_fixture("model.safetensors", &device()).model) {
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
fn parts_of_an_index_are_one_checkpoint() {
    let bytes = fs::read(fixture().join("model.safetensors")).unwrap();
    let all = SafeTensors::deserialize(&bytes).unwrap();
    let folder = TempDir::new().unwrap();
    fs::copy(
        fixture().join("config.json"),
        folder.path().join("config.json"),
    )
    .unwrap();
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
        parameters(&load_fixture("model.safetensors", &device()).model)
    );
}

#[test]
fn another_shape_is_an_error_with_both_shapes() {
    let folder = TempDir::new().unwrap();
    save(
        &load_fixture("model.safetensors", &device()).model,
        folder.path(),
    )
    .unwrap();
    let mut config = json(&folder.path().join("config.json"));
    config["vocab_size"] = 121.into();
    fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let error = load(folder.path(), &device(), 1).unwrap_err().to_string();
    assert!(
        error.ends_with("`bert.embeddings.word_embeddings.weight` has shape [120, 12], the config makes it [121, 12]"),
        "{error}"
    );
}

#[test]
fn a_refused_checkpoint_says_why() {
    let integers = changed(|tensors| {
        for (_, dtype, ..) in tensors {
            *dtype = Dtype::I32;
        }
    });
    let error = load(integers.path(), &device(), 1).unwrap_err();
    assert!(
        matches!(&error, ModelError::ElementType { found, .. } if found == "I32"),
        "{error}"
    );

    let twice = changed(|tensors| {
        let same = tensors
            .iter()
            .find(|(name, ..)| name == "bert.embeddings.LayerNorm.weight")
            .unwrap()
            .clone();
        tensors.push((
            "bert.embeddings.LayerNorm.gamma".into(),
            same.1,
            same.2,
            same.3,
        ));
    });
    let error = load(twice.path(), &device(), 1).unwrap_err();
    assert!(matches!(&error, ModelError::Duplicate { .. }), "{error}");

    let other = changed(|tensors| {
        *tensors = vec![(
            "transformer.h.0.weight".into(),
            Dtype::F32,
            vec![1],
            vec![0; 4],
        )]
    });
    let error = load(other.path(), &device(), 1).unwrap_err();
    assert!(
        matches!(&error, ModelError::NotBert { n_tensors: 1, .. }),
        "{error}"
    );

    let empty = TempDir::new().unwrap();
    assert!(matches!(
        load(empty.path(), &device(), 1),
        Err(ModelError::Io { .. })
    ));
    fs::copy(
        fixture().join("config.json"),
        empty.path().join("config.json"),
    )
    .unwrap();
    assert!(matches!(
        load(empty.path(), &device(), 1),
        Err(ModelError::NoWeights { .. })
    ));
}

/// Cut at every place of the header and at many of the rest.
#[test]
fn a_cut_file_is_an_error_and_no_panic() {
    for form in FORMS {
        let bytes = fs::read(fixture().join(form)).unwrap();
        for cut in (0..bytes.len()).step_by(bytes.len() / 60) {
            check_refused(form, &bytes[..cut], &format!("{form} cut at {cut}"));
        }
    }
}

#[test]
fn a_header_that_lies_is_an_error() {
    let bytes = fs::read(fixture().join("model.safetensors")).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap());
    for length in [
        0,
        1,
        header - 8,
        header + 8,
        bytes.len() as u64,
        u64::MAX - 7,
        u64::MAX,
    ] {
        let lie = [&length.to_le_bytes()[..], &bytes[8..]].concat();
        check_refused(
            "model.safetensors",
            &lie,
            &format!("a header of {length} bytes"),
        );
    }
    let replaced = |from: &str, to: &str| {
        let place = bytes
            .windows(from.len())
            .position(|window| window == from.as_bytes())
            .unwrap();
        [&bytes[..place], to.as_bytes(), &bytes[place + from.len()..]].concat()
    };
    // Another element type, another range, another size: all of the same length.
    check_refused(
        "model.safetensors",
        &replaced("F32", "F64"),
        "F64 in the place of F32",
    );
    check_refused(
        "model.safetensors",
        &replaced("[0,48]", "[0,44]"),
        "a range that is too short",
    );
    check_refused(
        "model.safetensors",
        &replaced("\"shape\":[12]", "\"shape\":[99]"),
        "a shape that is too large",
    );
}

/// Single bytes changed: read or refused, never a panic.
#[test]
fn a_flipped_byte_is_no_panic() {
    let folder = TempDir::new().unwrap();
    fs::copy(
        fixture().join("config.json"),
        folder.path().join("config.json"),
    )
    .unwrap();
    for form in FORMS {
        let bytes = fs::read(fixture().join(form)).unwrap();
        let file = folder.path().join(form);
        for place in (0..bytes.len()).step_by(bytes.len() / 40) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x55;
            fs::write(&file, damaged).unwrap();
            let _ = load(&file, &device(), 1);
        }
    }
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("model.safetensors");
    fs::write(&path, "old").unwrap();
    fs::create_dir(folder.path().join("model.safetensors.partial")).unwrap();
    let error =
        save_weights(&load_fixture("model.safetensors", &device()).model, &path).unwrap_err();
    assert!(matches!(error, ModelError::Io { .. }));
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
}

#[test]
fn settings_that_this_model_lacks_are_refused() {
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
        check(|config| config.num_hidden_layers = 0),
        good.check_fits(101, 128).unwrap_err().to_string(),
        good.check_fits(100, 513).unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(messages.join("\n"), @"
    `hidden_size` of the model's config: 12 is no multiple of num_attention_heads 5
    `hidden_act` of the model's config: expected `gelu`, found `gelu_new`
    `position_embedding_type` of the model's config: expected `absolute`, found `relative_key`
    `hidden_dropout_prob` of the model's config: expected 0 or more and below 1, found 1
    `num_hidden_layers` of the model's config: expected at least 1, found 0
    `vocab_size` of the model's config: the model has 100 pieces, the vocabulary 101
    `max_position_embeddings` of the model's config: the model has 512 positions, max_length is 513
    ");
}

fn device() -> Device {
    devices().remove(0)
}

fn load_fixture(form: &str, device: &Device) -> Loaded {
    load(&fixture().join(form), device, 1).unwrap()
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

type Stored = (String, Dtype, Vec<usize>, Vec<u8>);

/// A folder with the fixture's config and its tensors after a change.
fn changed(change: impl FnOnce(&mut Vec<Stored>)) -> TempDir {
    let bytes = fs::read(fixture().join("model.safetensors")).unwrap();
    let read = SafeTensors::deserialize(&bytes).unwrap();
    let owned = |(name, view): (String, TensorView<'_>)| {
        (
            name,
            view.dtype(),
            view.shape().to_vec(),
            view.data().to_vec(),
        )
    };
    let mut tensors: Vec<Stored> = read.tensors().into_iter().map(owned).collect();
    change(&mut tensors);
    let folder = TempDir::new().unwrap();
    fs::copy(
        fixture().join("config.json"),
        folder.path().join("config.json"),
    )
    .unwrap();
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    serialize_to_file(views, None, &folder.path().join("model.safetensors")).unwrap();
    folder
}

fn check_refused(form: &str, bytes: &[u8], what: &str) {
    let folder = TempDir::new().unwrap();
    fs::copy(
        fixture().join("config.json"),
        folder.path().join("config.json"),
    )
    .unwrap();
    let file: PathBuf = folder.path().join(form);
    fs::write(&file, bytes).unwrap();
    let error = load(&file, &device(), 1).expect_err(what);
    assert!(
        matches!(
            error,
            ModelError::Damaged { .. } | ModelError::ElementType { .. }
        ),
        "{what}: {error}"
    );
}
