//! Reads Parquet: one record per row, its text in one column.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use crate::error::CorpusError;
use crate::files::CorpusFile;
use crate::open::{ByteCounter, open, open_disk, read_error};
use crate::packing::Packing;
use crate::parquet_column::text_column;
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
    /// The definition level of a value: how many of its path's fields may be missing or repeated.
    value_level: i16,
    /// Indices of the row groups that are still to be read.
    groups: VecDeque<usize>,
    column: Option<ColumnReaderImpl<ByteArrayType>>,
    /// The texts of rows that were read and not returned yet.
    waiting: VecDeque<RowText>,
    next_row: u64,
    first_row: u64,
    n_rows: u64,
    /// Whether these are all rows of the file.
    is_whole: bool,
    progress: Option<Progress>,
}

/// The text of a row.
enum RowText {
    Missing,
    Value(ByteArray),
    /// The strings of a list, each on a line of its own.
    Joined(Vec<u8>),
}

impl RowText {
    /// Adds the next string of the row's list.
    fn push(&mut self, next: ByteArray) {
        *self = match std::mem::replace(self, Self::Missing) {
            Self::Missing => Self::Value(next),
            Self::Value(value) => Self::Joined([value.data(), b"\n", next.data()].concat()),
            Self::Joined(mut joined) => {
                joined.push(b'\n');
                joined.extend_from_slice(next.data());
                Self::Joined(joined)
            }
        };
    }
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
        let schema = reader.metadata().file_metadata().schema_descr();
        let value_level = schema.column(column_index).max_def_level();
        let mut groups = groups_of(reader.metadata());
        let n_groups = groups.len();
        groups.retain(|group| part.contains(&group.first_row));
        let is_whole = groups.len() == n_groups;
        let n_rows = groups.iter().map(|group| group.n_rows).sum::<u64>();
        let first_row = groups.first().map_or(0, |group| group.first_row);
        Ok(Self {
            file: reader,
            column_index,
            value_level,
            groups: groups.into_iter().map(|group| group.index).collect(),
            column: None,
            waiting: VecDeque::new(),
            next_row: first_row,
            first_row,
            n_rows: n_rows.max(1),
            is_whole,
            progress: (file.packing == Packing::None).then(|| Progress {
                counter: Arc::clone(counter),
                file_bytes: file.bytes(),
            }),
        })
    }

    /// Whether these are all rows of the file.
    pub(crate) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The next row; a row without a value has no bytes.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, String> {
        if self.waiting.is_empty() {
            let first = self.next_row + 1;
            self.read_batch()
                .map_err(|error| format!("in the rows from {first} on: {error}"))?;
        }
        let Some(text) = self.waiting.pop_front() else {
            return Ok(None);
        };
        let bytes = match text {
            RowText::Missing => Vec::new(),
            RowText::Value(value) => value.data().to_vec(),
            RowText::Joined(joined) => joined,
        };
        let row = self.next_row;
        self.next_row += 1;
        Ok(Some(Record::new(row, Place::Line(row + 1), bytes)))
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
            let (mut levels, mut repeats, mut values) = (Vec::new(), Vec::new(), Vec::new());
            let (definition, repetition) = (Some(&mut levels), Some(&mut repeats));
            let (n_rows, _, _) =
                column.read_records(BATCH_ROWS, definition, repetition, &mut values)?;
            if n_rows == 0 {
                self.column = None;
                continue;
            }
            self.add_rows(&levels, &repeats, values);
            self.report_progress(n_rows);
        }
        Ok(())
    }

    /// Adds rows to those that wait. A column without lists has no `repeats`, and a required column has no `levels` either:
    /// every row has a value.
    fn add_rows(&mut self, levels: &[i16], repeats: &[i16], values: Vec<ByteArray>) {
        let mut values = values.into_iter();
        if levels.is_empty() {
            self.waiting.extend(values.map(RowText::Value));
            return;
        }
        for (index, level) in levels.iter().enumerate() {
            let goes_on = repeats.get(index).is_some_and(|repeat| *repeat > 0);
            if !goes_on {
                self.waiting.push_back(RowText::Missing);
            }
            if *level == self.value_level
                && let (Some(value), Some(row)) = (values.next(), self.waiting.back_mut())
            {
                row.push(value);
            }
        }
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
    if file.packing == Packing::None {
        return open_disk(file);
    }
    let mut unpacked = open(file, 0, counter)?;
    let mut copy = || -> std::io::Result<File> {
        let mut temporary = tempfile::tempfile()?;
        std::io::copy(&mut unpacked, &mut temporary)?;
        Ok(temporary)
    };
    copy().map_err(|source| read_error(file, source))
}
