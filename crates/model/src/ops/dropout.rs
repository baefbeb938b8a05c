//! Dropout whose masks are a value: a function of the batch's seed, of the place in the model, and of the element's own
//! place.
#![expect(
    clippy::inline_always,
    reason = "masks are drawn within loops that are compiled for vector instructions, and take these on"
)]

use repro::hash_counter;

/// The two rates and the seed of one pass through the model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dropout {
    hidden: f64,
    shares: f64,
    seed: u64,
}

/// One place in the model where numbers are dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    /// The share that is dropped.
    pub(crate) rate: f64,
    key: u64,
}

/// Where in the model.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Behind the embeddings' norm.
    Embeddings,
    /// Attention shares of a layer.
    Shares(usize),
    /// What a layer's attention puts out.
    Attention(usize),
    /// What a layer's feed-forward puts out.
    FeedForward(usize),
}

impl Dropout {
    pub(crate) const NONE: Self = Self {
        hidden: 0.0,
        shares: 0.0,
        seed: 0,
    };

    /// Dropout of the rates of hidden states and of attention shares.
    pub(crate) const fn new(hidden: f64, shares: f64, seed: u64) -> Self {
        Self {
            hidden,
            shares,
            seed,
        }
    }

    /// Whether anything is dropped anywhere.
    pub(crate) fn is_on(&self) -> bool {
        self.hidden > 0.0 || self.shares > 0.0
    }

    pub(crate) fn at(&self, place: Place) -> Site {
        let (number, rate) = match place {
            Place::Embeddings => (0, self.hidden),
            Place::Shares(layer) => (3 * layer + 1, self.shares),
            Place::Attention(layer) => (3 * layer + 2, self.hidden),
            Place::FeedForward(layer) => (3 * layer + 3, self.hidden),
        };
        Site {
            rate,
            key: hash_counter(self.seed ^ hash_counter(number as u64)),
        }
    }
}

impl Site {
    /// The factors of a row's columns: 0, in a share of the rate, and 1 / (1 − rate).
    ///
    /// A counter-based generator: a factor depends on the site, the row's number and the column alone, so that nothing is
    /// stored for the backward pass, and any thread can draw any part.
    #[inline(always)]
    pub(crate) fn factors(self, row: u64) -> Factors {
        Factors {
            row: hash_counter(self.key ^ row) as u32,
            below: self.below(),
            kept: self.kept() as f32,
        }
    }

    /// Draws of 32 bits below it are dropped.
    #[inline(always)]
    fn below(self) -> u32 {
        (self.rate * 4_294_967_296.0).round().min(4_294_967_295.0) as u32
    }

    /// What is kept is multiplied by this.
    #[inline(always)]
    pub(crate) fn kept(self) -> f64 {
        (1.0 - self.rate).recip()
    }

    /// What a GPU's kernels draw the same masks from.
    #[cfg(feature = "tch")]
    pub(crate) fn for_kernels(self) -> libtorch::kernels::Site {
        libtorch::kernels::Site {
            key: self.key,
            below: self.below(),
            kept: self.kept() as f32,
        }
    }

    pub(crate) fn is_on(self) -> bool {
        self.rate > 0.0
    }

    /// The factors of rows, `[rows, width]`.
    pub(crate) fn mask(self, rows: impl Iterator<Item = u64>, width: usize) -> Vec<f32> {
        let row = |row: u64| {
            let factors = self.factors(row);
            (0..width).map(move |column| factors.of(column))
        };
        rows.flat_map(row).collect()
    }
}

/// What decides a row's factors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factors {
    row: u32,
    below: u32,
    kept: f32,
}

impl Factors {
    /// The factor of a column. 32 bits decide it (the finaliser of `MurmurHash3` over a Weyl sequence), which vector
    /// instructions draw sixteen at a time.
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
        // Three standard errors of a share of 0.1 in a million draws.
        assert!((dropped - 0.1).abs() < 9e-4, "{dropped}");
        assert!((mean - 1.0).abs() < 1e-3, "{mean}");
    }

    /// Rows, columns and neighbours of a mask know nothing of each other.
    #[test]
    fn rows_and_columns_are_dropped_alike() {
        let mask = mask(7, Place::Shares(0));
        let (mut rows, mut columns, mut pairs) = ([0; 1000], [0; 1000], 0);
        for (at, _) in mask.iter().enumerate().filter(|(_, x)| **x == 0.0) {
            rows[at / 1000] += 1;
            columns[at % 1000] += 1;
            pairs += i32::from(at % 1000 > 0 && mask[at - 1] == 0.0);
        }
        // Five standard errors of a share of 0.3 in a thousand draws; of 0.09 in a million.
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
