//! What the model is given: a padded batch of examples, as tensors.
//!
//! Dimensions: `b` examples of the batch, `s` positions of the longest one.

use burn::tensor::{Device, Int, Tensor, TensorData};

/// Added to the scores of keys that are padding: far enough below any score that `exp` makes it exactly 0,
/// near enough that f32 and bf16 hold it.
const PADDING_SCORE: f32 = -1.0e9;

/// A batch of examples, padded on the right to one length.
#[derive(Clone, Debug)]
pub struct ModelInput {
    /// Piece ids, `[b, s]`.
    pub input_ids: Tensor<2, Int>,
    /// 0 for text A and its specials, 1 for text B, `[b, s]`.
    pub segment_ids: Tensor<2, Int>,
    /// Added to the attention scores of each key, `[b, 1, 1, s]`: 0, or far below where the key is padding.
    /// `None` where nothing is padded.
    pub key_bias: Option<Tensor<4>>,
    /// Seed of this batch's dropout masks; without effect where nothing is dropped.
    pub dropout_seed: u64,
}

impl ModelInput {
    /// Puts a batch on the device.
    ///
    /// `input_ids` and `segment_ids` are row-major `[b, length]`, `lengths` holds the pieces of each of the `b`
    /// examples without padding. `dropout_seed` is to differ from batch to batch and from step to step.
    ///
    /// # Panics
    ///
    /// Panics where the lengths of the arguments do not belong together.
    pub fn new(
        input_ids: Vec<i32>,
        segment_ids: Vec<i32>,
        lengths: &[u32],
        length: usize,
        dropout_seed: u64,
        device: &Device,
    ) -> Self {
        let shape = [lengths.len(), length];
        assert_eq!(input_ids.len(), shape[0] * shape[1], "one id a position");
        assert_eq!(segment_ids.len(), input_ids.len(), "one segment a position");
        Self {
            input_ids: Tensor::from_data(TensorData::new(input_ids, shape), device),
            segment_ids: Tensor::from_data(TensorData::new(segment_ids, shape), device),
            key_bias: key_bias(lengths, length, device),
            dropout_seed,
        }
    }

    /// Examples and positions, `[b, s]`.
    pub fn dims(&self) -> [usize; 2] {
        self.input_ids.dims()
    }
}

/// No query attends to padding (`method.md` §2, what others get wrong).
fn key_bias(lengths: &[u32], length: usize, device: &Device) -> Option<Tensor<4>> {
    if lengths.iter().all(|&filled| filled as usize == length) {
        return None;
    }
    let row = |&filled: &u32| {
        (0..length).map(move |position| {
            if position < filled as usize {
                0.0
            } else {
                PADDING_SCORE
            }
        })
    };
    let values: Vec<f32> = lengths.iter().flat_map(row).collect();
    Some(Tensor::from_data(
        TensorData::new(values, [lengths.len(), 1, 1, length]),
        device,
    ))
}
