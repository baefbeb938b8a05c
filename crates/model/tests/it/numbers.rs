//! Numbers out of tensors: parameters, the loss and gradients of a step, and how far they are from expected ones.

use std::collections::BTreeMap;
use std::fmt;

use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use model::{BertForPreTraining, ParameterInfo, ParameterVisitor, visit_parameters};

/// The numbers of each parameter, or of its gradient, by its name and in its layout in Hugging Face's checkpoints.
pub(crate) type ByName = BTreeMap<String, Vec<f32>>;

/// Loss and gradients of a step.
pub(crate) struct Step {
    pub loss: f64,
    pub gradients: ByName,
}

/// The parameter whose gradient differs most from the expected one.
pub(crate) struct Difference {
    pub parameter: String,
    /// Largest difference of two numbers ÷ largest expected number of this parameter.
    pub relative: f64,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            parameter,
            relative,
        } = self;
        write!(f, "the gradient of {parameter} differs by {relative}")
    }
}

impl Step {
    /// Runs the backward pass of a loss.
    pub(crate) fn of(model: &BertForPreTraining, loss: &Tensor<1>) -> Self {
        let found = GradientsParams::from_grads(loss.backward(), model);
        Self {
            loss: f64::from(values(loss.clone())[0]),
            gradients: gradients(model, found),
        }
    }

    /// The loss's difference from another, relative to the other.
    pub(crate) fn loss_error(&self, expected: &Self) -> f64 {
        (self.loss / expected.loss - 1.0).abs()
    }

    /// The largest difference of the gradients. A parameter whose expected numbers are all below `smallest_scale` is
    /// compared on that scale, because the rounding of numbers that cancel out is still of this size.
    pub(crate) fn largest_difference(&self, expected: &ByName, smallest_scale: f32) -> Difference {
        let relative = |(name, expected): (&String, &Vec<f32>)| {
            let scale = expected
                .iter()
                .fold(smallest_scale, |scale, x| scale.max(x.abs()));
            Difference {
                parameter: name.clone(),
                relative: largest(&self.gradients[name], expected) / f64::from(scale),
            }
        };
        expected
            .iter()
            .map(relative)
            .max_by(|one, other| one.relative.total_cmp(&other.relative))
            .unwrap()
    }

    /// ‖found − expected‖ ÷ ‖expected‖ of the gradients of all parameters together.
    pub(crate) fn distance(&self, expected: &Self) -> f64 {
        let pairs = expected.gradients.iter();
        let pairs = pairs.flat_map(|(name, expected)| self.gradients[name].iter().zip(expected));
        distance(pairs)
    }

    /// ‖found − expected‖ ÷ ‖expected‖ of each parameter's gradient.
    #[cfg(feature = "tch")]
    pub(crate) fn distances(&self, expected: &Self) -> BTreeMap<String, f64> {
        let of = |(name, expected): (&String, &Vec<f32>)| {
            let pairs = self.gradients[name].iter().zip(expected);
            (name.clone(), distance(pairs))
        };
        expected.gradients.iter().map(of).collect()
    }
}

/// ‖found − expected‖ ÷ ‖expected‖ of pairs of a found and an expected number.
fn distance<'n>(pairs: impl Iterator<Item = (&'n f32, &'n f32)>) -> f64 {
    let (mut apart, mut size) = (0.0, 0.0);
    for (found, expected) in pairs {
        apart += f64::from(found - expected).powi(2);
        size += f64::from(*expected).powi(2);
    }
    (apart / size.max(1e-12)).sqrt()
}

/// The largest difference of two numbers, over the positions that are not padding: `found` has the rows of these positions
/// one after the other, `[t, h]`; `expected` is padded, `[b, s, h]`.
pub(crate) fn largest_where_filled(
    found: &[f32],
    expected: &[f32],
    lengths: &[u32],
    length: usize,
) -> f64 {
    let width = expected.len() / (lengths.len() * length);
    let rows = expected.chunks(width).enumerate();
    let filled = rows.filter(|(row, _)| ((row % length) as u32) < lengths[row / length]);
    let filled: Vec<f32> = filled.flat_map(|(_, row)| row).copied().collect();
    largest(found, &filled)
}

/// The largest difference of two numbers at the same place.
pub(crate) fn largest(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found
        .iter()
        .zip(expected)
        .map(|(&x, &y)| f64::from((x - y).abs()))
        .fold(0.0, f64::max)
}

/// The numbers of a tensor.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .without_autodiff()
        .into_data()
        .iter::<f32>()
        .collect()
}

/// The numbers of each parameter.
pub(crate) fn parameters(model: &BertForPreTraining) -> ByName {
    Reader::read(model, None)
}

/// The numbers of each parameter's gradient.
pub(crate) fn gradients(model: &BertForPreTraining, gradients: GradientsParams) -> ByName {
    Reader::read(model, Some(gradients))
}

/// Reads parameters, or their gradients if there are any.
struct Reader {
    gradients: Option<GradientsParams>,
    found: ByName,
}

impl Reader {
    fn read(model: &BertForPreTraining, gradients: Option<GradientsParams>) -> ByName {
        let mut reader = Self {
            gradients,
            found: ByName::new(),
        };
        visit_parameters(model, &mut reader).unwrap();
        reader.found
    }
}

impl ParameterVisitor for Reader {
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) {
        let tensor = match &self.gradients {
            Some(gradients) => gradients.get::<D>(parameter.id).unwrap(),
            None => tensor,
        };
        // Hugging Face's layout, by a rule of the tests' own: every matrix but an embedding's is transposed.
        let is_linear = D == 2 && !parameter.name.contains("_embeddings");
        let tensor = if is_linear {
            tensor.swap_dims(0, 1)
        } else {
            tensor
        };
        self.found.insert(parameter.name.clone(), values(tensor));
    }
}
