//! A damaged checkpoint is refused, whatever byte is wrong.

use std::fs;

use proptest::prelude::*;
use tensorflow::{Checkpoint, checkpoint_file};

use crate::written::write;

/// The bytes of all variables, or the error.
fn read_all(prefix: &std::path::Path) -> Result<Vec<Vec<u8>>, String> {
    let checkpoint = Checkpoint::open(prefix).map_err(|error| error.to_string())?;
    let bytes = checkpoint
        .variables()
        .iter()
        .map(|one| checkpoint.bytes(one));
    bytes
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

#[test]
fn a_checkpoint_has_many_names() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = write(folder.path(), 1);
    let index = folder.path().join("small.ckpt.index");
    let data = folder.path().join("small.ckpt.data-00000-of-00001");
    for path in [folder.path(), &prefix, &index, &data] {
        assert_eq!(
            checkpoint_file(path).unwrap(),
            Some(index.clone()),
            "{}",
            path.display()
        );
    }
    assert_eq!(read_all(&prefix).unwrap().concat().len(), 28);
    fs::copy(&index, folder.path().join("other.ckpt.index")).unwrap();
    let error = checkpoint_file(folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("other.ckpt") && error.contains("small.ckpt"),
        "{error}"
    );
    let newest = "model_checkpoint_path: \"/elsewhere/small.ckpt\"\n";
    fs::write(folder.path().join("checkpoint"), newest).unwrap();
    assert_eq!(checkpoint_file(folder.path()).unwrap(), Some(index));
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(checkpoint_file(empty.path()).unwrap(), None);
}

proptest! {
    #[test]
    fn no_flipped_bit_passes(place in any::<prop::sample::Index>(), bit in 0..8_u8, in_index in any::<bool>(), per_block in 1..4_usize) {
        let folder = tempfile::tempdir().unwrap();
        let prefix = write(folder.path(), per_block);
        let right = read_all(&prefix).unwrap();
        let name = if in_index { "small.ckpt.index" } else { "small.ckpt.data-00000-of-00001" };
        let path = folder.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        let at = place.index(bytes.len());
        bytes[at] ^= 1 << bit;
        fs::write(&path, bytes).unwrap();
        // The padding of the footer and the handle of the empty block say nothing.
        if let Ok(found) = read_all(&prefix) {
            prop_assert!(in_index);
            prop_assert_eq!(found, right);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.index");
        let magic = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
        fs::write(&path, [bytes, magic.to_vec()].concat()).unwrap();
        prop_assert!(read_all(&path).is_err());
    }
}
