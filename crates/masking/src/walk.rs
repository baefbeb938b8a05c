//! Cuts texts into n-grams: a pointer walks over the units of each text.

use std::ops::Range;

use rand::{Rng, RngExt as _};

/// An n-gram: n units in a row within one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ngram {
    /// The index of its first unit.
    pub start: u32,
    /// The number of its units; less than `drawn` if the end of the run cut it.
    pub n: u8,
    /// The n that was drawn.
    pub drawn: u8,
}

impl Ngram {
    /// The indices of its units.
    pub fn units(self) -> Range<usize> {
        self.start as usize..self.start as usize + usize::from(self.n)
    }
}

/// Cuts a run of units into n-grams and appends them to `ngrams`.
///
/// At each stop of the pointer n is drawn by `shares`, the next n units are one n-gram, and the pointer moves behind
/// them. The end of the run cuts the last n-gram. So n-grams never overlap, never reach across a run's end, and are drawn
/// with the published shares (method §2.2; \[M\], and issue 13 of ymcui/MacBERT: "sequential selection").
///
/// A run is a text, or a part of it between units that must not be masked \[P\].
pub fn walk(run: Range<u32>, shares: &[f64], rng: &mut impl Rng, ngrams: &mut Vec<Ngram>) {
    let mut pointer = run.start;
    while pointer < run.end {
        let drawn = draw_n(shares, rng);
        let n = u32::from(drawn).min(run.end - pointer) as u8;
        ngrams.push(Ngram {
            start: pointer,
            n,
            drawn,
        });
        pointer += u32::from(n);
    }
}

fn draw_n(shares: &[f64], rng: &mut impl Rng) -> u8 {
    let mut left: f64 = rng.random();
    for (index, share) in shares.iter().enumerate() {
        if left < *share {
            return index as u8 + 1;
        }
        left -= share;
    }
    shares.len() as u8
}
