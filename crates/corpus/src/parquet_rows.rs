//! Reads Parquet: one record per row, its text in one column.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parquet::basic::{ConvertedType, Type};
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::format::Packing;
use crate::open::{ByteCounter, open};
use crate::place::Place;
use crate::record::Record;

/// Rows that are read at once.
const BATCH_ROWS: usize = 64;

/// The rows of a Parquet file.
///
/// The column is read as the bytes that it holds, without arrow. Arrow checks that the strings of a whole batch are
/// UTF-8, so that one invalid string would end the file. Reading bytes also treats three cases alike: plain strings,
/// strings stored through a dictionary, and byte arrays that are not declared as text.
pub(crate) struct ParquetRows {
    file: SerializedFileReader<File>,
    /// The index of the column that holds the text.
    column_index: usize,
    /// Indices of the row groups that are still to be read.
    groups: VecDeque<usize>,
    column: Option<ColumnReaderImpl<ByteArrayType>>,
    /// Rows that were read and not returned yet; `None` for a row without a value.
    waiting: VecDeque<Option<ByteArray>>,
    next_row: u64,
    first_row: u64,
    n_rows: u64,
    progress: Option<Progress>,
}

/// Where to report how much of a file that is not packed was read.
struct Progress {
    counter: ByteCounter,
    file_bytes: u64,
}

impl ParquetRows {
    /// Opens the row groups whose first row is in `part`.
    pub(crate) fn open(
        file: &CorpusFile,
        part: &Range<u64>,
        counter: &ByteCounter,
    ) -> Result<Self, CorpusError> {
        let seekable = open_seekable(file, counter)?;
        let reader = SerializedFileReader::new(seekable).map_err(|error| CorpusError::Parquet {
            path: file.disk_path.clone(),
            reason: error.to_string(),
        })?;
        let column_index = text_column(file, reader.metadata())?;
        let mut groups = groups_of(reader.metadata());
        groups.retain(|group| part.contains(&group.first_row));
        let n_rows = groups.iter().map(|group| group.n_rows).sum::<u64>();
        let first_row = groups.first().map_or(0, |group| group.first_row);
        Ok(Self {
            file: reader,
            column_index,
            groups: groups.into_iter().map(|group| group.index).collect(),
            column: None,
            waiting: VecDeque::new(),
            next_row: first_row,
            first_row,
            n_rows: n_rows.max(1),
            progress: (file.packing == Packing::None).then(|| Progress {
                counter: Arc::clone(counter),
                file_bytes: file.bytes(),
            }),
        })
    }

    /// The next row; a row without a value has no bytes.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, String> {
        if self.waiting.is_empty() {
            let first = self.next_row + 1;
            self.read_batch()
                .map_err(|error| format!("in the rows from {first} on: {error}"))?;
        }
        let Some(bytes) = self.waiting.pop_front() else {
            return Ok(None);
        };
        let row = self.next_row;
        self.next_row += 1;
        let bytes = bytes.map(|bytes| bytes.data().to_vec());
        let place = Place::Line(row + 1);
        Ok(Some(Record::new(row, place, bytes.unwrap_or_default())))
    }

    /// Reads rows of the current row group, or of the next one that has any; none at the end.
    fn read_batch(&mut self) -> Result<(), ParquetError> {
        while self.waiting.is_empty() {
            let Some(column) = &mut self.column else {
                let Some(next) = self.groups.pop_front() else {
                    return Ok(());
                };
                let group = self.file.get_row_group(next)?;
                let column = group.get_column_reader(self.column_index)?;
                self.column = Some(get_typed_column_reader(column));
                continue;
            };
            let (mut levels, mut values) = (Vec::new(), Vec::new());
            let (n_rows, _, _) =
                column.read_records(BATCH_ROWS, Some(&mut levels), None, &mut values)?;
            if n_rows == 0 {
                self.column = None;
                continue;
            }
            let mut values = values.into_iter();
            if levels.is_empty() {
                self.waiting.extend(values.map(Some)); // a required column: every row has a value
            } else {
                let rows = levels.iter();
                self.waiting
                    .extend(rows.map(|level| if *level > 0 { values.next() } else { None }));
            }
            self.report_progress(n_rows);
        }
        Ok(())
    }

    /// Reports progress by the share of rows. The position in the file says nothing, because Parquet is not read in
    /// order.
    fn report_progress(&self, n_rows: usize) {
        if let Some(progress) = &self.progress {
            let n_read = self.next_row + n_rows as u64 - self.first_row;
            let share = n_read as f64 / self.n_rows as f64;
            let bytes = (share * progress.file_bytes as f64) as u64;
            progress.counter.store(bytes, Ordering::Relaxed);
        }
    }
}

/// The index of the column that holds the text.
fn text_column(file: &CorpusFile, metadata: &ParquetMetaData) -> Result<usize, CorpusError> {
    let columns = metadata.file_metadata().schema_descr().columns();
    let field = &file.options.text_field;
    let index = columns.iter().position(|column| holds_text(column, field));
    index.ok_or_else(|| {
        let found: Vec<String> = columns.iter().map(|column| description(column)).collect();
        CorpusError::Field {
            path: file.disk_path.clone(),
            place: Place::Line(1),
            field: field.clone(),
            found: found.join(", "),
        }
    })
}

/// Whether a column has the name of the text field and one string or byte array per row.
fn holds_text(column: &ColumnDescriptor, field: &str) -> bool {
    column.path().parts() == [field]
        && column.physical_type() == Type::BYTE_ARRAY
        && column.converted_type() != ConvertedType::DECIMAL
        && column.max_rep_level() == 0
}

/// A column, as a message shows it.
fn description(column: &ColumnDescriptor) -> String {
    format!("`{}` ({})", column.path().string(), column.physical_type())
}

/// A row group: rows that are stored together.
pub(crate) struct RowGroup {
    index: usize,
    /// About where the group begins in the file: the sum of the sizes of the groups before it.
    pub(crate) first_byte: u64,
    first_row: u64,
    pub(crate) n_rows: u64,
}

/// Reads the row groups of a file that is not packed.
pub(crate) fn row_groups(file: &CorpusFile) -> Result<Vec<RowGroup>, CorpusError> {
    let opened = open_seekable(file, &ByteCounter::default())?;
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&opened);
    let metadata = metadata.map_err(|error| CorpusError::Parquet {
        path: file.disk_path.clone(),
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

/// Opens a file for reading at any position, because Parquet is read from its end. A packed file is unpacked into an
/// unnamed temporary file first.
fn open_seekable(file: &CorpusFile, counter: &ByteCounter) -> Result<File, CorpusError> {
    let open_file = || -> std::io::Result<File> {
        if file.packing == Packing::None {
            return File::open(&file.disk_path);
        }
        let mut unpacked = open(file, 0, counter).map_err(std::io::Error::other)?;
        let mut temporary = tempfile::tempfile()?;
        std::io::copy(&mut unpacked, &mut temporary)?;
        Ok(temporary)
    };
    open_file().map_err(|source| CorpusError::Read {
        path: file.disk_path.clone(),
        source,
    })
}
