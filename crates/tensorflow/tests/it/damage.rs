//! A damaged checkpoint is refused, whatever byte is wrong, and files that are missing are named.

use std::fs;
use std::path::{Path, PathBuf};

use fixtures::{TensorFlowTensor, message, rewrite, tensorflow_index};
use proptest::prelude::*;
use tensorflow::{Checkpoint, checkpoint_file};

use crate::small::{DATA, INDEX, read_all, write};

/// A folder with the small checkpoint.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let prefix = write(folder.path());
    (folder, prefix)
}

/// The error of opening a path, with FOLDER in the place of the folder's.
fn refused(path: &Path, folder: &Path) -> String {
    message(Checkpoint::open(path).unwrap_err(), folder, "FOLDER")
}

#[test]
fn a_checkpoint_has_many_names() {
    let (folder, prefix) = folder();
    let index = folder.path().join(INDEX);
    for path in [folder.path(), &prefix, &index, &folder.path().join(DATA)] {
        let found = checkpoint_file(path).unwrap();
        assert_eq!(found.as_deref(), Some(&*index), "{}", path.display());
    }
    assert_eq!(read_all(&prefix).unwrap().concat().len(), 28);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(checkpoint_file(empty.path()).unwrap(), None);
    assert_eq!(
        checkpoint_file(&empty.path().join("none.ckpt")).unwrap(),
        None
    );
}

#[test]
fn a_folder_of_several_checkpoints_needs_the_file_that_names_the_newest() {
    let (folder, _) = folder();
    let index = folder.path().join(INDEX);
    fs::copy(&index, folder.path().join("other.ckpt.index")).unwrap();
    insta::assert_snapshot!(
        refused(folder.path(), folder.path()),
        @"FOLDER: several TensorFlow checkpoints are here (other.ckpt, small.ckpt); name one of them"
    );
    let newest = "model_checkpoint_path: \"/elsewhere/small.ckpt\"\n";
    fs::write(folder.path().join("checkpoint"), newest).unwrap();
    assert_eq!(checkpoint_file(folder.path()).unwrap(), Some(index));
}

#[test]
fn a_file_of_the_older_format_is_found_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.ckpt");
    let older = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/older.ckpt");
    fs::copy(older, &file).unwrap();
    fs::write(folder.path().join("model.ckpt.meta"), "").unwrap();
    fs::write(folder.path().join("vocab.txt"), "[PAD]\n").unwrap();
    for path in [folder.path(), &file, &folder.path().join("model.ckpt.meta")] {
        assert_eq!(checkpoint_file(path).unwrap().as_ref(), Some(&file));
    }
}

#[test]
fn missing_files_are_named() {
    let (folder, prefix) = folder();
    fs::remove_file(folder.path().join(DATA)).unwrap();
    let without_data = refused(&prefix, folder.path());
    write(folder.path());
    fs::remove_file(folder.path().join(INDEX)).unwrap();
    let paths = [&prefix, folder.path(), &folder.path().join(DATA)];
    let without_index = paths.map(|path| refused(path, folder.path()));
    assert!(without_index.iter().all(|error| *error == without_index[0]));
    let nothing = refused(&folder.path().join("none.ckpt"), folder.path());
    insta::assert_snapshot!(
        [&without_data, &without_index[0], &nothing].map(String::as_str).join("\n"),
        @"
    FOLDER/small.ckpt.data-00000-of-00001: no such file, but FOLDER/small.ckpt.index says that `a` is in it; copy it too
    FOLDER/small.ckpt.data-00000-of-00001: a file of a TensorFlow checkpoint, but FOLDER/small.ckpt.index is not beside it; copy it too
    FOLDER/none.ckpt: no TensorFlow checkpoint here; expected PREFIX.index beside PREFIX.data-00000-of-00001, or a file of the older format
    "
    );
}

#[test]
fn tensors_that_share_bytes_or_lie_beyond_the_file_are_refused() {
    let (folder, prefix) = folder();
    let with_offset = |offset| {
        let tensor = |name: &str| TensorFlowTensor {
            name: name.to_owned(),
            shape: vec![3],
            bytes: vec![0; 12],
        };
        let index = tensorflow_index(&[(0, tensor("a")), (offset, tensor("b"))]);
        fs::write(folder.path().join(INDEX), index).unwrap();
        refused(&prefix, folder.path())
    };
    insta::assert_snapshot!(format!("{}\n{}", with_offset(8), with_offset(20)), @"
    FOLDER/small.ckpt.index: `b`: the index gives it bytes of FOLDER/small.ckpt.data-00000-of-00001 that also belong to `a`
    FOLDER/small.ckpt.index: `b`: the index puts it at bytes 20 to 32 of FOLDER/small.ckpt.data-00000-of-00001, which has 28 bytes; copy both files again
    ");
}

proptest! {
    #[test]
    fn no_flipped_bit_passes(place in any::<prop::sample::Index>(), bit in 0..8_u8, in_index in any::<bool>()) {
        let (folder, prefix) = folder();
        let right = read_all(&prefix).unwrap();
        rewrite(&folder.path().join(if in_index { INDEX } else { DATA }), |bytes| {
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
        });
        // The padding of the footer and the handle of the empty block say nothing.
        if let Ok(found) = read_all(&prefix) {
            prop_assert!(in_index);
            prop_assert_eq!(found, right);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), name in prop::sample::select(vec!["x.index", "x"])) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let magic = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
        fs::write(&path, [bytes, magic.to_vec()].concat()).unwrap();
        prop_assert!(read_all(&path).is_err());
    }
}
