//! Draws negative samples: words in proportion to count^0.75.

use crate::train::draws::{Draws, scaled};

/// The exponent of a word's count (Mikolov et al. 2013, section 2.2).
const POWER: f64 = 0.75;

/// The alias method (Walker 1977; Vose 1991).
///
/// A draw costs one random number and one look-up in a table of 8 bytes per word. word2vec.c uses a table of 100 million
/// words instead.
pub(super) struct Negatives {
    /// One column per word.
    columns: Vec<Column>,
}

/// A column of the alias table: a draw that lands here gives one of two words.
#[derive(Clone, Copy)]
struct Column {
    /// The probability of the column's own word, scaled to 2^32.
    threshold: u32,
    /// The other word.
    alias: u32,
}

impl Negatives {
    pub(super) fn new(counts: &[u64]) -> Self {
        let weights: Vec<f64> = counts.iter().map(|n| (*n as f64).powf(POWER)).collect();
        let total: f64 = weights.iter().sum();
        let n = weights.len() as f64;
        let mut shares: Vec<f64> = weights.iter().map(|weight| weight * n / total).collect();
        let mut columns: Vec<Column> = (0..counts.len() as u32)
            .map(|word| Column {
                threshold: u32::MAX,
                alias: word,
            })
            .collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..shares.len()).partition(|word| shares[*word] < 1.0);
        while let (Some(less), Some(more)) = (small.pop(), large.last().copied()) {
            columns[less] = Column {
                threshold: (shares[less] * 2_f64.powi(32)) as u32,
                alias: more as u32,
            };
            shares[more] -= 1.0 - shares[less];
            if shares[more] < 1.0 {
                large.pop();
                small.push(more);
            }
        }
        Self { columns }
    }

    /// Draws a word.
    pub(super) fn draw(&self, draws: &mut Draws) -> u32 {
        let bits = draws.bits();
        let word = scaled((bits >> 32) as u32, self.columns.len() as u32);
        let Column { threshold, alias } = self.columns[word as usize];
        if (bits as u32) < threshold {
            word
        } else {
            alias
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Negatives;
    use crate::train::draws::{Draws, Purpose};

    #[test]
    fn words_are_drawn_in_proportion_to_the_power_of_their_counts() {
        let counts = [10_000_u64, 2_000, 500, 81, 16, 1];
        let negatives = Negatives::new(&counts);
        let mut draws = Draws::new(1, Purpose::Stretch, 0, 0);
        let mut drawn = [0_f64; 6];
        let n = 400_000;
        for _ in 0..n {
            drawn[negatives.draw(&mut draws) as usize] += 1.0;
        }
        let total: f64 = counts.iter().map(|count| (*count as f64).powf(0.75)).sum();
        for (count, drawn) in counts.iter().zip(drawn) {
            let expect = (*count as f64).powf(0.75) / total * f64::from(n);
            assert!(
                (drawn - expect).abs() < 4.0 * expect.sqrt() + 1.0,
                "{count}: {drawn}, {expect}"
            );
        }
    }

    #[test]
    fn a_single_word_is_always_drawn() {
        let negatives = Negatives::new(&[3]);
        let mut draws = Draws::new(1, Purpose::Stretch, 0, 0);
        assert!((0..100).all(|_| negatives.draw(&mut draws) == 0));
    }
}
