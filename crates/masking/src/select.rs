//! Selects n-grams of the walk: in random order, up to the budget, under the cap on fallbacks.

use std::ops::Range;

use rand::Rng;
use rand::seq::SliceRandom as _;

use crate::walk::Ngram;

/// An n-gram that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NgramTaken {
    /// The indices of its units.
    pub units: Range<u32>,
    /// The n that was drawn, before the end of the text or the budget cut the n-gram.
    pub drawn: u8,
    /// Whether it was taken although its fallbacks exceed the cap.
    pub beyond_cap: bool,
}

/// The limits of a selection, and the sizes of the units.
pub struct Selection<'s> {
    /// The most pieces that may be masked.
    pub budget: usize,
    /// The most pieces that may fall back to random words.
    pub fallback_cap: usize,
    /// The number of pieces of a unit.
    pub n_pieces: &'s dyn Fn(usize) -> usize,
    /// `n_fallback(unit, slot)`: the pieces of a unit that fall back if it gets the kind of a slot; all of them, or 0.
    pub n_fallback: &'s dyn Fn(usize, usize) -> usize,
}

/// Takes n-grams of a walk until the budget is used, and returns how many were passed over.
///
/// - N-grams are visited in random order and taken while they fit. The first one that is larger than the rest of the
///   budget is cut to its first units that fit, and ends the selection (method §2.3 \[P\]), even if none of its units
///   fits (§8.3). The draw of §2.3 for a unit that fits only in part is not made yet.
/// - While nothing is taken yet, a first unit that is larger than the whole budget is passed over, and the selection goes
///   on with the next unit. So every example has a label if any of its units fits (§8.4).
/// - An n-gram that would raise the fallback pieces above the cap is passed over ("skip and choose another"). If the walk
///   ends with budget left, the n-grams passed over are taken after all, in the order visited, and are marked as beyond
///   the cap (method §2.6; issue 9 of ymcui/MacBERT).
///
/// Kinds are drawn per slot (the i-th unit to be masked), not per unit. The slots of an n-gram that is passed over, and
/// their kinds, go to the next n-gram \[P\]. So the cap hardly changes the shares of the kinds. Only the last slots differ:
/// any n-gram can fill a slot of another kind, but the budget may end before one is found for a slot of kind
/// [`Similar`](crate::Kind::Similar). If the table knows a quarter to three quarters of the units, 79.6 to 79.9 % of the
/// units are drawn as similar at length 128, practically 80 % at 512, and 78 to 79.7 % at 32.
///
/// Afterwards `ngrams` is in the order visited, without first units that were too large, and `taken` is in the order
/// taken.
pub fn select(
    ngrams: &mut [Ngram],
    selection: &Selection<'_>,
    rng: &mut impl Rng,
    taken: &mut Vec<NgramTaken>,
) -> usize {
    ngrams.shuffle(rng);
    let mut left = selection.budget;
    let (mut n_fallback, mut n_units) = (0, 0);
    let mut passed_over = Vec::new();
    for (index, ngram) in ngrams.iter_mut().enumerate() {
        if taken.is_empty() {
            pass_over_too_large(ngram, selection);
        }
        let fitting = fitting(*ngram, left, selection);
        let slots = fitting.clone().zip(n_units..);
        let n_more: usize = slots
            .map(|(unit, slot)| (selection.n_fallback)(unit, slot))
            .sum();
        if n_fallback + n_more > selection.fallback_cap {
            passed_over.push(index);
            continue;
        }
        n_fallback += n_more;
        n_units += fitting.len();
        if !take(*ngram, fitting, false, &mut left, selection, taken) {
            return passed_over.len();
        }
    }
    for index in &passed_over {
        let fitting = fitting(ngrams[*index], left, selection);
        if !take(ngrams[*index], fitting, true, &mut left, selection, taken) {
            break;
        }
    }
    passed_over.len()
}

/// Drops the first units of an n-gram that are larger than the whole budget (method §8.4).
fn pass_over_too_large(ngram: &mut Ngram, selection: &Selection<'_>) {
    while ngram.n > 0 && (selection.n_pieces)(ngram.start as usize) > selection.budget {
        ngram.start += 1;
        ngram.n -= 1;
    }
}

/// The first units of an n-gram that fit into the rest of the budget.
fn fitting(ngram: Ngram, left: usize, selection: &Selection<'_>) -> Range<usize> {
    let mut units = ngram.units();
    let mut room = left;
    let fits = units.clone().take_while(|unit| {
        let n_pieces = (selection.n_pieces)(*unit);
        let fits = n_pieces <= room;
        room = room.saturating_sub(n_pieces);
        fits
    });
    units.end = units.start + fits.count();
    units
}

/// Takes the units that fit. Returns whether the selection goes on: it ends if the n-gram was cut or the budget is used.
fn take(
    ngram: Ngram,
    fitting: Range<usize>,
    beyond_cap: bool,
    left: &mut usize,
    selection: &Selection<'_>,
    taken: &mut Vec<NgramTaken>,
) -> bool {
    *left -= fitting.clone().map(selection.n_pieces).sum::<usize>();
    let whole = fitting.len() == usize::from(ngram.n);
    if !fitting.is_empty() {
        taken.push(NgramTaken {
            units: fitting.start as u32..fitting.end as u32,
            drawn: ngram.drawn,
            beyond_cap,
        });
    }
    whole && *left > 0
}
