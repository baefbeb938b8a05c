//! The formula of Muon (method §5), on one matrix at a time: plain operations, on any device.
//!
//! Keller Jordan and others. 2024. *Muon: An optimizer for hidden layers in neural networks.* The length of an update, and
//! weight decay, are those of Liu et al. 2025, *Muon is Scalable for LLM Training*: an element of an update has the size that
//! it would have with `AdamW`, so learning rate and weight decay are chosen as for `AdamW`. burn's own Muon computes the same,
//! but keeps its momentum where a checkpoint cannot read it.
//!
//! r: rows of a matrix; c: columns; s: the smaller of the two; l: the larger.

use burn::tensor::Tensor;
use model::ParameterInfo;

use crate::state::OptimizerState;
use crate::update::Update;

/// The coefficients of x, x³ and x⁵ in the polynomial that an iteration applies to each singular value (Jordan et al. 2024).
const COEFFICIENTS: [f64; 3] = [3.4445, -4.775, 2.0315];
/// The number of iterations (Jordan et al. 2024). Singular values from 0.01 to 1 are then between 0.7 and 1.2.
const ITERATIONS: usize = 5;
/// The least norm that a matrix is divided by, so that a matrix of zeros stays one.
const LEAST_NORM: f64 = 1e-7;
/// The root mean square of an update without the learning rate, as `AdamW` commonly has it (Liu et al. 2025, section 2.2).
const ROOT_MEAN_SQUARE: f64 = 0.2;

/// Updates a matrix, and its momentum in the state of the optimizer. `gradient`: `[r · c]`.
///
/// M ← μ M + g; O = orthogonalized(g + μ M), which is Nesterov's momentum; p ← p − η (0.2 √l O + λ p).
///
/// # Shapes
/// `matrix` and the result: `[r, c]`.
pub(crate) fn update_matrix<const D: usize>(
    update: &Update,
    parameter: &ParameterInfo,
    matrix: Tensor<D>,
    gradient: Tensor<1>,
    state: &mut OptimizerState,
) -> Tensor<D> {
    let shape = matrix.shape();
    let (rows, columns) = (shape[0], shape[1]);
    let momentum =
        state.take_momentum(&parameter.name, &gradient) * update.momentum + gradient.clone();
    let ahead = gradient + momentum.clone() * update.momentum;
    state.put_momentum(&parameter.name, momentum);
    let length = ROOT_MEAN_SQUARE * (rows.max(columns) as f64).sqrt();
    let direction = orthogonalized(ahead.reshape([rows, columns])) * length;
    let kept = 1.0 - update.learning_rate * update.decay(parameter.decays);
    let matrix = matrix.reshape([rows, columns]) * kept - direction * update.learning_rate;
    matrix.reshape(shape)
}

/// Replaces the singular values of a matrix with numbers near 1, by Newton-Schulz iterations.
///
/// # Shapes
/// `[r, c]` → `[r, c]`. Products are `[s, s]` and `[s, l]`.
fn orthogonalized(matrix: Tensor<2>) -> Tensor<2> {
    let [rows, columns] = matrix.dims();
    let is_tall = rows > columns;
    let wide = if is_tall { matrix.transpose() } else { matrix };
    let norm = (wide.clone() * wide.clone()).sum().sqrt();
    let mut x = wide / norm.clamp_min(LEAST_NORM).unsqueeze::<2>();
    let [a, b, c] = COEFFICIENTS;
    for _ in 0..ITERATIONS {
        let squares = x.clone().matmul(x.clone().transpose());
        let factor = squares.clone() * b + squares.clone().matmul(squares) * c;
        x = x.clone() * a + factor.matmul(x);
    }
    if is_tall { x.transpose() } else { x }
}

#[cfg(test)]
mod tests;
