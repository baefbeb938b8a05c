//! The pieces that a model restores in a text: the likeliest at chosen positions, with their probabilities.

use burn::module::Module;
use burn::tensor::activation::softmax;

use crate::input::ModelInput;
use crate::pretraining::BertForPreTraining;

/// The likeliest pieces at one position.
#[derive(Clone, Debug, PartialEq)]
pub struct Restoration {
    /// The position in the input.
    pub position: usize,
    /// The likeliest pieces, best first.
    pub pieces: Vec<RestoredPiece>,
    /// The probability of the piece that the input has there.
    pub own: f32,
}

/// A piece that the model may restore.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RestoredPiece {
    /// The piece's id in the vocabulary.
    pub id: u32,
    /// The piece's probability, from 0 to 1.
    pub probability: f32,
}

/// Finds the `top` likeliest pieces at each given position of an input such as `[CLS] A [SEP]`. Dropout is off.
pub fn restore(
    model: &BertForPreTraining,
    input_ids: &[u32],
    segment_ids: &[u8],
    positions: &[usize],
    top: usize,
) -> Vec<Restoration> {
    let model = Module::valid(model);
    let length = input_ids.len();
    let ids: Vec<i32> = input_ids.iter().map(|id| *id as i32).collect();
    let segments: Vec<i32> = segment_ids.iter().map(|id| i32::from(*id)).collect();
    let device = model.device();
    let input = ModelInput::new(&ids, &segments, &[length as u32], length, 0, &device);
    let indices: Vec<i32> = positions.iter().map(|position| *position as i32).collect();
    let Some(logits) = model.forward(&input, &indices).masked_logits else {
        return Vec::new();
    };
    let [_, n_pieces] = logits.dims();
    let probabilities: Vec<f32> = softmax(logits, 1).into_data().iter::<f32>().collect();
    let rows = positions.iter().zip(probabilities.chunks(n_pieces));
    rows.map(|(position, row)| Restoration {
        position: *position,
        own: row[input_ids[*position] as usize],
        pieces: likeliest(row, top),
    })
    .collect()
}

/// Returns the `top` likeliest pieces, best first. Equally likely pieces are in the order of their ids.
fn likeliest(probabilities: &[f32], top: usize) -> Vec<RestoredPiece> {
    let pieces = (0..).zip(probabilities);
    let mut ranked: Vec<RestoredPiece> = pieces
        .map(|(id, &probability)| RestoredPiece { id, probability })
        .collect();
    ranked.sort_by(|a, b| {
        let by_probability = b.probability.total_cmp(&a.probability);
        by_probability.then(a.id.cmp(&b.id))
    });
    ranked.truncate(top);
    ranked
}
