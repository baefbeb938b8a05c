//! Bands of words by frequency. Results are reported per band, because frequent words say little about rare ones.

use std::collections::HashMap;

/// The number of bands.
pub const N_BANDS: usize = 5;
/// The first rank beyond each of the first bands. The fourth band has no end, and the last band is for unranked words.
const ENDS: [usize; N_BANDS - 2] = [1_000, 10_000, 50_000];

/// The frequency bands of words.
pub struct Bands<'w> {
    /// Ranks from 0, the most frequent word first.
    ranks: HashMap<&'w str, usize>,
}

impl<'w> Bands<'w> {
    /// Ranks words, which must be sorted by falling frequency.
    pub fn new(words: &'w [String]) -> Self {
        let ranks = words.iter().enumerate();
        Self {
            ranks: ranks.map(|(rank, word)| (word.as_str(), rank)).collect(),
        }
    }

    /// The band of a word, from 0 (the most frequent words) to `N_BANDS - 1` (words without a rank).
    pub fn of(&self, word: &str) -> usize {
        match self.ranks.get(word) {
            Some(rank) => ENDS.iter().take_while(|end| rank >= *end).count(),
            None => N_BANDS - 1,
        }
    }

    /// The name of a band, as reports show it.
    pub const fn name(band: usize) -> &'static str {
        match band {
            0 => "the 1,000 most frequent",
            1 => "1,001 to 10,000",
            2 => "10,001 to 50,000",
            3 => "beyond 50,000",
            _ => "no vector",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bands;

    #[test]
    fn words_fall_into_bands_by_their_rank() {
        let words: Vec<String> = (0..60_000).map(|rank| format!("w{rank}")).collect();
        let bands = Bands::new(&words);
        let of = |rank: usize| bands.of(&format!("w{rank}"));
        let found = [0, 999, 1000, 9999, 10_000, 50_000, 60_000].map(of);
        assert_eq!(found, [0, 0, 1, 1, 2, 3, 4]);
    }
}
