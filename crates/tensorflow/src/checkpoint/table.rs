//! The sorted table of key and value that an index is, and a file of the older format: the layout of LevelDB's tables.
//!
//! | where | what |
//! | --- | --- |
//! | any place | blocks: entries, restart offsets, their count; then 1 byte of compression and a masked CRC-32C |
//! | last 48 bytes | two block handles (metaindex, index), padded to 40 bytes; the magic number |
//!
//! The index block maps a key not smaller than any of a block to the block's handle.

use crate::checkpoint::cursor::{Cursor, Damage};
use crate::record::masked;

/// The last eight bytes of a table, little-endian.
const MAGIC: u64 = 0xdb47_7524_8b80_fb57;
const FOOTER_BYTES: usize = 48;
/// Behind each block: its compression, and the checksum of block and compression.
const TRAILER_BYTES: usize = 5;
const RAW: u8 = 0;
const SNAPPY: u8 = 1;
/// Snappy makes at most 64 bytes of a copy of 3 bytes.
const LARGEST_SNAPPY_RATIO: usize = 22;

/// A key and its value.
pub(crate) struct TableEntry {
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// Where a block lies.
struct Handle {
    offset: usize,
    size: usize,
}

/// Whether a file ends as a table does.
pub(crate) fn is_table(file: &[u8]) -> bool {
    file.len() >= FOOTER_BYTES && file[file.len() - 8..] == MAGIC.to_le_bytes()
}

/// Reads all entries, in order. Every checksum is verified, and keys must rise.
pub(crate) fn read_table(file: &[u8]) -> Result<Vec<TableEntry>, Damage> {
    let footer_start = file
        .len()
        .checked_sub(FOOTER_BYTES)
        .ok_or_else(|| Damage::new("the file is too short for a table", 0))?;
    if !is_table(file) {
        return Err(Damage::new(
            "the magic number at the end is not a table's",
            file.len() - 8,
        ));
    }
    let mut footer = Cursor::new(&file[footer_start..], footer_start);
    let _metaindex = handle(&mut footer)?;
    let index = handle(&mut footer)?;
    let mut entries: Vec<TableEntry> = Vec::new();
    for entry in block_entries(&block(file, &index)?, index.offset)? {
        let mut value = Cursor::new(&entry.value, index.offset);
        let at = handle(&mut value)?;
        entries.extend(block_entries(&block(file, &at)?, at.offset)?);
    }
    let rises = entries.windows(2).all(|pair| pair[0].key < pair[1].key);
    if !rises {
        return Err(Damage::new("the keys do not rise", index.offset));
    }
    Ok(entries)
}

fn handle(cursor: &mut Cursor<'_>) -> Result<Handle, Damage> {
    Ok(Handle {
        offset: cursor.length()?,
        size: cursor.length()?,
    })
}

/// The contents of a block, decompressed.
fn block(file: &[u8], handle: &Handle) -> Result<Vec<u8>, Damage> {
    let at = handle.offset;
    let end = at.checked_add(handle.size);
    let whole_end = end.and_then(|end| end.checked_add(TRAILER_BYTES));
    let whole = whole_end.and_then(|end| file.get(at..end));
    let Some(whole) = whole else {
        return Err(Damage::new("a block reaches beyond the file", at));
    };
    let (checked, checksum) = whole.split_at(handle.size + 1);
    if masked(crc32c::crc32c(checked)).to_le_bytes() != checksum {
        return Err(Damage::new("the checksum of a block does not match", at));
    }
    let (contents, compression) = checked.split_at(handle.size);
    match compression[0] {
        RAW => Ok(contents.to_vec()),
        SNAPPY => decompressed(contents, at),
        _ => Err(Damage::new("the compression of a block is not known", at)),
    }
}

fn decompressed(contents: &[u8], at: usize) -> Result<Vec<u8>, Damage> {
    let damaged = |_| Damage::new("a block is not valid Snappy", at);
    let length = snap::raw::decompress_len(contents).map_err(damaged)?;
    if length > contents.len().saturating_mul(LARGEST_SNAPPY_RATIO) {
        return Err(Damage::new(
            "a block claims more bytes than it can hold",
            at,
        ));
    }
    snap::raw::Decoder::new()
        .decompress_vec(contents)
        .map_err(damaged)
}

/// The entries of a block. Each key shares its beginning with the key before it.
fn block_entries(block: &[u8], at: usize) -> Result<Vec<TableEntry>, Damage> {
    let too_short = || Damage::new("a block is too short for its restarts", at);
    let count_start = block.len().checked_sub(4).ok_or_else(too_short)?;
    let mut count = [0; 4];
    count.copy_from_slice(&block[count_start..]);
    let restarts = (u32::from_le_bytes(count) as usize).checked_mul(4);
    let end = restarts.and_then(|restarts| count_start.checked_sub(restarts));
    let mut cursor = Cursor::new(&block[..end.ok_or_else(too_short)?], at);
    let mut entries: Vec<TableEntry> = Vec::new();
    while !cursor.is_empty() {
        let (n_shared, n_fresh, n_value) = (cursor.length()?, cursor.length()?, cursor.length()?);
        let before = entries.last().map_or(&[][..], |entry| &entry.key);
        let Some(shared) = before.get(..n_shared) else {
            return Err(Damage::new(
                "a key shares more than the key before it has",
                at,
            ));
        };
        let key = [shared, cursor.take(n_fresh)?].concat();
        let value = cursor.take(n_value)?.to_vec();
        entries.push(TableEntry { key, value });
    }
    Ok(entries)
}
