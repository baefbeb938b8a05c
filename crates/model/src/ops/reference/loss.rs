//! Cross-entropy of logits, one number per row.
//!
//! Dimensions: `m` rows, `c` classes.

use burn::tensor::{Int, Tensor};

/// Computes −ln softmax(logits)[label] in nats: the log-sum-exp of the logits minus the label's logit.
///
/// # Shapes
///
/// `[m, c]` and `[m]` to `[m]`.
pub(crate) fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    // The largest logit is subtracted for range alone: the result does not depend on it, so neither do gradients.
    let largest = logits.clone().detach().max_dim(1); // [m, 1]
    let logits = logits - largest;
    let chosen = logits.clone().gather(1, labels.unsqueeze_dim::<2>(1)); // [m, 1]
    let logsumexp = logits.exp().sum_dim(1).log(); // [m, 1]
    (logsumexp - chosen).squeeze_dim(1)
}
