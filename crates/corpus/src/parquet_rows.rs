//! Parquet: a document a row, its text in one column.

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
use crate::open::{Counter, open};
use crate::place::Place;

/// Rows read at once.
const BATCH_ROWS: usize = 64;

/// A row's number and bytes; `None` where it holds nothing.
type Row = (u64, Option<Vec<u8>>);

/// The rows of a Parquet file.
///
/// The column is read as the bytes that it holds, below arrow: arrow checks that the strings of a whole batch are UTF-8,
/// so that one that is not would end the file. Strings laid down through a dictionary and byte arrays that nobody has
/// called text are the same bytes here.
pub(crate) struct ParquetRows {
    file: SerializedFileReader<File>,
    /// Which of the columns holds the text.
    column_index: usize,
    /// The row groups that are left to read.
    groups: VecDeque<usize>,
    column: Option<ColumnReaderImpl<ByteArrayType>>,
    /// Rows that were read and not given out; `None` where one holds nothing.
    waiting: VecDeque<Option<ByteArray>>,
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
        let seekable = seekable(file, counter)?;
        let reader = SerializedFileReader::new(seekable).map_err(|error| CorpusError::Parquet {
            path: file.real.clone(),
            reason: error.to_string(),
        })?;
        let metadata = reader.metadata().file_metadata();
        let columns = metadata.schema_descr().columns();
        let field = &file.options.text_field;
        let Some(column_index) = columns.iter().position(|column| holds_text(column, field)) else {
            let found: Vec<String> = columns.iter().map(|column| described(column)).collect();
            return Err(CorpusError::Field {
                path: file.real.clone(),
                place: Place::Line(1),
                field: field.clone(),
                found: found.join(", "),
            });
        };
        let mut mine = groups_of(reader.metadata());
        mine.retain(|group| part.contains(&group.first_row));
        let n_rows = mine.iter().map(|group| group.n_rows).sum::<u64>();
        let first_row = mine.first().map_or(0, |group| group.first_row);
        Ok(Self {
            file: reader,
            column_index,
            groups: mine.into_iter().map(|group| group.index).collect(),
            column: None,
            waiting: VecDeque::new(),
            next_row: first_row,
            first_row,
            n_rows: n_rows.max(1),
            progress: (file.packing == Packing::None).then(|| (Arc::clone(counter), file.bytes())),
        })
    }

    /// The next row.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, String> {
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
        Ok(Some((row, bytes.map(|bytes| bytes.data().to_vec()))))
    }

    /// Reads rows of the group at hand, or of the next that has any; none at the file's end.
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
                self.waiting.extend(values.map(Some)); // a column that every row has to fill
            } else {
                let rows = levels.iter();
                self.waiting
                    .extend(rows.map(|level| if *level > 0 { values.next() } else { None }));
            }
            self.count(n_rows);
        }
        Ok(())
    }

    /// Says how far reading is: Parquet is read here and there, so in shares of the rows.
    fn count(&self, n_rows: usize) {
        if let Some((counter, bytes)) = &self.progress {
            let n_read = self.next_row + n_rows as u64 - self.first_row;
            let share = n_read as f64 / self.n_rows as f64;
            counter.store((share * *bytes as f64) as u64, Ordering::Relaxed);
        }
    }
}

/// Whether a column is the one that is asked for and holds a string of bytes a row.
fn holds_text(column: &ColumnDescriptor, field: &str) -> bool {
    column.path().parts() == [field]
        && column.physical_type() == Type::BYTE_ARRAY
        && column.converted_type() != ConvertedType::DECIMAL
        && column.max_rep_level() == 0
}

/// A column as an error names it.
fn described(column: &ColumnDescriptor) -> String {
    format!("`{}` ({})", column.path().string(), column.physical_type())
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
