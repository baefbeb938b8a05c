//! Words drawn against a word: in proportion to count^0.75.

use super::draws::{Draws, scaled};

/// The power of a word's count (Mikolov et al. 2013, section 2.2).
const POWER: f64 = 0.75;

/// A table of aliases (Walker 1977; Vose 1991): a draw costs one random number and one look-up, in 8 bytes a word, where
/// word2vec.c keeps a table of 100 million places.
pub(super) struct Negatives {
    /// Below the threshold, of 2^32, stands the place's own word, else the alias.
    places: Vec<(u32, u32)>,
}

impl Negatives {
    pub(super) fn new(counts: &[u64]) -> Self {
        let weights: Vec<f64> = counts.iter().map(|n| (*n as f64).powf(POWER)).collect();
        let total: f64 = weights.iter().sum();
        let n = weights.len() as f64;
        let mut shares: Vec<f64> = weights.iter().map(|weight| weight * n / total).collect();
        let mut places: Vec<(u32, u32)> = (0..counts.len() as u32)
            .map(|word| (u32::MAX, word))
            .collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..shares.len()).partition(|word| shares[*word] < 1.0);
        while let (Some(less), Some(more)) = (small.pop(), large.last().copied()) {
            places[less] = ((shares[less] * 2_f64.powi(32)) as u32, more as u32);
            shares[more] -= 1.0 - shares[less];
            if shares[more] < 1.0 {
                large.pop();
                small.push(more);
            }
        }
        Self { places }
    }

    /// A word.
    pub(super) fn draw(&self, draws: &mut Draws) -> u32 {
        let bits = draws.bits();
        let place = scaled((bits >> 32) as u32, self.places.len() as u32);
        let (threshold, alias) = self.places[place as usize];
        if (bits as u32) < threshold {
            place
        } else {
            alias
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::draws::{Draws, Purpose};
    use super::Negatives;

    #[test]
    fn words_are_drawn_by_the_power_of_their_counts() {
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
