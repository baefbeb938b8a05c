//! The shards that most tests read, and the rows of batches without their padding.

use std::sync::LazyLock;

use dataset::{Batch, NO_ORDER_LABEL};
use fixtures::{Prepared, documents};
use masking::Kind;
use sop::ExampleKey;

/// Shards of 60 documents.
pub(crate) static PREPARED: LazyLock<Prepared> = LazyLock::new(|| Prepared::of(&documents(60)));

/// The last step of the runs. It has no effect on masks whose rate is the same in all steps.
pub(crate) const LAST: u64 = 100;

/// A row of a batch without its padding.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub key: ExampleKey,
    pub input_ids: Vec<i32>,
    pub segment_ids: Vec<i32>,
    pub masked: Vec<MaskedPiece>,
    pub order_label: Option<i32>,
}

/// A masked position of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MaskedPiece {
    /// Position in the row.
    pub position: i32,
    pub label: i32,
    pub kind: Kind,
}

/// The order label of an example, if it has one.
fn order_label(batch: &Batch, index: usize) -> Option<i32> {
    let label = batch.order_labels.get(index).copied();
    label.filter(|label| *label != NO_ORDER_LABEL)
}

/// The rows of batches, end to end.
pub(crate) fn rows<'b>(batches: impl IntoIterator<Item = &'b Batch>) -> Vec<Row> {
    batches.into_iter().flat_map(rows_of).collect()
}

fn rows_of(batch: &Batch) -> Vec<Row> {
    let row = |index: usize| {
        let start = index * batch.length;
        let row = start..start + batch.lengths[index] as usize;
        let masked = batch.masked_indices.iter().zip(&batch.masked_labels);
        let masked = masked
            .zip(&batch.masked_kinds)
            .map(|((index, label), kind)| MaskedPiece {
                position: index - start as i32,
                label: *label,
                kind: *kind,
            });
        let n_filled = row.len() as i32;
        Row {
            key: batch.keys[index],
            input_ids: batch.input_ids[row.clone()].to_vec(),
            segment_ids: batch.segment_ids[row.clone()].to_vec(),
            masked: masked
                .filter(|masked| (0..n_filled).contains(&masked.position))
                .collect(),
            order_label: order_label(batch, index),
        }
    };
    (0..batch.n_examples).map(row).collect()
}
