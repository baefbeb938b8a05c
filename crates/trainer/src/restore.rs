//! What a model restores in a line: pieces and their probabilities at chosen places.

use burn::module::Module;
use burn::tensor::activation::softmax;
use model::{BertForPreTraining, ModelInput};

/// The likeliest pieces at a place, best first.
#[derive(Clone, Debug, PartialEq)]
pub struct Restoration {
    /// The position in the input.
    pub position: usize,
    /// Piece ids and their probabilities, falling.
    pub pieces: Vec<(u32, f32)>,
    /// The probability of the piece that stands there.
    pub own: f32,
}

/// The `top` likeliest pieces at each of the given positions of `[CLS] A [SEP] …`.
pub fn restore(
    model: &BertForPreTraining,
    input_ids: &[u32],
    segment_ids: &[u8],
    positions: &[usize],
    top: usize,
) -> Vec<Restoration> {
    let model = Module::valid(model);
    let length = input_ids.len();
    let input = ModelInput::new(
        &input_ids.iter().map(|id| *id as i32).collect::<Vec<_>>(),
        &segment_ids
            .iter()
            .map(|segment| i32::from(*segment))
            .collect::<Vec<_>>(),
        &[length as u32],
        length,
        0,
        &model.device(),
    );
    let indices: Vec<i32> = positions.iter().map(|position| *position as i32).collect();
    let Some(logits) = model.forward(&input, &indices).masked_logits else {
        return Vec::new();
    };
    let [_, n_pieces] = logits.dims();
    let shares: Vec<f32> = softmax(logits, 1).into_data().iter::<f32>().collect();
    let rows = positions.iter().zip(shares.chunks(n_pieces));
    rows.map(|(position, row)| Restoration {
        position: *position,
        own: row[input_ids[*position] as usize],
        pieces: likeliest(row, top),
    })
    .collect()
}

/// Ids and probabilities of the `top` largest of a row, falling; equal ones by id.
fn likeliest(row: &[f32], top: usize) -> Vec<(u32, f32)> {
    let mut ranked: Vec<(u32, f32)> = (0..).zip(row.iter().copied()).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.truncate(top);
    ranked
}
