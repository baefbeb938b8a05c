//! Cross-entropy of logits, one figure a row.
//!
//! Dimensions: `m` rows, `c` classes.

use burn::tensor::{Int, Tensor};

/// −ln softmax(logits)[label], in nats: the log of the sum of exponentials, less the label's own logit.
///
/// # Shapes
///
/// `[m, c]` and `[m]` to `[m]`.
pub(crate) fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    // Subtracted for range alone: the result does not depend on it, so neither do gradients.
    let largest = logits.clone().detach().max_dim(1); // [m, 1]
    let logits = logits - largest;
    let chosen = logits.clone().gather(1, labels.unsqueeze_dim::<2>(1)); // [m, 1]
    let log_sum = logits.exp().sum_dim(1).log(); // [m, 1]
    (log_sum - chosen).squeeze_dim(1)
}
