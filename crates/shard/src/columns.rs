//! Examples to Arrow columns and back.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, ListBuilder, PrimitiveArray, PrimitiveBuilder, RecordBatch,
    UInt32Array, UInt64Array,
};
use arrow::datatypes::{ArrowPrimitiveType, DataType, UInt16Type, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use segment::{ByteSpan, PieceId};
use sop::{Example, ExampleKey, ExampleSource};

/// Unit and sentence ends are 16 bits wide.
pub const MAX_LENGTH: usize = u16::MAX as usize;

/// How wide piece ids are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceWidth {
    /// Two bytes: vocabularies up to 65,536 pieces.
    Two,
    /// Four bytes.
    Four,
}

impl PieceWidth {
    /// The width that a vocabulary of so many pieces needs.
    pub const fn of(n_pieces: usize) -> Self {
        if n_pieces <= 1 << 16 {
            Self::Two
        } else {
            Self::Four
        }
    }
}

/// A batch of rows; `path` gives an example's file as a place in the manifest.
pub(crate) fn rows(
    examples: &[(u32, &Example)],
    width: PieceWidth,
) -> Result<RecordBatch, ArrowError> {
    let each = || examples.iter().map(|(_, example)| *example);
    let pieces: ArrayRef = match width {
        PieceWidth::Two => list::<UInt16Type, _>(each().map(|e| e.pieces()), |id| id.get() as u16),
        PieceWidth::Four => list::<UInt32Type, _>(each().map(|e| e.pieces()), |id| id.get()),
    };
    let span = |of: fn(ByteSpan) -> u32| -> ArrayRef {
        Arc::new(UInt32Array::from_iter_values(
            each().map(|e| of(e.source().text)),
        ))
    };
    RecordBatch::try_from_iter([
        (
            "key",
            Arc::new(UInt64Array::from_iter_values(each().map(|e| e.key().get()))) as ArrayRef,
        ),
        (
            "path",
            Arc::new(UInt32Array::from_iter_values(
                examples.iter().map(|(path, _)| *path),
            )),
        ),
        (
            "record",
            Arc::new(UInt64Array::from_iter_values(
                each().map(|e| e.source().record),
            )),
        ),
        ("text_start", span(|text| text.start)),
        ("text_end", span(|text| text.end)),
        ("pieces", pieces),
        (
            "unit_ends",
            list::<UInt16Type, _>(each().map(Example::unit_ends), |end| *end as u16),
        ),
        (
            "sentence_ends",
            list::<UInt16Type, _>(each().map(Example::sentence_ends), |end| *end as u16),
        ),
    ])
}

fn list<'e, T: ArrowPrimitiveType, I: 'e>(
    rows: impl Iterator<Item = &'e [I]>,
    number: impl Fn(&I) -> T::Native,
) -> ArrayRef {
    let mut builder = ListBuilder::new(PrimitiveBuilder::<T>::new());
    for row in rows {
        for item in row {
            builder.values().append_value(number(item));
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}

/// The example of a row; `paths` are those of the manifest.
pub(crate) fn example(
    batch: &RecordBatch,
    row: usize,
    paths: &[Arc<str>],
) -> Result<Example, String> {
    let pieces = batch
        .column(5)
        .as_list_opt::<i32>()
        .ok_or("no list of pieces")?
        .value(row);
    let pieces: Vec<PieceId> = match pieces.data_type() {
        DataType::UInt16 => values::<UInt16Type>(&pieces)
            .map(|id| PieceId::new(id.into()))
            .collect(),
        _ => values::<UInt32Type>(&pieces).map(PieceId::new).collect(),
    };
    let ends = |column: usize| -> Result<Vec<u32>, String> {
        let ends = batch
            .column(column)
            .as_list_opt::<i32>()
            .ok_or("no list of ends")?
            .value(row);
        Ok(values::<UInt16Type>(&ends).map(u32::from).collect())
    };
    let number = |column: usize| batch.column(column).as_primitive::<UInt32Type>().value(row);
    let wide = |column: usize| batch.column(column).as_primitive::<UInt64Type>().value(row);
    let source = ExampleSource {
        path: Arc::clone(
            paths
                .get(number(1) as usize)
                .ok_or("its path is not in the manifest")?,
        ),
        record: wide(2),
        text: ByteSpan {
            start: number(3),
            end: number(4),
        },
    };
    Example::new(
        ExampleKey::from_raw(wide(0)),
        source,
        pieces,
        ends(6)?,
        ends(7)?,
    )
    .map_err(|error| error.to_string())
}

fn values<T: ArrowPrimitiveType>(array: &ArrayRef) -> impl Iterator<Item = T::Native> + use<'_, T> {
    let array: Option<&PrimitiveArray<T>> = array.as_primitive_opt();
    array
        .into_iter()
        .flat_map(|array| array.values().iter().copied())
}

/// Whether a file has the columns of this version.
pub(crate) fn check(schema: &arrow::datatypes::Schema) -> Result<(), String> {
    const NAMES: [&str; 8] = [
        "key",
        "path",
        "record",
        "text_start",
        "text_end",
        "pieces",
        "unit_ends",
        "sentence_ends",
    ];
    let found: Vec<&str> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    if found == NAMES {
        Ok(())
    } else {
        Err(format!("expected the columns {NAMES:?}, found {found:?}"))
    }
}
