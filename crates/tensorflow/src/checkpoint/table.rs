//! The sorted table of key and value that an index is, and a file of the older format: the layout of `LevelDB`'s tables.
//!
//! | where | what |
//! | --- | --- |
//! | any place | blocks: entries, restart offsets, their count; then 1 byte of compression and a masked CRC-32C |
//! | last 48 bytes | two block handles (metaindex, index), padded to 40 bytes; the magic number |
//!
//! The index block maps a key not smaller than any of a block to the block's handle.
//!
//! Whatever a file says, reading it takes memory in proportion to its size: data blocks must not overlap, keys must rise, a
//! block may not claim to decompress to more than Snappy can make of it, and the keys together are limited, because each one
//! can share all of the key before it.

use super::cursor::{Cursor, Damage};
use crate::record::is_checksum;

/// The last eight bytes of a table, little-endian.
const MAGIC: u64 = 0xdb47_7524_8b80_fb57;
pub(super) const FOOTER_BYTES: usize = 48;
/// Behind each block: its compression, and the checksum of block and compression.
const TRAILER_BYTES: usize = 5;
const RAW: u8 = 0;
const SNAPPY: u8 = 1;
/// Snappy makes at most 64 bytes of a copy of 3 bytes.
const LARGEST_SNAPPY_RATIO: usize = 22;
/// The most bytes of all keys together. BERT large with the optimizer's tensors has about 0.1 MB.
const MOST_KEY_BYTES: usize = 1 << 26;
/// What an entry counts for beside its key, so that the number of entries is limited too.
const ENTRY_BYTES: usize = 64;

/// A key and its value.
pub(super) struct TableEntry {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
}

/// Where a block lies.
struct Handle {
    offset: usize,
    size: usize,
}

/// Whether a file ends as a table does.
pub(super) fn is_table(file: &[u8]) -> bool {
    file.len() >= FOOTER_BYTES && file[file.len() - 8..] == MAGIC.to_le_bytes()
}

