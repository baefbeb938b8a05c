//! Spearman's rank correlation.

/// The correlation of the ranks of two samples; ties have the mean of their ranks. `None` if a sample is constant.
///
/// # Panics
/// If the samples have different lengths.
pub(crate) fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    assert_eq!(a.len(), b.len(), "two samples of the same length");
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let spread = (product(&a, &a) * product(&b, &b)).sqrt();
    (spread > 0.0).then(|| product(&a, &b) / spread)
}

/// The ranks of numbers, from 0; equal numbers have the mean of their ranks.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut start = 0;
    for alike in order.chunk_by(|a, b| numbers[*a].total_cmp(&numbers[*b]).is_eq()) {
        let rank = start as f64 + (alike.len() as f64 - 1.0) / 2.0;
        for index in alike {
            ranks[*index] = rank;
        }
        start += alike.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::spearman;

    #[test]
    fn the_correlation_equals_that_of_scipy() {
        // scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]).statistic
        let found = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0]);
        assert!((found.expect("a correlation") - 0.820_782_681_668_123_3).abs() < 1e-12);
        // scipy.stats.spearmanr([1, 1, 2, 3], [4, 3, 3, 1]).statistic
        let found = spearman(&[1.0, 1.0, 2.0, 3.0], &[4.0, 3.0, 3.0, 1.0]);
        assert!((found.expect("a correlation") + 0.833_333_333_333_333_4).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 2.0], &[3.0, 3.0]), None);
        assert_eq!(spearman(&[], &[]), None);
    }
}
