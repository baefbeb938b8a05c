//! The result of training word vectors.

/// Trained vectors with their words and counts. The vectors are not scaled to length 1.
pub struct TrainedVectors {
    /// The words, the most frequent first.
    pub words: Vec<String>,
    /// How often each word occurs in the text.
    pub counts: Vec<u64>,
    /// The vectors, row-major; `[words, dimensions]`.
    pub numbers: Vec<f32>,
    /// Numbers per vector.
    pub dimensions: usize,
}