/// Reads all entries, in order. Every checksum is verified.
pub(super) fn read_table(file: &[u8]) -> Result<Vec<TableEntry>, Damage> {
    let Some(start) = file.len().checked_sub(FOOTER_BYTES) else {
        return Err(Damage::new("the file is too short for a table", 0));
    };
    if !is_table(file) {
        let what = "the magic number at the end is not a table's";
        return Err(Damage::new(what, file.len() - 8));
    }
    let mut footer = Cursor::new(&file[start..], start);
    let _metaindex = handle(&mut footer)?;
    let index = handle(&mut footer)?;
    let mut budget = MOST_KEY_BYTES;
    let mut handles = Vec::new();
    push_entries(
        &block(file, &index)?,
        index.offset,
        &mut handles,
        &mut budget,
    )?;
    let mut entries = Vec::new();
    let mut end = 0;
    for entry in handles {
        let at = handle(&mut Cursor::new(&entry.value, index.offset))?;
        if at.offset < end {
            return Err(Damage::new("two blocks overlap", at.offset));
        }
        push_entries(&block(file, &at)?, at.offset, &mut entries, &mut budget)?;
        end = at.offset + at.size + TRAILER_BYTES;
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
    let mut stored = [0; 4];
    stored.copy_from_slice(checksum);
    if !is_checksum(u32::from_le_bytes(stored), checked) {
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
        let what = "a block claims more bytes than it can hold";
        return Err(Damage::new(what, at));
    }
    snap::raw::Decoder::new()
        .decompress_vec(contents)
        .map_err(damaged)
}

/// Appends the entries of a block. Each key shares its beginning with the key before it in the block.
fn push_entries(
    block: &[u8],
    at: usize,
    entries: &mut Vec<TableEntry>,
    budget: &mut usize,
) -> Result<(), Damage> {
    let mut cursor = Cursor::new(without_restarts(block, at)?, at);
    let first = entries.len();
    while !cursor.is_empty() {
        let (n_shared, n_fresh, n_value) = (cursor.length()?, cursor.length()?, cursor.length()?);
        let fresh = cursor.take(n_fresh)?;
        let before = entries[first..].last().map_or(&[][..], |entry| &entry.key);
        let Some(shared) = before.get(..n_shared) else {
            let what = "a key shares more than the key before it has";
            return Err(Damage::new(what, at));
        };
        let cost = n_shared.saturating_add(n_fresh).saturating_add(ENTRY_BYTES);
        let Some(rest) = budget.checked_sub(cost) else {
            return Err(Damage::new("the keys are too many or too long", at));
        };
        *budget = rest;
        let key = [shared, fresh].concat();
        if entries.last().is_some_and(|entry| entry.key >= key) {
            return Err(Damage::new("the keys do not rise", at));
        }
        let value = cursor.take(n_value)?.to_vec();
        entries.push(TableEntry { key, value });
    }
    Ok(())
}

/// The entries of a block, without the restart offsets behind them, which only a search needs.
fn without_restarts(block: &[u8], at: usize) -> Result<&[u8], Damage> {
    let entries = block.split_last_chunk::<4>().and_then(|(rest, count)| {
        let restarts = (u32::from_le_bytes(*count) as usize).checked_mul(4)?;
        rest.get(..rest.len().checked_sub(restarts)?)
    });
    entries.ok_or_else(|| Damage::new("a block is too short for its restarts", at))
}

#[cfg(test)]
mod tests {
    use super::{Handle, MOST_KEY_BYTES, RAW, SNAPPY, block, push_entries};
    use crate::record::masked;

    /// Entries without values, each with so many shared and fresh bytes.
    fn block_of(entries: &[(u8, &[u8])]) -> Vec<u8> {
        let mut block = Vec::new();
        for (shared, fresh) in entries {
            block.extend([*shared, fresh.len() as u8, 0]);
            block.extend(*fresh);
        }
        block.extend(0_u32.to_le_bytes());
        block
    }

    fn keys(block: &[u8], mut budget: usize) -> Result<Vec<Vec<u8>>, &'static str> {
        let mut entries = Vec::new();
        push_entries(block, 0, &mut entries, &mut budget).map_err(|damage| damage.what)?;
        Ok(entries.into_iter().map(|entry| entry.key).collect())
    }

    #[test]
    fn a_key_begins_as_the_key_before_it() {
        let shared = block_of(&[(0, b"bert"), (2, b"ta"), (4, b"/x")]);
        let expected = [&b"bert"[..], b"beta", b"beta/x"];
        assert_eq!(keys(&shared, MOST_KEY_BYTES).expect("a block"), expected);
        let too_much = block_of(&[(0, b"a"), (2, b"b")]);
        assert!(keys(&too_much, MOST_KEY_BYTES).is_err());
        let equal = block_of(&[(0, b"a"), (1, b"")]);
        assert_eq!(keys(&equal, MOST_KEY_BYTES), Err("the keys do not rise"));
    }

    #[test]
    fn keys_that_share_much_are_limited_together() {
        let growing: Vec<(u8, &[u8])> = (0..100).map(|shared| (shared, &b"a"[..])).collect();
        assert!(keys(&block_of(&growing), 1 << 14).is_ok());
        let error = "the keys are too many or too long";
        assert_eq!(keys(&block_of(&growing), 1 << 13), Err(error));
    }

    /// What a file with this block says of it.
    fn read(contents: &[u8], compression: u8) -> Result<Vec<u8>, &'static str> {
        let checked = [contents, &[compression]].concat();
        let checksum = masked(crc32c::crc32c(&checked)).to_le_bytes();
        let at = Handle {
            offset: 0,
            size: contents.len(),
        };
        block(&[checked, checksum.to_vec()].concat(), &at).map_err(|damage| damage.what)
    }

    #[test]
    fn blocks_may_be_compressed_with_snappy() {
        let contents = "bert/encoder/layer_".repeat(40).into_bytes();
        let packed = snap::raw::Encoder::new().compress_vec(&contents);
        let packed = packed.expect("compressed");
        assert!(packed.len() < contents.len() / 4);
        assert_eq!(read(&packed, SNAPPY).as_ref(), Ok(&contents));
        assert_eq!(read(&contents, RAW).as_ref(), Ok(&contents));
        assert_eq!(
            read(&packed, 2),
            Err("the compression of a block is not known")
        );
        assert_eq!(
            read(&packed[..packed.len() - 1], SNAPPY),
            Err("a block is not valid Snappy")
        );
        let claims = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x00];
        assert_eq!(
            read(&claims, SNAPPY),
            Err("a block claims more bytes than it can hold")
        );
    }
}
