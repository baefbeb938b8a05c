//! Masked examples as Parquet, read back by the crate `parquet`. (`tests/python/` reads them with pyarrow.)

use arrow_array::types::{ArrowPrimitiveType, Int8Type, Int32Type, UInt8Type, UInt16Type};
use arrow_array::{Array as _, RecordBatch, cast::AsArray as _};
use dataset::write_parquet;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use shard::Split;
use sop::PairObjective;

use crate::rows::{LAST, PREPARED};

fn read(path: &std::path::Path) -> RecordBatch {
    let bytes = bytes::Bytes::from(std::fs::read(path).unwrap());
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let schema = std::sync::Arc::clone(builder.schema());
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    arrow_select::concat::concat_batches(&schema, &batches).unwrap()
}

fn list<T: ArrowPrimitiveType>(batch: &RecordBatch, column: &str, row: usize) -> Vec<T::Native> {
    let column = batch.column_by_name(column).unwrap();
    let values = column.as_list::<i32>().value(row);
    values.as_primitive::<T>().values().to_vec()
}

#[test]
fn a_parquet_file_holds_the_examples_of_an_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("examples.parquet");
    let examples = PREPARED.examples(Split::Train);
    let n = write_parquet(&examples, 3..=3, &out, &mut |_| ()).unwrap();
    let batch = read(&out);
    assert_eq!(
        (n as usize, batch.num_rows()),
        (examples.len(), examples.len())
    );
    let columns: Vec<String> = batch
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(
        columns,
        [
            "input_ids",
            "token_type_ids",
            "masked_lm_positions",
            "masked_lm_ids",
            "next_sentence_label",
            "replacement",
            "ngram",
        ]
    );
    let labels = batch.column_by_name("next_sentence_label").unwrap();
    for row in 0..batch.num_rows() {
        let index = examples.order(3).example(row as u64);
        let drawn = examples.drawn(index as usize, 3).unwrap();
        let ids =
            |ids: &[segment::PieceId]| ids.iter().map(|id| id.get() as i32).collect::<Vec<_>>();
        let masked = &drawn.masked;
        assert_eq!(
            list::<Int32Type>(&batch, "input_ids", row),
            ids(&masked.input_ids)
        );
        assert_eq!(
            list::<Int32Type>(&batch, "masked_lm_ids", row),
            ids(&masked.labels)
        );
        let segments = list::<Int8Type>(&batch, "token_type_ids", row);
        assert!(
            segments
                .iter()
                .zip(&drawn.pair.segment_ids)
                .all(|(a, b)| *a as u8 == *b)
        );
        assert_eq!(segments.len(), masked.input_ids.len());
        let positions = list::<Int32Type>(&batch, "masked_lm_positions", row);
        assert!(
            positions
                .iter()
                .zip(&masked.positions)
                .all(|(a, b)| *a as u32 == *b)
        );
        assert_eq!(positions.len(), masked.positions.len());
        let kinds: Vec<u8> = masked.kinds.iter().map(|kind| *kind as u8).collect();
        assert_eq!(list::<UInt8Type>(&batch, "replacement", row), kinds);
        assert_eq!(list::<UInt16Type>(&batch, "ngram", row), masked.ngrams);
        let labels = labels.as_primitive::<Int8Type>();
        let label = labels.is_valid(row).then(|| labels.value(row) as u8);
        assert_eq!(label, drawn.pair.order_label);
    }
    // Halves of a cut sentence have no label.
    assert!(labels.null_count() > 0 && labels.null_count() < batch.num_rows() / 2);
}

#[test]
fn examples_without_pairs_have_no_order_label() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("examples.parquet");
    let examples = PREPARED
        .examples_with(Split::HeldOut, PairObjective::None, 7)
        .unwrap();
    write_parquet(&examples, 0..=0, &out, &mut |_| ()).unwrap();
    let batch = read(&out);
    let labels = batch.column_by_name("next_sentence_label").unwrap();
    assert_eq!(labels.null_count(), batch.num_rows());
}

#[test]
fn the_bytes_of_a_parquet_file_follow_from_the_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("examples.parquet");
    let bytes = |epoch| {
        let train = PREPARED.examples(Split::Train);
        write_parquet(&train, epoch..=epoch, &out, &mut |_| ()).unwrap();
        std::fs::read(&out).unwrap()
    };
    let first = bytes(0);
    assert!(first == bytes(0));
    assert!(first != bytes(1));
    assert_eq!(fixtures::names(folder.path()), ["examples.parquet"]);
}

#[test]
fn several_epochs_are_written_in_the_order_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("examples.parquet");
    let examples = PREPARED.examples(Split::Train);
    let mut progress = Vec::new();
    let n = write_parquet(&examples, 0..=2, &out, &mut |n| progress.push(n)).unwrap();
    let batch = read(&out);
    assert_eq!((n, n), (batch.num_rows() as u64, 3 * examples.len() as u64));
    assert_eq!(progress.last(), Some(&n));
    let steps = (1..=n).map(|step| examples.step(step, LAST, 1, 1).unwrap());
    for (row, step) in steps.enumerate() {
        let ids = list::<Int32Type>(&batch, "input_ids", row);
        assert_eq!(ids, step.micro_batches[0].input_ids);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let out = file.path().join("a.parquet");
    let error = write_parquet(&PREPARED.examples(Split::Train), 0..=0, &out, &mut |_| ());
    let message = error.unwrap_err().to_string();
    let expect = format!("could not write {}: ", out.display());
    assert!(message.starts_with(&expect), "{message}");
}
