//! The options of training word vectors (`[train]` of a config of similar words).

use serde::{Deserialize, Serialize};

/// The options of skip-gram with negative sampling (Mikolov et al. 2013, "Distributed Representations of Words and
/// Phrases and their Compositionality"). Names and meanings are those of word2vec.c.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainOptions {
    /// Numbers per vector.
    pub dimensions: usize,
    /// The most context words on each side of a centre word. The number is drawn for each centre word, from 1 on.
    pub window: usize,
    /// Negative samples per window.
    pub negatives: usize,
    /// Words whose share of the running words is above this are left out at random, the more frequent the more often.
    /// 0 keeps all.
    pub sample: f64,
    /// The least count of a word; rarer words are left out.
    pub min_count: u64,
    /// Passes over the text.
    pub epochs: usize,
    /// The learning rate at the start.
    pub rate: f32,
    /// The learning rate at the end. It decays linearly in between.
    pub least_rate: f32,
}

/// The most numbers per vector; ten times what papers use.
const MOST_DIMENSIONS: usize = 4096;
/// The most context words per side, and the most negative samples.
const MOST_WORDS: usize = 100;

impl TrainOptions {
    /// Says what is wrong with the options, if anything.
    pub fn problem(&self) -> Option<String> {
        let Self {
            dimensions,
            window,
            negatives,
            sample,
            epochs,
            rate,
            least_rate,
            min_count,
        } = self;
        let rules = [
            (
                (1..=MOST_DIMENSIONS).contains(dimensions),
                format!("dimensions: expected 1 to {MOST_DIMENSIONS}, found {dimensions}"),
            ),
            (
                (1..=MOST_WORDS).contains(window),
                format!("window: expected 1 to {MOST_WORDS}, found {window}"),
            ),
            (
                (1..=MOST_WORDS).contains(negatives),
                format!("negatives: expected 1 to {MOST_WORDS}, found {negatives}"),
            ),
            (
                (0.0..=1.0).contains(sample),
                format!("sample: expected 0 to 1, found {sample}"),
            ),
            (
                *min_count > 0,
                "min_count: expected at least 1, found 0".to_owned(),
            ),
            (
                (1..=1000).contains(epochs),
                format!("epochs: expected 1 to 1000, found {epochs}"),
            ),
            (
                *rate > 0.0 && rate.is_finite() && (0.0..=*rate).contains(least_rate),
                format!("rate: expected 0 <= least_rate <= rate, found {least_rate} and {rate}"),
            ),
        ];
        let broken = rules.into_iter().find(|(holds, _)| !holds);
        broken.map(|(_, problem)| problem)
    }
}

impl Default for TrainOptions {
    /// The defaults of word2vec.c (Mikolov et al. 2013) for skip-gram, except two project decisions: word2vec.c has 1e-3 as
    /// `sample`, and its learning rate falls to 0.0001 × `rate`.
    fn default() -> Self {
        Self {
            dimensions: 100,
            window: 5,
            negatives: 5,
            sample: 1e-4,
            min_count: 5,
            epochs: 5,
            rate: 0.025,
            least_rate: 0.0001,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TrainOptions;

    #[test]
    fn an_impossible_option_is_named() {
        let check = |change: fn(&mut TrainOptions), expect: &str| {
            let mut options = TrainOptions::default();
            change(&mut options);
            assert_eq!(options.problem().expect("refused"), expect);
        };
        assert_eq!(TrainOptions::default().problem(), None);
        check(
            |options| options.dimensions = 0,
            "dimensions: expected 1 to 4096, found 0",
        );
        check(
            |options| options.sample = f64::NAN,
            "sample: expected 0 to 1, found NaN",
        );
        check(
            |options| options.least_rate = 0.1,
            "rate: expected 0 <= least_rate <= rate, found 0.1 and 0.025",
        );
    }
}
