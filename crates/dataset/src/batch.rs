//! A batch as plain arrays.
//!
//! B: examples of the batch. L: pieces of the longest of them. M: masked positions of all of them.

use masking::Kind;
use sop::ExampleKey;

use crate::drawn::Drawn;

/// Stands in [`Batch::order_labels`] and in exports for an example without an order label. It is what PyTorch's losses
/// ignore by default.
pub const NO_ORDER_LABEL: i32 = -100;

/// Examples that the model computes at once: a micro-batch of a step, or a batch of an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// B.
    pub n_examples: usize,
    /// L. Shorter rows are padded.
    pub length: usize,
    /// Piece ids after masking, row-major; `[B, L]`.
    pub input_ids: Vec<i32>,
    /// Segment ids: 0 for the text shown first, 1 for the other, 0 for padding; `[B, L]`.
    pub segment_ids: Vec<i32>,
    /// Pieces of each example, special tokens included; `[B]`.
    pub lengths: Vec<u32>,
    /// Positions of the masked pieces in the flattened `[B × L]`, ascending; `[M]`.
    pub masked_indices: Vec<i32>,
    /// The original pieces at these positions; `[M]`.
    pub masked_labels: Vec<i32>,
    /// What the unit at each of these positions was replaced with; `[M]`.
    pub masked_kinds: Vec<Kind>,
    /// Labels of the order head, [`NO_ORDER_LABEL`] for an example without one; `[B]`, or empty if no example has one.
    pub order_labels: Vec<i32>,
    /// Keys of the examples; `[B]`.
    pub keys: Vec<ExampleKey>,
    /// Seed of the batch's dropout masks. Evaluation has no dropout, so it is 0 there.
    pub dropout_seed: u64,
}

impl Batch {
    /// Lays examples out in rows, and pads them with the piece `pad`.
    pub(crate) fn new(examples: &[Drawn], pad: i32) -> Self {
        let length = examples
            .iter()
            .map(|drawn| drawn.masked.input_ids.len())
            .max()
            .unwrap_or(0);
        let mut batch = Self {
            n_examples: examples.len(),
            length,
            input_ids: vec![pad; examples.len() * length],
            segment_ids: vec![0; examples.len() * length],
            ..Self::default()
        };
        for (row, drawn) in examples.iter().enumerate() {
            batch.fill(row, drawn);
        }
        if batch.n_order_labels() == 0 {
            batch.order_labels.clear();
        }
        batch
    }

    fn fill(&mut self, row: usize, drawn: &Drawn) {
        let start = row * self.length;
        let (masked, pair) = (&drawn.masked, &drawn.pair);
        for (cell, id) in self.input_ids[start..].iter_mut().zip(&masked.input_ids) {
            *cell = id.get() as i32;
        }
        for (cell, id) in self.segment_ids[start..].iter_mut().zip(&pair.segment_ids) {
            *cell = i32::from(*id);
        }
        self.lengths.push(masked.input_ids.len() as u32);
        let positions = masked.positions.iter();
        self.masked_indices
            .extend(positions.map(|position| start as i32 + *position as i32));
        self.masked_labels
            .extend(masked.labels.iter().map(|id| id.get() as i32));
        self.masked_kinds.extend_from_slice(&masked.kinds);
        let order_label = pair.order_label.map_or(NO_ORDER_LABEL, i32::from);
        self.order_labels.push(order_label);
        self.keys.push(drawn.key);
    }

    /// Examples with an order label.
    pub(crate) fn n_order_labels(&self) -> u64 {
        let labels = self.order_labels.iter();
        labels.filter(|label| **label != NO_ORDER_LABEL).count() as u64
    }

    /// Pieces without padding, special tokens included.
    pub(crate) fn n_tokens(&self) -> u64 {
        self.lengths.iter().map(|length| u64::from(*length)).sum()
    }
}
