//! Parquet: a document a row, its text in one column.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{Array as _, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use arrow::datatypes::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::format::Packing;
use crate::open::{Counter, open};

/// Rows read at once.
const BATCH_ROWS: usize = 64;

/// The rows of a Parquet file.
pub(crate) struct ParquetRows {
    batches: ParquetRecordBatchReader,
    column: Option<ArrayRef>,
    next_in_column: usize,
    next_row: u64,
    n_rows: u64,
    progress: Option<(Counter, u64)>,
}

impl ParquetRows {
    pub(crate) fn open(file: &CorpusFile, counter: &Counter) -> Result<Self, CorpusError> {
        let wrong = |reason: String| CorpusError::Parquet {
            path: file.real.clone(),
            reason,
        };
        let seekable = seekable(file, counter)?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(seekable)
            .map_err(|error| wrong(error.to_string()))?;
        let field = &file.options.text_field;
        let fields = builder.schema().fields();
        let is_text = |kind: &DataType| {
            matches!(
                kind,
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
            )
        };
        let Some(column) = fields
            .iter()
            .position(|f| f.name() == field && is_text(f.data_type()))
        else {
            let found: Vec<String> = fields
                .iter()
                .map(|f| format!("`{}` ({})", f.name(), f.data_type()))
                .collect();
            return Err(CorpusError::Field {
                path: file.real.clone(),
                line: 1,
                field: field.clone(),
                found: found.join(", "),
            });
        };
        let n_rows = builder.metadata().file_metadata().num_rows();
        let mask = ProjectionMask::roots(builder.parquet_schema(), [column]);
        let batches = builder
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build();
        Ok(Self {
            batches: batches.map_err(|error| wrong(error.to_string()))?,
            column: None,
            next_in_column: 0,
            next_row: 0,
            n_rows: n_rows.max(1) as u64,
            progress: (file.packing == Packing::None).then(|| (Arc::clone(counter), file.bytes())),
        })
    }

    /// The next row's number and text; `None` as text where the row has none.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Option<String>)>, String> {
        loop {
            if let Some(column) = &self.column
                && self.next_in_column < column.len()
            {
                let text = string_at(column, self.next_in_column);
                let row = self.next_row;
                self.next_in_column += 1;
                self.next_row += 1;
                return Ok(Some((row, text)));
            }
            match self.batches.next() {
                None => return Ok(None),
                Some(Err(error)) => return Err(error.to_string()),
                Some(Ok(batch)) => {
                    self.count(batch.num_rows());
                    self.column = Some(batch.column(0).clone());
                    self.next_in_column = 0;
                }
            }
        }
    }
}

impl ParquetRows {
    /// Says how far reading is: Parquet is read here and there, so in shares of the rows.
    fn count(&self, n_rows: usize) {
        if let Some((counter, bytes)) = &self.progress {
            let share = (self.next_row + n_rows as u64) as f64 / self.n_rows as f64;
            counter.store((share * *bytes as f64) as u64, Ordering::Relaxed);
        }
    }
}

/// Parquet is read from its end: a packed file is unpacked into a nameless temporary one first.
fn seekable(file: &CorpusFile, counter: &Counter) -> Result<File, CorpusError> {
    let spill = || -> std::io::Result<File> {
        if file.packing == Packing::None {
            return File::open(&file.real);
        }
        let mut unpacked = open(file, counter).map_err(std::io::Error::other)?;
        let mut spilled = tempfile::tempfile()?;
        std::io::copy(&mut unpacked, &mut spilled)?;
        Ok(spilled)
    };
    spill().map_err(|source| CorpusError::Read {
        path: file.real.clone(),
        source,
    })
}

fn string_at(column: &ArrayRef, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    let any = column.as_any();
    let text = if let Some(strings) = any.downcast_ref::<StringArray>() {
        strings.value(row)
    } else if let Some(strings) = any.downcast_ref::<LargeStringArray>() {
        strings.value(row)
    } else {
        any.downcast_ref::<StringViewArray>()?.value(row)
    };
    Some(text.to_owned())
}
