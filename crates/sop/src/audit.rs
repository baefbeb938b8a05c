//! Measures how well the order label can be predicted from what should not reveal it: the lengths of the texts, and the
//! marks that they end with (method §3.4).
//!
//! A small classifier is trained on every second pair and asked about the others. It sees no word of the texts.

use segment::{PieceId, Vocabulary};

use crate::edges::{Ending, Endings};
use crate::pair::Pair;

/// Groups of equal size that lengths are divided into.
const N_BINS: usize = 8;
/// How often the classifier goes over the pairs that it is trained on.
const N_PASSES: usize = 8;
/// The size of a step of the classifier, before it is divided by the root of the squared gradients so far (`AdaGrad`).
const RATE: f64 = 0.1;

/// What the classifier may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clue {
    /// Whether the texts end with a mark that ends a sentence.
    MissingEnds,
    /// The marks that the texts end with.
    Ends,
    /// The marks, and the numbers of pieces of the texts.
    LengthsAndEnds,
}

/// How well the label was predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predicted {
    /// The share of pairs whose label was predicted, from 0 to 1.
    pub share: f64,
    /// The number of pairs that were asked about.
    pub n_pairs: usize,
}

/// A pair without its words.
#[derive(Clone, Copy)]
struct Row {
    label: u8,
    lengths: [u32; 2],
    ends: [Ending; 2],
}

/// Collects pairs with an order label.
pub struct OrderAudit {
    endings: Endings,
    rows: Vec<Row>,
}

impl OrderAudit {
    /// Starts an audit of pairs whose pieces are of a vocabulary.
    pub fn new(vocabulary: &Vocabulary) -> Self {
        Self {
            endings: Endings::new(vocabulary),
            rows: Vec::new(),
        }
    }

    /// Adds a pair. A pair without an order label is left out.
    pub fn add(&mut self, pair: &Pair) {
        let Some(label) = pair.order_label else {
            return;
        };
        let n_first = pair.segment_ids.partition_point(|segment| *segment == 0);
        // Without [CLS] and both [SEP].
        let last = pair.input_ids.len() - 1;
        let texts: [&[PieceId]; 2] = [
            &pair.input_ids[1..n_first - 1],
            &pair.input_ids[n_first..last],
        ];
        self.rows.push(Row {
            label,
            lengths: texts.map(|text| text.len() as u32),
            ends: texts.map(|text| self.endings.of(text)),
        });
    }

    /// How well the label can be predicted from a clue; `None` if there are no two pairs.
    pub fn predicted(&self, clue: Clue) -> Option<Predicted> {
        let bins = Bins::new(&self.rows);
        let features: Vec<Vec<usize>> = self
            .rows
            .iter()
            .map(|row| features(row, clue, &bins))
            .collect();
        let halves = |first: usize| features.iter().zip(&self.rows).skip(first).step_by(2);
        let mut classifier = Classifier::default();
        for _ in 0..N_PASSES {
            for (features, row) in halves(0) {
                classifier.learn(features, row.label);
            }
        }
        let n_pairs = halves(1).count();
        let n_predicted = halves(1)
            .filter(|(features, row)| classifier.predicts(features) == row.label)
            .count();
        (n_pairs > 0).then(|| Predicted {
            share: n_predicted as f64 / n_pairs as f64,
            n_pairs,
        })
    }
}

/// The bounds of the groups that lengths are divided into: of the first text, of the second, of both together.
struct Bins([Vec<u32>; 3]);

impl Bins {
    fn new(rows: &[Row]) -> Self {
        let bounds = |of: fn(&Row) -> u32| {
            let mut lengths: Vec<u32> = rows.iter().map(of).collect();
            lengths.sort_unstable();
            let bound = |bin: usize| lengths[lengths.len() * bin / N_BINS];
            (1..N_BINS).map(bound).collect()
        };
        if rows.is_empty() {
            return Self(Default::default());
        }
        Self([
            bounds(|row| row.lengths[0]),
            bounds(|row| row.lengths[1]),
            bounds(|row| row.lengths[0] + row.lengths[1]),
        ])
    }

    fn of(&self, row: &Row) -> [usize; 3] {
        let [first, second] = row.lengths;
        let bin = |bounds: &[u32], length| bounds.partition_point(|bound| *bound <= length);
        [
            bin(&self.0[0], first),
            bin(&self.0[1], second),
            bin(&self.0[2], first + second),
        ]
    }
}

/// The features of a pair that are present: what it ends with, its lengths, and two of these together.
fn features(row: &Row, clue: Clue, bins: &Bins) -> Vec<usize> {
    let [first, second] = match clue {
        Clue::MissingEnds => row.ends.map(|end| usize::from(end.is_end())),
        Clue::Ends | Clue::LengthsAndEnds => row.ends.map(Ending::index),
    };
    let mut pairs = vec![(first, 0), (second, 0), (first, second)];
    if clue == Clue::LengthsAndEnds {
        let [a, b, both] = bins.of(row);
        pairs.extend([(a, b), (a, both), (b, both)]);
        for end in [first, second] {
            pairs.extend([a, b, both].map(|bin| (bin, end)));
        }
    }
    // Every kind of pair has its own range of numbers.
    let side = Ending::N.max(N_BINS);
    let numbered = pairs.iter().enumerate();
    numbered
        .map(|(kind, (one, other))| (kind * side + one) * side + other)
        .collect()
}

/// Logistic regression on features that are present or not.
#[derive(Default)]
struct Classifier {
    weights: Vec<f64>,
    /// The sum of squared gradients of each weight.
    squares: Vec<f64>,
}

impl Classifier {
    /// Above 0 if label 1 is likelier.
    fn score(&self, features: &[usize]) -> f64 {
        let weight = |feature: &usize| self.weights.get(*feature).copied().unwrap_or(0.0);
        features.iter().map(weight).sum()
    }

    fn predicts(&self, features: &[usize]) -> u8 {
        u8::from(self.score(features) > 0.0)
    }

    fn learn(&mut self, features: &[usize], label: u8) {
        let probability = 1.0 / (1.0 + (-self.score(features)).exp());
        let gradient = probability - f64::from(label);
        let n = features.iter().max().map_or(0, |last| last + 1);
        if n > self.weights.len() {
            self.weights.resize(n, 0.0);
            self.squares.resize(n, 1.0);
        }
        for feature in features {
            self.squares[*feature] += gradient * gradient;
            self.weights[*feature] -= RATE * gradient / self.squares[*feature].sqrt();
        }
    }
}

#[cfg(test)]
mod tests;
