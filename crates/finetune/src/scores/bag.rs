//! F1 of two bags: how often each item occurs counts, its position does not.

use std::collections::HashMap;
use std::hash::Hash;

/// Computes F1 of the items that both bags have; 0 if there are none.
pub(crate) fn overlap<T: Eq + Hash>(answer: &[T], prediction: &[T]) -> f64 {
    let mut left: HashMap<&T, usize> = HashMap::new();
    for item in answer {
        *left.entry(item).or_default() += 1;
    }
    let mut n_common = 0;
    for item in prediction {
        if let Some(n) = left.get_mut(item).filter(|n| **n > 0) {
            *n -= 1;
            n_common += 1;
        }
    }
    if n_common == 0 {
        return 0.0;
    }
    let precision = f64::from(n_common) / prediction.len() as f64;
    let recall = f64::from(n_common) / answer.len() as f64;
    2.0 * precision * recall / (precision + recall)
}
