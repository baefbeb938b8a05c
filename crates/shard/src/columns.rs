//! Converts examples to Arrow columns and back.

use std::sync::Arc;

use arrow_array::types::{ArrowPrimitiveType, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{
    ArrayRef, ListArray, PrimitiveArray, RecordBatch, UInt32Array, UInt64Array, cast::AsArray as _,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef};
use segment::{ByteSpan, PieceId};
use sop::{Example, ExampleKey, ExampleSource};

/// The most pieces of an example, because unit and sentence ends are stored in 16 bits.
pub const MAX_LENGTH: usize = u16::MAX as usize;
/// The number of rows in every record batch but the last.
pub(crate) const BATCH_ROWS: usize = 1024;

/// The width of a piece id on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceWidth {
    /// Two bytes, for vocabularies of up to 65,536 pieces.
    Two,
    /// Four bytes, for larger vocabularies.
    Four,
}

impl PieceWidth {
    /// The width that a vocabulary of `n_pieces` pieces needs.
    pub const fn of(n_pieces: usize) -> Self {
        if n_pieces <= 1 << 16 {
            Self::Two
        } else {
            Self::Four
        }
    }

    const fn data_type(self) -> DataType {
        match self {
            Self::Two => DataType::UInt16,
            Self::Four => DataType::UInt32,
        }
    }
}

// The indices of the columns.
const KEY: usize = 0;
const PATH: usize = 1;
const RECORD: usize = 2;
const TEXT_START: usize = 3;
const TEXT_END: usize = 4;
const PIECES: usize = 5;
const UNIT_ENDS: usize = 6;
const SENTENCE_ENDS: usize = 7;
const CUT_ENDS: usize = 8;

/// The schema of a file; no value is ever null.
pub(crate) fn schema(width: PieceWidth) -> SchemaRef {
    let number = |name, data_type| Field::new(name, data_type, false);
    let list = |name, data_type| Field::new(name, DataType::List(item(data_type)), false);
    Arc::new(Schema::new(vec![
        number("key", DataType::UInt64),
        number("path", DataType::UInt32),
        number("record", DataType::UInt64),
        number("text_start", DataType::UInt32),
        number("text_end", DataType::UInt32),
        list("pieces", width.data_type()),
        list("unit_ends", DataType::UInt16),
        list("sentence_ends", DataType::UInt16),
        list("cut_ends", DataType::UInt16),
    ]))
}

fn item(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("item", data_type, false))
}

/// An example to be written.
pub(crate) struct Row {
    /// The document's file, as an index into the manifest's paths.
    pub path_index: u32,
    pub example: Example,
}

/// Makes a record batch of rows.
pub(crate) fn record_batch(rows: &[Row], width: PieceWidth) -> Result<RecordBatch, ArrowError> {
    let each = || rows.iter().map(|row| &row.example);
    let narrow = |number: &u32| *number as u16;
    let pieces: ArrayRef = match width {
        PieceWidth::Two => list::<UInt16Type, _>(each().map(Example::pieces), |id| id.get() as u16),
        PieceWidth::Four => list::<UInt32Type, _>(each().map(Example::pieces), |id| id.get()),
    };
    let u32s = |numbers: &mut dyn Iterator<Item = u32>| -> ArrayRef {
        Arc::new(UInt32Array::from_iter_values(numbers))
    };
    let u64s = |numbers: &mut dyn Iterator<Item = u64>| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(numbers))
    };
    let columns = vec![
        u64s(&mut each().map(|example| example.key().get())),
        u32s(&mut rows.iter().map(|row| row.path_index)),
        u64s(&mut each().map(|example| example.source().record)),
        u32s(&mut each().map(|example| example.source().text.start)),
        u32s(&mut each().map(|example| example.source().text.end)),
        pieces,
        list::<UInt16Type, _>(each().map(Example::unit_ends), narrow),
        list::<UInt16Type, _>(each().map(Example::sentence_ends), narrow),
        list::<UInt16Type, _>(each().map(Example::cut_ends), narrow),
    ];
    RecordBatch::try_new(schema(width), columns)
}

/// A column of lists, one list per row.
fn list<'e, T: ArrowPrimitiveType, I: 'e>(
    rows: impl Iterator<Item = &'e [I]> + Clone,
    number: impl Fn(&I) -> T::Native,
) -> ArrayRef {
    let n_numbers = rows.clone().map(<[I]>::len).sum();
    let mut numbers = Vec::with_capacity(n_numbers);
    let lengths = rows.clone().map(<[I]>::len);
    let offsets = OffsetBuffer::from_lengths(lengths);
    for row in rows {
        numbers.extend(row.iter().map(&number));
    }
    let values = PrimitiveArray::<T>::new(numbers.into(), None);
    Arc::new(ListArray::new(
        item(T::DATA_TYPE),
        offsets,
        Arc::new(values),
        None,
    ))
}

/// Reads the example of a row. `paths` and `n_pieces` are the manifest's paths and the size of its vocabulary.
pub(crate) fn example(
    batch: &RecordBatch,
    row: usize,
    paths: &[Arc<str>],
    n_pieces: usize,
) -> Result<Example, String> {
    let short = |column| batch.column(column).as_primitive::<UInt32Type>().value(row);
    let long = |column| batch.column(column).as_primitive::<UInt64Type>().value(row);
    let ends = |column| -> Vec<u32> {
        let ends = values::<UInt16Type>(batch, column, row);
        ends.iter().map(|end| u32::from(*end)).collect()
    };
    let pieces: Vec<PieceId> = match PieceWidth::of(n_pieces) {
        PieceWidth::Two => {
            let ids = values::<UInt16Type>(batch, PIECES, row).iter();
            ids.map(|id| PieceId::new(u32::from(*id))).collect()
        }
        PieceWidth::Four => {
            let ids = values::<UInt32Type>(batch, PIECES, row).iter();
            ids.map(|id| PieceId::new(*id)).collect()
        }
    };
    // The rest of the program uses ids to index without checks.
    if let Some(id) = pieces.iter().find(|id| id.index() >= n_pieces) {
        return Err(format!(
            "row {row} has the piece {}, but the vocabulary has {n_pieces}",
            id.get()
        ));
    }
    let path = paths.get(short(PATH) as usize);
    let source = ExampleSource {
        path: Arc::clone(
            path.ok_or_else(|| format!("row {row}: its path is not in the manifest"))?,
        ),
        record: long(RECORD),
        text: ByteSpan {
            start: short(TEXT_START),
            end: short(TEXT_END),
        },
    };
    let key = ExampleKey::from_raw(long(KEY));
    Example::new(key, source, pieces, ends(UNIT_ENDS), ends(SENTENCE_ENDS))
        .and_then(|example| example.with_cut_ends(ends(CUT_ENDS)))
        .map_err(|error| error.to_string())
}

/// The numbers of a row's list, without copying.
fn values<T: ArrowPrimitiveType>(batch: &RecordBatch, column: usize, row: usize) -> &[T::Native] {
    let lists = batch.column(column).as_list::<i32>();
    let offsets = lists.value_offsets();
    let range = offsets[row] as usize..offsets[row + 1] as usize;
    &lists.values().as_primitive::<T>().values()[range]
}
