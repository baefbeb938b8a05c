//! Batches as plain arrays.
//!
//! B examples, L the longest of them in pieces, M masked positions of all of them.

use masking::{Kind, Masked};
use sop::{ExampleKey, Pair};

/// An example with everything drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Its key.
    pub key: ExampleKey,
    /// `[CLS] A [SEP] B [SEP]` before masking.
    pub pair: Pair,
    /// The same after masking.
    pub masked: Masked,
}

/// Examples that are computed at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// B.
    pub n_examples: usize,
    /// L: rows are padded to the longest example of the batch.
    pub length: usize,
    /// Pieces after masking; `[B, L]`, row-major.
    pub input_ids: Vec<i32>,
    /// 0 for what is shown first, then 1; `[B, L]`.
    pub segment_ids: Vec<i32>,
    /// Pieces of each example, specials included; `[B]`.
    pub lengths: Vec<u32>,
    /// Where the masked pieces stand in the flattened `[B × L]`, rising; `[M]`.
    pub masked_indices: Vec<i32>,
    /// The original pieces there; `[M]`.
    pub masked_labels: Vec<i32>,
    /// What the unit of each was replaced by; `[M]`.
    pub masked_kinds: Vec<Kind>,
    /// What the order head should say; `[B]`, or empty without pairs.
    pub order_labels: Vec<i32>,
    /// The examples' keys; `[B]`.
    pub keys: Vec<ExampleKey>,
    /// What the dropout of this micro-batch is drawn from; 0 in held-out batches, which drop nothing.
    pub dropout_seed: u64,
}

impl Batch {
    /// Lays drawn examples out in rows; `pad` fills the rest.
    pub fn new(examples: &[Drawn], pad: i32) -> Self {
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
        batch
    }

    fn fill(&mut self, row: usize, drawn: &Drawn) {
        let start = row * self.length;
        for (place, id) in self.input_ids[start..]
            .iter_mut()
            .zip(&drawn.masked.input_ids)
        {
            *place = id.get() as i32;
        }
        for (place, segment) in self.segment_ids[start..]
            .iter_mut()
            .zip(&drawn.pair.segment_ids)
        {
            *place = i32::from(*segment);
        }
        self.lengths.push(drawn.masked.input_ids.len() as u32);
        self.masked_indices.extend(
            drawn
                .masked
                .positions
                .iter()
                .map(|p| start as i32 + *p as i32),
        );
        self.masked_labels
            .extend(drawn.masked.labels.iter().map(|id| id.get() as i32));
        self.masked_kinds.extend_from_slice(&drawn.masked.kinds);
        self.order_labels
            .extend(drawn.pair.order_label.map(i32::from));
        self.keys.push(drawn.key);
    }

    /// Pieces without padding, specials included.
    pub fn n_tokens(&self) -> u64 {
        self.lengths.iter().map(|length| u64::from(*length)).sum()
    }
}
