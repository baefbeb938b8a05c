//! Opens a file of examples: verifies it, maps it into memory, and decodes its record batches without copying.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, root_as_footer};
use bytes::Bytes;
use memmap2::Mmap;
use repro::sha256_hex;

use crate::columns::{BATCH_ROWS, PieceWidth, schema};
use crate::error::ShardError;
use crate::manifest::ShardFile;

/// The bytes at the end of an Arrow file: the length of the footer, and the magic.
const TRAILER_BYTES: usize = 10;

/// Opens a file. Refuses it unless its size, hash, columns and number of examples are those of the manifest.
#[expect(unsafe_code, reason = "a memory map makes random access cheap")]
pub(crate) fn open_file(
    path: &Path,
    expected: &ShardFile,
    width: PieceWidth,
) -> Result<Vec<RecordBatch>, ShardError> {
    let read = |source| ShardError::Read {
        path: path.to_path_buf(),
        source,
    };
    let damaged = |what, expected: String, found: String| {
        Err(ShardError::Damaged {
            path: path.to_path_buf(),
            what,
            expected,
            found,
        })
    };
    let file = File::open(path).map_err(read)?;
    // SAFETY: a shard is renamed into place when it is complete, and never written again, so the mapped bytes do not
    // change.
    let map = unsafe { Mmap::map(&file) }.map_err(read)?;
    let n_bytes = map.len() as u64;
    if n_bytes != expected.bytes {
        let expected = expected.bytes.to_string();
        return damaged("its size in bytes", expected, n_bytes.to_string());
    }
    let sha256 = sha256_hex(&map[..]);
    if sha256 != expected.sha256 {
        return damaged("its SHA-256", expected.sha256.clone(), sha256);
    }
    let batches = decode(map, width).map_err(|reason| ShardError::Malformed {
        path: path.to_path_buf(),
        reason,
    })?;
    let n_rows = batches.iter().map(RecordBatch::num_rows).sum::<usize>();
    if n_rows as u64 != expected.n_examples {
        let expected = expected.n_examples.to_string();
        return damaged("its number of examples", expected, n_rows.to_string());
    }
    Ok(batches)
}

fn decode(map: Mmap, width: PieceWidth) -> Result<Vec<RecordBatch>, String> {
    let bytes = Buffer::from(Bytes::from_owner(map));
    let (rest, trailer) = bytes
        .split_last_chunk::<TRAILER_BYTES>()
        .ok_or("it is too short")?;
    let footer_length = read_footer_length(*trailer).map_err(|error| error.to_string())?;
    let start = rest.len().checked_sub(footer_length);
    let footer = &rest[start.ok_or("its footer is longer than the file")?..];
    let footer = root_as_footer(footer).map_err(|error| error.to_string())?;
    check_columns(footer.schema(), width)?;
    // The decoder copies buffers that are not aligned; requiring alignment makes that an error.
    let decoder = FileDecoder::new(schema(width), footer.version()).with_require_alignment(true);
    let mut batches = Vec::new();
    for block in footer.recordBatches().into_iter().flatten() {
        let data = bytes_of(&bytes, block).ok_or("a record batch lies outside the file")?;
        let batch = decoder.read_record_batch(block, &data);
        batches.extend(batch.map_err(|error| error.to_string())?);
    }
    let full = batches.len().saturating_sub(1);
    let is_full = |batch: &RecordBatch| batch.num_rows() == BATCH_ROWS;
    if batches[..full].iter().all(is_full) {
        Ok(batches)
    } else {
        Err(format!(
            "a record batch other than the last does not have {BATCH_ROWS} rows"
        ))
    }
}

fn check_columns(found: Option<arrow_ipc::Schema<'_>>, width: PieceWidth) -> Result<(), String> {
    let found = try_fb_to_schema(found.ok_or("it has no schema")?);
    let found = found.map_err(|error| error.to_string())?;
    let expected = schema(width);
    if found == *expected {
        return Ok(());
    }
    let names = |schema: &arrow_schema::Schema| {
        let column =
            |field: &Arc<arrow_schema::Field>| format!("{}: {}", field.name(), field.data_type());
        schema
            .fields()
            .iter()
            .map(column)
            .collect::<Vec<_>>()
            .join(", ")
    };
    Err(format!(
        "expected the columns [{}], found [{}]",
        names(&expected),
        names(&found)
    ))
}

/// The bytes of a block, or `None` if it is not inside the file.
fn bytes_of(bytes: &Buffer, block: &Block) -> Option<Buffer> {
    let start = usize::try_from(block.offset()).ok()?;
    let metadata = usize::try_from(block.metaDataLength()).ok()?;
    let length = metadata.checked_add(usize::try_from(block.bodyLength()).ok()?)?;
    let fits = start.checked_add(length)? <= bytes.len();
    fits.then(|| bytes.slice_with_length(start, length))
}
