//! Export of masked examples as a Parquet file.

use std::fs::File;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Int8Builder, Int32Builder, ListBuilder, UInt8Builder, UInt16Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use repro::AtomicFile;

use super::draw::draw_epochs;
use crate::dataset::TrainingExamples;
use crate::drawn::Drawn;
use crate::error::DatasetError;

/// Writes all examples of a side as some epochs show them, in the order in which a run reads them, and returns how many
/// there are. `progress` is called with the number written so far. The file appears under its name when it is whole.
///
/// | column | type | what |
/// | --- | --- | --- |
/// | `input_ids` | list of i32 | pieces after masking, without padding |
/// | `token_type_ids` | list of i8 | segment ids |
/// | `masked_lm_positions` | list of i32 | masked positions |
/// | `masked_lm_ids` | list of i32 | the original pieces at these positions |
/// | `next_sentence_label` | i8 or null | the order label; null if the example has none, so that its order is not learned |
/// | `replacement` | list of u8 | per masked position: 0 similar, 1 random, 2 kept, 3 fallback, 4 `[MASK]` |
/// | `ngram` | list of u16 | per masked position: which n-gram of the example it belongs to |
///
/// An example has no order label if no pairs are drawn, if it is a single sentence, or if its texts meet inside a sentence
/// that was cut.
pub fn write_parquet(
    examples: &TrainingExamples,
    epochs: RangeInclusive<u64>,
    out: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, DatasetError> {
    let file = AtomicFile::create(out).map_err(|error| DatasetError::write(out, &error))?;
    let target = file.file().try_clone();
    let target = target.map_err(|error| DatasetError::write(out, &error))?;
    let mut writer = writer(target).map_err(|error| DatasetError::write(out, &error))?;
    let n_written = draw_epochs(examples, epochs, |n_before, drawn| {
        let batch = rows(drawn).map_err(|error| DatasetError::write(out, &error))?;
        writer
            .write(&batch)
            .map_err(|error| DatasetError::write(out, &error))?;
        progress(n_before + drawn.len() as u64);
        Ok(())
    })?;
    writer
        .close()
        .map_err(|error| DatasetError::write(out, &error))?;
    file.commit()
        .map_err(|error| DatasetError::write(out, &error))?;
    Ok(n_written)
}

fn writer(target: File) -> Result<ArrowWriter<File>, parquet::errors::ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    ArrowWriter::try_new(target, rows(&[])?.schema(), Some(properties))
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
