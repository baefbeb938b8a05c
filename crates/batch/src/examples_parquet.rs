//! Masked examples as Parquet, for other frameworks to train on.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int8Builder, Int32Builder, ListBuilder, RecordBatch, UInt8Builder, UInt16Builder,
};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use segment::AsideFile;

use crate::arrays::Drawn;
use crate::source::{ExampleSourceError, TrainingExamples};

const ROWS: usize = 4096;

/// What went wrong with an export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The examples.
    #[error(transparent)]
    Examples(#[from] ExampleSourceError),
    /// The file.
    #[error("could not write {path}: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Writes all examples of a side as an epoch shows them; the file is written aside, synced, and put in its
/// place.
///
/// | column | type | what |
/// | --- | --- | --- |
/// | `input_ids` | list of i32 | pieces after masking, without padding |
/// | `token_type_ids` | list of i8 | segment ids |
/// | `masked_lm_positions` | list of i32 | masked positions |
/// | `masked_lm_ids` | list of i32 | the original pieces there |
/// | `next_sentence_label` | i8 or null | the order label |
/// | `replacement` | list of u8 | per masked position: 0 similar, 1 random, 2 kept, 3 fallback, 4 `[MASK]` |
/// | `ngram` | list of u16 | per masked position: which n-gram of the example it belongs to |
pub fn write_examples(
    examples: &TrainingExamples,
    epoch: u64,
    out: &Path,
) -> Result<u64, ExportError> {
    let file = AsideFile::create(out).map_err(|error| failed(out, &error))?;
    let target = file.file().try_clone();
    let target = target.map_err(|error| failed(out, &error))?;
    write_rows(examples, epoch, target, out)?;
    file.place().map_err(|error| failed(out, &error))?;
    Ok(examples.shards().len() as u64)
}

fn write_rows(
    examples: &TrainingExamples,
    epoch: u64,
    target: File,
    out: &Path,
) -> Result<(), ExportError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let schema = rows(&[]).map_err(|error| failed(out, &error))?.schema();
    let mut writer = ArrowWriter::try_new(target, schema, Some(properties))
        .map_err(|error| failed(out, &error))?;
    let n = examples.shards().len();
    for start in (0..n).step_by(ROWS) {
        let drawn: Vec<Drawn> = (start..(start + ROWS).min(n))
            .map(|index| examples.drawn(index, epoch))
            .collect::<Result<_, _>>()?;
        let batch = rows(&drawn).map_err(|error| failed(out, &error))?;
        writer.write(&batch).map_err(|error| failed(out, &error))?;
    }
    writer.close().map_err(|error| failed(out, &error))?;
    Ok(())
}

fn failed(out: &Path, reason: &dyn std::fmt::Display) -> ExportError {
    ExportError::Write {
        path: out.to_path_buf(),
        reason: reason.to_string(),
    }
}

fn rows(drawn: &[Drawn]) -> Result<RecordBatch, ArrowError> {
    let mut input_ids = ListBuilder::new(Int32Builder::new());
    let mut token_type_ids = ListBuilder::new(Int8Builder::new());
    let mut positions = ListBuilder::new(Int32Builder::new());
    let mut labels = ListBuilder::new(Int32Builder::new());
    let mut order = Int8Builder::new();
    let mut replacement = ListBuilder::new(UInt8Builder::new());
    let mut ngram = ListBuilder::new(UInt16Builder::new());
    for one in drawn {
        input_ids.append_value(one.masked.input_ids.iter().map(|id| Some(id.get() as i32)));
        token_type_ids.append_value(
            one.pair
                .segment_ids
                .iter()
                .map(|segment| Some(*segment as i8)),
        );
        positions.append_value(
            one.masked
                .positions
                .iter()
                .map(|position| Some(*position as i32)),
        );
        labels.append_value(one.masked.labels.iter().map(|id| Some(id.get() as i32)));
        order.append_option(one.pair.order_label.map(|label| label as i8));
        replacement.append_value(one.masked.kinds.iter().map(|kind| Some(*kind as u8)));
        ngram.append_value(one.masked.ngrams.iter().map(|ngram| Some(*ngram)));
    }
    let column = |array: ArrayRef| array;
    RecordBatch::try_from_iter_with_nullable([
        ("input_ids", column(Arc::new(input_ids.finish())), false),
        (
            "token_type_ids",
            column(Arc::new(token_type_ids.finish())),
            false,
        ),
        (
            "masked_lm_positions",
            column(Arc::new(positions.finish())),
            false,
        ),
        ("masked_lm_ids", column(Arc::new(labels.finish())), false),
        (
            "next_sentence_label",
            column(Arc::new(order.finish())),
            true,
        ),
        ("replacement", column(Arc::new(replacement.finish())), false),
        ("ngram", column(Arc::new(ngram.finish())), false),
    ])
}
