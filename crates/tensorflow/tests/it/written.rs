//! Writes small checkpoints as TensorFlow does, so that tests can damage them.

use std::fs;
use std::path::{Path, PathBuf};

/// A table of keys and values in blocks of `per_block` entries.
pub(crate) fn table(entries: &[(Vec<u8>, Vec<u8>)], per_block: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut index = Vec::new();
    for chunk in entries.chunks(per_block) {
        let handle = push_block(&mut file, &block(chunk));
        index.push((chunk[chunk.len() - 1].0.clone(), handle));
    }
    let metaindex = push_block(&mut file, &block(&[]));
    let index = push_block(&mut file, &block(&index));
    let mut footer = [metaindex, index].concat();
    footer.resize(40, 0);
    file.extend(footer);
    file.extend(0xdb47_7524_8b80_fb57_u64.to_le_bytes());
    file
}

fn block(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut before: &[u8] = &[];
    for (key, value) in entries {
        let shared = before.iter().zip(key).take_while(|(a, b)| a == b).count();
        for n in [shared, key.len() - shared, value.len()] {
            out.extend(varint(n as u64));
        }
        out.extend(&key[shared..]);
        out.extend(value);
        before = key;
    }
    out.extend(0_u32.to_le_bytes());
    out.extend(1_u32.to_le_bytes());
    out
}

fn push_block(file: &mut Vec<u8>, block: &[u8]) -> Vec<u8> {
    let handle = [varint(file.len() as u64), varint(block.len() as u64)].concat();
    let start = file.len();
    file.extend(block);
    file.push(0);
    let checksum = masked(&file[start..]);
    file.extend(checksum.to_le_bytes());
    handle
}

pub(crate) fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

fn varint(mut n: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
    out
}

/// A field with a number.
fn number(tag: u8, n: u64) -> Vec<u8> {
    [vec![tag << 3], varint(n)].concat()
}

/// A field with bytes.
fn bytes(tag: u8, content: &[u8]) -> Vec<u8> {
    [
        vec![tag << 3 | 2],
        varint(content.len() as u64),
        content.to_vec(),
    ]
    .concat()
}

/// The header of an index with one data file.
pub(crate) fn header() -> Vec<u8> {
    [number(1, 1), bytes(3, &number(1, 1))].concat()
}

/// The entry of a float32 tensor that lies at `offset`.
pub(crate) fn entry(shape: &[u64], offset: u64, values: &[u8]) -> Vec<u8> {
    let dimensions: Vec<u8> = shape
        .iter()
        .flat_map(|size| bytes(2, &number(1, *size)))
        .collect();
    [
        number(1, 1),
        bytes(2, &dimensions),
        number(4, offset),
        number(5, values.len() as u64),
        vec![6 << 3 | 5],
        masked(values).to_le_bytes().to_vec(),
    ]
    .concat()
}

/// Writes a checkpoint of two tensors, `a` of three and `b` of two by two numbers, and returns its prefix.
pub(crate) fn write(folder: &Path, per_block: usize) -> PathBuf {
    let values: Vec<u8> = (0..7_u8).flat_map(|n| f32::from(n).to_le_bytes()).collect();
    let entries = [
        (Vec::new(), header()),
        (b"a".to_vec(), entry(&[3], 0, &values[..12])),
        (b"b".to_vec(), entry(&[2, 2], 12, &values[12..])),
    ];
    fs::write(folder.join("small.ckpt.data-00000-of-00001"), &values).unwrap();
    fs::write(folder.join("small.ckpt.index"), table(&entries, per_block)).unwrap();
    folder.join("small.ckpt")
}
