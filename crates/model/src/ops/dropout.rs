//! Dropout masks as a value: a function of the batch's seed, of the place in the model, and of row and column.
#![expect(
    clippy::inline_always,
    reason = "masks are drawn inside loops that are compiled for vector instructions, and have to be compiled for them too"
)]

use repro::hash_counter;

/// The two rates and the seed of one forward pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dropout {
    /// The rate of hidden states.
    hidden: f64,
    /// The rate of attention probabilities.
    probabilities: f64,
    seed: u64,
}

/// Dropout at one place of the model: its rate, and the key of its mask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    /// The probability that a number is dropped, `[0, 1)`.
    pub(crate) rate: f64,
    key: u64,
}

/// A place in the model where numbers are dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// The output of the embeddings' norm.
    Embeddings,
    /// The attention probabilities of the layer with this index.
    Probabilities(usize),
    /// The output of this layer's attention, before residual and norm.
    Attention(usize),
    /// The output of this layer's feed-forward, before residual and norm.
    FeedForward(usize),
    /// The input of a task's head. No operation of the contract drops here.
    Head,
}

impl Dropout {
    /// Drops nothing.
    pub(crate) const NONE: Self = Self {
        hidden: 0.0,
        probabilities: 0.0,
        seed: 0,
    };

    /// Drops hidden states and attention probabilities with these rates.
    pub(crate) const fn new(hidden: f64, probabilities: f64, seed: u64) -> Self {
        Self {
            hidden,
            probabilities,
            seed,
        }
    }

    /// Whether anything is dropped anywhere.
    pub(crate) fn is_on(&self) -> bool {
        self.hidden > 0.0 || self.probabilities > 0.0
    }

    /// Returns the dropout of a place. Each place has its own masks.
    pub(crate) fn at(&self, place: Place) -> Site {
        let (number, rate) = match place {
            Place::Embeddings => (0, self.hidden),
            Place::Probabilities(layer) => (3 * layer + 1, self.probabilities),
            Place::Attention(layer) => (3 * layer + 2, self.hidden),
            Place::FeedForward(layer) => (3 * layer + 3, self.hidden),
            Place::Head => (usize::MAX, self.hidden),
        };
        Site {
            rate,
            key: hash_counter(self.seed ^ hash_counter(number as u64)),
        }
    }
}

impl Site {
    /// Returns the factors of a row: each is 0 with the probability `rate`, or else 1 / (1 − rate).
    ///
    /// The generator is counter-based: a factor depends on the site, the row and the column alone. So no mask is stored for
    /// the backward pass, and any thread can draw any part.
    #[inline(always)]
    pub(crate) fn factors(self, row: u64) -> Factors {
        Factors {
            row: hash_counter(self.key ^ row) as u32,
            below: self.below(),
            kept: self.kept() as f32,
        }
    }

    /// A number is dropped if its draw of 32 bits is below this.
    #[inline(always)]
    fn below(self) -> u32 {
        (self.rate * 4_294_967_296.0).round().min(4_294_967_295.0) as u32
    }

    /// The factor of numbers that are not dropped.
    #[inline(always)]
    pub(crate) fn kept(self) -> f64 {
        (1.0 - self.rate).recip()
    }

    /// Returns what a GPU's kernels draw the same masks from.
    #[cfg(feature = "tch")]
    pub(crate) fn for_kernels(self) -> libtorch::kernels::site::Site {
        libtorch::kernels::site::Site {
            key: self.key,
            below: self.below(),
            kept: self.kept() as f32,
        }
    }

    /// Whether anything is dropped here.
    pub(crate) fn is_on(self) -> bool {
        self.rate > 0.0
    }

    /// Lists the factors of rows, row-major `[rows, width]`.
    pub(crate) fn mask(self, rows: impl Iterator<Item = u64>, width: usize) -> Vec<f32> {
        let row = |row: u64| {
            let factors = self.factors(row);
            (0..width).map(move |column| factors.of(column))
        };
        rows.flat_map(row).collect()
    }
}

/// The factors of one row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factors {
    row: u32,
    below: u32,
    kept: f32,
}

impl Factors {
    /// Draws the factor of a column from 32 bits: the finaliser of `MurmurHash3` over a Weyl sequence. Vector instructions
    /// draw sixteen at a time.
    #[inline(always)]
    pub(crate) fn of(self, column: usize) -> f32 {
        let mut x = self
            .row
            .wrapping_add((column as u32).wrapping_mul(0x9e37_79b9));
        x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
        x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
        x ^= x >> 16;
        if x < self.below { 0.0 } else { self.kept }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(seed: u64, place: Place) -> Vec<f32> {
        Dropout::new(0.1, 0.3, seed).at(place).mask(0..1000, 1000)
    }

    #[test]
    fn a_mask_drops_its_rate_and_keeps_the_mean() {
        let mask = mask(7, Place::Attention(3));
        let dropped = mask.iter().filter(|&&x| x == 0.0).count() as f64 / mask.len() as f64;
        let mean = mask.iter().map(|&x| f64::from(x)).sum::<f64>() / mask.len() as f64;
        // Three standard errors of a rate of 0.1 in a million draws.
        assert!((dropped - 0.1).abs() < 9e-4, "{dropped}");
        assert!((mean - 1.0).abs() < 1e-3, "{mean}");
    }

    /// Rows, columns and neighbours of a mask are independent of each other.
    #[test]
    fn rows_and_columns_are_dropped_alike() {
        let mask = mask(7, Place::Probabilities(0));
        let (mut rows, mut columns, mut pairs) = ([0; 1000], [0; 1000], 0);
        for (at, _) in mask.iter().enumerate().filter(|(_, x)| **x == 0.0) {
            rows[at / 1000] += 1;
            columns[at % 1000] += 1;
            pairs += i32::from(at % 1000 > 0 && mask[at - 1] == 0.0);
        }
        // Five standard errors of a rate of 0.3 in a thousand draws, and of a rate of 0.09 in a million.
        for n in rows.iter().chain(&columns) {
            assert!((*n - 300_i32).abs() < 73, "{n}");
        }
        assert!((pairs - 90_000).abs() < 1500, "{pairs}");
    }

    #[test]
    fn a_mask_follows_from_its_seed_and_place() {
        assert_eq!(mask(1, Place::Embeddings), mask(1, Place::Embeddings));
        assert_ne!(mask(1, Place::Embeddings), mask(2, Place::Embeddings));
        assert_ne!(mask(1, Place::Attention(0)), mask(1, Place::FeedForward(0)));
        assert!(!Dropout::NONE.is_on() && !Dropout::NONE.at(Place::Embeddings).is_on());
    }
}
