//! A file that is damaged, or no checkpoint of a BERT, is refused by name, and never ends the program.

use std::fs;

use crate::reference_folder::{FORMS, changed, device, fixture};
use model::{ModelError, load};
use safetensors::tensor::Dtype;
use tempfile::TempDir;

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
        )];
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

fn check_refused(form: &str, bytes: &[u8], what: &str) {
    let folder = TempDir::new().unwrap();
    fs::copy(
        fixture().join("config.json"),
        folder.path().join("config.json"),
    )
    .unwrap();
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
