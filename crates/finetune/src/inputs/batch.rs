//! Inputs side by side, as the model takes them.

use crate::inputs::texts::Encoded;

/// The inputs of a batch, padded to the longest. The model leaves the padding out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputBatch {
    /// Row-major `[inputs, length]`.
    pub input_ids: Vec<i32>,
    /// Row-major `[inputs, length]`.
    pub segment_ids: Vec<i32>,
    /// The number of pieces of each input.
    pub lengths: Vec<u32>,
    /// The number of pieces of the longest.
    pub length: usize,
}

impl InputBatch {
    /// Puts inputs side by side.
    pub fn of(inputs: &[&Encoded]) -> Self {
        let length = inputs.iter().map(|input| input.input_ids.len()).max();
        let length = length.unwrap_or(0);
        let mut batch = Self {
            input_ids: Vec::with_capacity(inputs.len() * length),
            segment_ids: Vec::with_capacity(inputs.len() * length),
            lengths: Vec::with_capacity(inputs.len()),
            length,
        };
        for input in inputs {
            let n_pieces = input.input_ids.len();
            batch.lengths.push(n_pieces as u32);
            let ids = input.input_ids.iter().map(|id| *id as i32);
            batch.input_ids.extend(ids);
            let segments = (0..n_pieces).map(|at| i32::from(at >= input.n_first));
            batch.segment_ids.extend(segments);
            batch.input_ids.resize(batch.lengths.len() * length, 0);
            batch.segment_ids.resize(batch.lengths.len() * length, 0);
        }
        batch
    }
}
