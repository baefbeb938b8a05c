//! Parquet: a document a row, its text in one column.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{Array as _, ArrayRef, LargeStringArray, StringArray, StringViewArray};
use arrow::datatypes::DataType;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};

use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::format::Packing;
use crate::open::{Counter, open};
use crate::place::Place;

/// Rows read at once.
const BATCH_ROWS: usize = 64;

/// The rows of a Parquet file.
pub(crate) struct ParquetRows {
    batches: ParquetRecordBatchReader,
    column: Option<ArrayRef>,
    next_in_column: usize,
    next_row: u64,
    first_row: u64,
    n_rows: u64,
    progress: Option<(Counter, u64)>,
}

impl ParquetRows {
    /// The rows of the row groups that begin in a range.
    pub(crate) fn open(
        file: &CorpusFile,
        part: &Range<u64>,
        counter: &Counter,
    ) -> Result<Self, CorpusError> {
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
                place: Place::Line(1),
                field: field.clone(),
                found: found.join(", "),
            });
        };
        let groups = groups_of(builder.metadata());
        let mine = groups
            .iter()
            .filter(|group| part.contains(&group.first_row));
        let n_rows = mine.clone().map(|group| group.n_rows).sum::<u64>();
        let first_row = mine.clone().map(|group| group.first_row).next();
        let mine = mine.map(|group| group.index).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), [column]);
        let batches = builder
            .with_projection(mask)
            .with_row_groups(mine)
            .with_batch_size(BATCH_ROWS)
            .build();
        Ok(Self {
            batches: batches.map_err(|error| wrong(error.to_string()))?,
            column: None,
            next_in_column: 0,
            next_row: first_row.unwrap_or(0),
            first_row: first_row.unwrap_or(0),
            n_rows: n_rows.max(1),
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
            let n_read = self.next_row + n_rows as u64 - self.first_row;
            let share = n_read as f64 / self.n_rows as f64;
            counter.store((share * *bytes as f64) as u64, Ordering::Relaxed);
        }
    }
}

/// Rows that lie together.
pub(crate) struct RowGroup {
    index: usize,
    /// About where it begins in the file: behind the groups before it.
    pub first_byte: u64,
    first_row: u64,
    pub n_rows: u64,
}

/// The row groups of an unpacked file.
pub(crate) fn row_groups(file: &CorpusFile) -> Result<Vec<RowGroup>, CorpusError> {
    let opened = seekable(file, &Counter::default())?;
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&opened);
    let metadata = metadata.map_err(|error| CorpusError::Parquet {
        path: file.real.clone(),
        reason: error.to_string(),
    })?;
    Ok(groups_of(&metadata))
}

fn groups_of(metadata: &ParquetMetaData) -> Vec<RowGroup> {
    let (mut first_byte, mut first_row) = (0, 0);
    let group = |(index, group): (usize, &RowGroupMetaData)| {
        let n_rows = group.num_rows().max(0) as u64;
        let found = RowGroup {
            index,
            first_byte,
            first_row,
            n_rows,
        };
        first_byte += group.compressed_size().max(0) as u64;
        first_row += n_rows;
        found
    };
    metadata
        .row_groups()
        .iter()
        .enumerate()
        .map(group)
        .collect()
}

/// Parquet is read from its end: a packed file is unpacked into a nameless temporary one first.
fn seekable(file: &CorpusFile, counter: &Counter) -> Result<File, CorpusError> {
    let spill = || -> std::io::Result<File> {
        if file.packing == Packing::None {
            return File::open(&file.real);
        }
        let mut unpacked = open(file, 0, counter).map_err(std::io::Error::other)?;
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
