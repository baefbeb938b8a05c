//! Files that are damaged or are not a checkpoint of BERT are refused by name, and never make the program panic.

use std::fs;

use model::{ModelError, load};
use safetensors::tensor::Dtype;
use tempfile::TempDir;

use crate::reference_folder::{
    FORMS, StoredTensor, changed, device, folder_with_config, reference_folder,
};

#[test]
fn a_refusal_names_its_cause() {
    let integers = changed(|tensors| {
        for tensor in tensors {
            tensor.dtype = Dtype::I32;
        }
    });
    let error = load(integers.path(), &device(), 1).unwrap_err();
    assert!(
        matches!(&error, ModelError::ElementType { found, .. } if found == "I32"),
        "{error}"
    );

    let twice = changed(|tensors| {
        let weight = "bert.embeddings.LayerNorm.weight";
        let same = tensors.iter().find(|tensor| tensor.name == weight);
        tensors.push(StoredTensor {
            name: "bert.embeddings.LayerNorm.gamma".into(),
            ..same.unwrap().clone()
        });
    });
    let error = load(twice.path(), &device(), 1).unwrap_err();
    assert!(matches!(&error, ModelError::Duplicate { .. }), "{error}");

    let other = changed(|tensors| {
        *tensors = vec![StoredTensor {
            name: "transformer.h.0.weight".into(),
            dtype: Dtype::F32,
            shape: vec![1],
            bytes: vec![0; 4],
        }];
    });
    let error = load(other.path(), &device(), 1).unwrap_err();
    assert!(
        matches!(&error, ModelError::NotBert { n_tensors: 1, .. }),
        "{error}"
    );

    let empty = TempDir::new().unwrap();
    assert!(matches!(
        load(empty.path(), &device(), 1),
        Err(ModelError::NoConfig { .. })
    ));
    let without_weights = folder_with_config();
    assert!(matches!(
        load(without_weights.path(), &device(), 1),
        Err(ModelError::NoWeights { .. })
    ));
}

/// Cuts a file at 60 places spread over it.
#[test]
fn a_truncated_file_is_an_error_and_never_a_panic() {
    for form in FORMS {
        let bytes = fs::read(reference_folder().join(form)).unwrap();
        for cut in (0..bytes.len()).step_by(bytes.len() / 60) {
            check_refused(form, &bytes[..cut], &format!("{form} cut at {cut}"));
        }
    }
}

#[test]
fn a_wrong_header_is_an_error() {
    let bytes = fs::read(reference_folder().join("model.safetensors")).unwrap();
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
        let wrong = [&length.to_le_bytes()[..], &bytes[8..]].concat();
        check_refused(
            "model.safetensors",
            &wrong,
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
    // Another element type, another range, another shape, each of the same length as the original.
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

/// A file with a changed byte is read or refused.
#[test]
fn loading_a_file_with_a_changed_byte_never_panics() {
    let folder = folder_with_config();
    for form in FORMS {
        let bytes = fs::read(reference_folder().join(form)).unwrap();
        let file = folder.path().join(form);
        for place in (0..bytes.len()).step_by(bytes.len() / 40) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x55;
            fs::write(&file, damaged).unwrap();
            let _ = load(&file, &device(), 1);
        }
    }
}

fn check_refused(form: &str, bytes: &[u8], what: &str) {
    let folder = folder_with_config();
    let file = folder.path().join(form);
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
