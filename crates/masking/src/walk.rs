//! N-grams by sequential selection: a pointer walks over the units of each text.

use std::ops::Range;

use rand::{Rng, RngExt as _};

/// N units in a row within one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ngram {
    /// Its first unit.
    pub start: u32,
    /// Its number of units; fewer than drawn where the text ends.
    pub n: u8,
    /// The n that was drawn.
    pub drawn: u8,
}

impl Ngram {
    /// Its units.
    pub fn units(self) -> Range<usize> {
        self.start as usize..self.start as usize + usize::from(self.n)
    }
}

/// Appends the n-grams of one run of units to `ngrams`.
///
/// At each stop n is drawn from the shares of {1, 2, 3, 4}, these n units are one n-gram, and the pointer jumps behind
/// it; the end of the run cuts the last one short. So n-grams neither overlap nor cross a text's boundary, and the shares
/// that are drawn are the published ones (method §2.2; \[M\], and its author's answer in ymcui/MacBERT issue 13:
/// "sequential selection"). Units that may not be masked end a run \[P\].
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
