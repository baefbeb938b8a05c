//! Measures how many replaced words can be detected without context: from the word alone.

use std::collections::HashMap;

use segment::{PieceId, UnitSpan};

use crate::mask::Masked;
use crate::replace::Kind;

/// How often a word was read in a half of the examples.
#[derive(Clone, Copy, Debug, Default)]
struct Readings {
    /// As the replacement of another word.
    n_replaced: u64,
    /// As the original: not masked, or kept.
    n_original: u64,
}

/// Counts of the words that the model reads, for the classifier that sees no context (method §6).
///
/// A model that corrects a text should find a replaced word because it does not fit its context. If replacements are rarer
/// than the words around them, the word alone shows that it was replaced. The classifier here knows nothing else: it is
/// trained on one half of the masked examples, and classifies a word as replaced if the word was more often a replacement
/// than an original. It is tested on the other half. Words that the first half lacks are classified as original.
/// `[MASK]` is not a word, so units that became `[MASK]` are left out \[P\].
#[derive(Clone, Debug, Default)]
pub struct WithoutContext {
    /// For each word, its readings in the two halves.
    words: HashMap<Box<[PieceId]>, [Readings; 2]>,
}

/// How well the classifier does on the half that it was not trained on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    /// The words of the half.
    pub n_words: u64,
    /// The replaced words among them.
    pub n_replaced: u64,
    /// The words that the classifier classifies as replaced.
    pub n_called: u64,
    /// The replaced words that the classifier classifies as replaced.
    pub n_found: u64,
}

impl Detection {
    /// The share of the replaced words that are found; 0 if no word is replaced.
    pub fn recall(&self) -> f64 {
        self.n_found as f64 / self.n_replaced.max(1) as f64
    }

    /// The share of replaced words among the words classified as replaced; 0 if there are none.
    pub fn precision(&self) -> f64 {
        self.n_found as f64 / self.n_called.max(1) as f64
    }

    /// The share of replaced words: the precision of random guessing.
    pub fn share_replaced(&self) -> f64 {
        self.n_replaced as f64 / self.n_words.max(1) as f64
    }
}

impl WithoutContext {
    /// Adds an example to the half that is trained on (`is_tested` is false) or tested on. `units` are the units that may
    /// be masked, in the order of the text. Other masked units are not counted.
    pub fn add(
        &mut self,
        units: impl IntoIterator<Item = UnitSpan>,
        masked: &Masked,
        is_tested: bool,
    ) {
        let mut waiting = masked.units.iter().peekable();
        for unit in units {
            while waiting
                .next_if(|(masked, _)| masked.start < unit.start)
                .is_some()
            {}
            let kind = waiting.next_if(|(masked, _)| *masked == unit);
            let kind = kind.map_or(Kind::Kept, |(_, kind)| *kind);
            if kind == Kind::Mask {
                continue;
            }
            let readings = self.readings(&masked.input_ids[unit.range()]);
            let readings = &mut readings[usize::from(is_tested)];
            match kind {
                Kind::Kept => readings.n_original += 1,
                _ => readings.n_replaced += 1,
            }
        }
    }

    fn readings(&mut self, word: &[PieceId]) -> &mut [Readings; 2] {
        if !self.words.contains_key(word) {
            self.words.insert(word.into(), Default::default());
        }
        self.words
            .get_mut(word)
            .expect("the word was inserted if it was missing")
    }

    /// Adds the counts of other examples.
    pub fn merge(&mut self, other: Self) {
        for (word, readings) in other.words {
            let all = self.words.entry(word).or_default();
            for (all, more) in all.iter_mut().zip(readings) {
                all.n_replaced += more.n_replaced;
                all.n_original += more.n_original;
            }
        }
    }

    /// Trains the classifier on one half and tests it on the other.
    pub fn detection(&self) -> Detection {
        let mut detection = Detection::default();
        for [trained, tested] in self.words.values() {
            let n_words = tested.n_replaced + tested.n_original;
            detection.n_words += n_words;
            detection.n_replaced += tested.n_replaced;
            if trained.n_replaced > trained.n_original {
                detection.n_called += n_words;
                detection.n_found += tested.n_replaced;
            }
        }
        detection
    }
}

#[cfg(test)]
mod tests {
    use segment::{PieceId, UnitSpan};

    use super::{Detection, WithoutContext};
    use crate::mask::Masked;
    use crate::replace::Kind;

    /// An example of units of one piece: the pieces that the model reads, and the kinds of the masked ones.
    fn add(counts: &mut WithoutContext, read: &[u32], kinds: &[Option<Kind>], is_tested: bool) {
        let units = (0..read.len() as u32).map(|start| UnitSpan { start, n_pieces: 1 });
        let masked = Masked {
            input_ids: read.iter().map(|id| PieceId::new(*id)).collect(),
            units: units
                .clone()
                .zip(kinds)
                .filter_map(|(unit, kind)| kind.map(|kind| (unit, kind)))
                .collect(),
            ..Masked::default()
        };
        counts.add(units, &masked, is_tested);
    }

    #[test]
    fn a_word_that_mostly_stands_for_others_is_called_replaced() {
        let [random, similar, fallback] = [Kind::Random, Kind::Similar, Kind::Fallback].map(Some);
        let (kept, mask) = (Some(Kind::Kept), Some(Kind::Mask));
        // Of the first half: 7 is mostly a replacement, 8 is mostly original, 9 is both equally often.
        let mut first = WithoutContext::default();
        let kinds = [random, similar, None, fallback, kept, None, similar, None];
        add(&mut first, &[7, 7, 7, 8, 8, 8, 9, 9], &kinds, false);
        // Of the second half: 7 is found once and called so wrongly once; 8, 9 and 6 are missed.
        let mut second = WithoutContext::default();
        let kinds = [fallback, kept, random, similar, random, mask, None];
        add(&mut second, &[7, 7, 8, 9, 6, 5, 8], &kinds, true);
        first.merge(second);
        let detection = Detection {
            n_words: 6,
            n_replaced: 4,
            n_called: 2,
            n_found: 1,
        };
        assert_eq!(first.detection(), detection);
        assert!(
            (detection.recall() - 0.25).abs() < 1e-12
                && (detection.precision() - 0.5).abs() < 1e-12
        );
        assert!((detection.share_replaced() - 4.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_detected_in_nothing() {
        let detection = WithoutContext::default().detection();
        assert_eq!(detection, Detection::default());
        assert!(detection.recall() + detection.precision() + detection.share_replaced() < 1e-12);
    }
}
