//! The words of a table by their counts in a corpus, for draws of words of similar frequency.
//!
//! The words of each number of pieces are sorted by rising count. Laid end to end, each as wide as its share of the counts,
//! they cover the numbers from 0 to 1. A number that is uniform from 0 to 1 then falls on each word as often as a text has
//! it, and near numbers are words of similar frequency. Rare words come first, because their narrow shares need the precision
//! that numbers near 0 have in any form.

use std::ops::Range;

/// The three sections of a table whose counts are known. Positions count the words by (number of pieces, count).
#[derive(Clone, Copy)]
pub(crate) struct ByCount<'t> {
    /// For each position, the index of its word.
    pub words: &'t [u32],
    /// For each word, its position.
    pub positions: &'t [u32],
    /// For each position, where its share ends, in units of 1 ÷ `u32::MAX`.
    pub ends: &'t [u32],
}

impl ByCount<'_> {
    /// The share of a word, from 0 to 1. `range` are the words with its number of pieces.
    pub(crate) fn share_of(&self, word: u32, range: &Range<u32>) -> Range<f64> {
        let position = self.positions[word as usize] as usize;
        let is_first = position == range.start as usize;
        let start = if is_first { 0 } else { self.ends[position - 1] };
        let unit = f64::from(u32::MAX);
        f64::from(start) / unit..f64::from(self.ends[position]) / unit
    }

    /// The word whose share a number from 0 to 1 falls on. `range` are the words of one number of pieces, at least one.
    pub(crate) fn word_at(&self, share: f64, range: &Range<u32>) -> u32 {
        let (start, end) = (range.start as usize, range.end as usize);
        let number = (share * f64::from(u32::MAX)) as u32;
        let found = self.ends[start..end].partition_point(|end| *end <= number);
        self.words[(start + found).min(end - 1)]
    }

    /// Whether the sections hold what they say, for words whose lengths start at `length_starts`.
    pub(crate) fn is_sound(&self, length_starts: &[u32]) -> bool {
        let is_inverse = self.positions.iter().zip(0..).all(|(position, word)| {
            let found = self.words.get(*position as usize);
            found == Some(&word)
        });
        let is_sound_length = |bounds: &[u32]| {
            let range = bounds[0] as usize..bounds[1] as usize;
            let (words, ends) = (&self.words[range.clone()], &self.ends[range.clone()]);
            let stay = words.iter().all(|word| range.contains(&(*word as usize)));
            let rise = ends.is_sorted_by(|a, b| a < b) && ends.iter().all(|end| *end > 0);
            stay && rise && ends.last().is_none_or(|last| *last == u32::MAX)
        };
        is_inverse && length_starts.windows(2).all(is_sound_length)
    }
}

/// What decides the place of a word.
#[derive(Clone, Copy)]
pub(crate) struct CountedWord {
    pub n_pieces: usize,
    /// How often a corpus has it. A word that it lacks counts as 1, so that every word can be drawn.
    pub count: u64,
}

/// The sections of words that are sorted by number of pieces: words, positions and ends, one after the other.
pub(crate) fn by_count(words: &[CountedWord]) -> [Vec<u32>; 3] {
    let of = |word: &u32| words[*word as usize];
    let mut by_count: Vec<u32> = (0..words.len() as u32).collect();
    by_count.sort_by_key(|word| (of(word).n_pieces, of(word).count));
    let mut positions = vec![0; words.len()];
    for (position, word) in (0..).zip(&by_count) {
        positions[*word as usize] = position;
    }
    let mut ends = Vec::with_capacity(words.len());
    for length in by_count.chunk_by(|one, other| of(one).n_pieces == of(other).n_pieces) {
        ends.extend(ends_of(length.iter().map(|word| of(word).count.max(1))));
    }
    [by_count, positions, ends]
}

/// Where shares end that are proportional to counts, each at least 1 ÷ `u32::MAX`.
fn ends_of(counts: impl ExactSizeIterator<Item = u64> + Clone) -> impl Iterator<Item = u32> {
    let total: u128 = counts.clone().map(u128::from).sum();
    let rest = u128::from(u32::MAX) - counts.len() as u128;
    let sums = counts.scan(0_u128, |sum, count| {
        *sum += u128::from(count);
        Some(*sum)
    });
    (1..)
        .zip(sums)
        .map(move |(n, sum): (u128, u128)| (sum * rest / total + n) as u32)
}

#[cfg(test)]
mod tests {
    use super::{ByCount, CountedWord, by_count};

    const fn word(n_pieces: usize, count: u64) -> CountedWord {
        CountedWord { n_pieces, count }
    }

    #[test]
    fn the_share_of_a_word_is_its_share_of_the_counts_of_its_length() {
        let words = [word(1, 60), word(1, 0), word(1, 39), word(2, 7)];
        let [by_count, positions, ends] = by_count(&words);
        assert_eq!(by_count, [1, 2, 0, 3]);
        let sections = ByCount {
            words: &by_count,
            positions: &positions,
            ends: &ends,
        };
        assert!(sections.is_sound(&[0, 0, 3, 4]));
        let width = |word: u32, range: std::ops::Range<u32>| {
            let share = sections.share_of(word, &range);
            (100.0 * (share.end - share.start)).round() as u32
        };
        let widths = [0, 1, 2].map(|word| width(word, 0..3));
        assert_eq!((widths, width(3, 3..4)), ([60, 1, 39], 100));
        for (share, expected) in [(0.0, 1), (0.005, 1), (0.2, 2), (0.41, 0), (1.0, 0)] {
            assert_eq!(sections.word_at(share, &(0..3)), expected, "{share}");
        }
        assert_eq!(sections.word_at(0.3, &(3..4)), 3);
    }

    #[test]
    fn sections_that_are_no_order_of_the_words_are_unsound() {
        let words = [word(1, 60), word(1, 1), word(2, 7)];
        let [by_count, positions, ends] = by_count(&words);
        let check = |words: &[u32], ends: &[u32]| {
            let positions = &positions;
            ByCount {
                words,
                positions,
                ends,
            }
            .is_sound(&[0, 0, 2, 3])
        };
        assert!(check(&by_count, &ends));
        assert!(!check(&[1, 1, 2], &ends) && !check(&[1, 2, 0], &ends));
        assert!(!check(&by_count, &[ends[1], ends[0], ends[2]]));
        assert!(!check(&by_count, &[ends[0], 9, ends[2]]));
        assert!(!check(&by_count, &[0, ends[1], ends[2]]));
    }
}
