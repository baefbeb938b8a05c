//! Errors of training word vectors.

/// An error of training word vectors.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// No word of the text is frequent enough.
    #[error(
        "none of the {n_distinct} different words of the text occurs {min_count} times or more; give more text or lower min_count"
    )]
    NoWords {
        /// The least count of a word.
        min_count: u64,
        /// Different words of the text.
        n_distinct: usize,
    },
    /// An option has an impossible value.
    #[error("{0}")]
    Options(String),
    /// The caller stopped the training.
    #[error("stopped before the vectors were ready; nothing is kept")]
    Stopped,
}
