//! Selects n-grams of the walk: in random order, until the budget is used, under the cap on fallbacks.

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
    /// How many pieces are to be masked. Only the last unit may exceed it.
    pub budget: usize,
    /// A uniform number from 0 to below 1. A unit that fits only in part is taken if this is below its part that fits.
    pub part_draw: f64,
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
///   budget is cut to its first units that fit, and ends the selection (method §2.3 \[P\]). Its next unit, which fits only
///   in part, is taken too with probability (pieces left ÷ its pieces). Without this draw long units would be masked too
///   rarely. An example may therefore exceed the budget by its longest unit less one piece.
/// - There is one draw per example, [`Selection::part_draw`]. If an n-gram with its last unit taken in part is passed over
///   because of the cap, the next n-gram gets the same draw. A new draw for each n-gram would end the selection too
///   early, because only successful draws can lead to passing over \[P\].
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
        let taken_units = units_taken(*ngram, left, selection);
        let slots = taken_units.clone().zip(n_units..);
        let n_more: usize = slots
            .map(|(unit, slot)| (selection.n_fallback)(unit, slot))
            .sum();
        if n_fallback + n_more > selection.fallback_cap {
            passed_over.push(index);
            continue;
        }
        n_fallback += n_more;
        n_units += taken_units.len();
        if !take(*ngram, taken_units, false, &mut left, selection, taken) {
            return passed_over.len();
        }
    }
    for index in &passed_over {
        let taken_units = units_taken(ngrams[*index], left, selection);
        if !take(
            ngrams[*index],
            taken_units,
            true,
            &mut left,
            selection,
            taken,
        ) {
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

/// The units of an n-gram that are taken: the first ones that fit into the rest of the budget, and the next one if the
/// draw takes its part for the whole (method §2.3).
fn units_taken(ngram: Ngram, left: usize, selection: &Selection<'_>) -> Range<usize> {
    let mut taken = ngram.start as usize..ngram.start as usize;
    let mut room = left;
    for unit in ngram.units() {
        let n_pieces = (selection.n_pieces)(unit);
        if n_pieces > room {
            let is_taken = selection.part_draw * (n_pieces as f64) < room as f64;
            taken.end += usize::from(is_taken);
            break;
        }
        room -= n_pieces;
        taken.end += 1;
    }
    taken
}

/// Takes units of an n-gram. Returns whether the selection goes on: it ends if the n-gram was cut or the budget is used.
fn take(
    ngram: Ngram,
    units: Range<usize>,
    beyond_cap: bool,
    left: &mut usize,
    selection: &Selection<'_>,
    taken: &mut Vec<NgramTaken>,
) -> bool {
    let n_pieces = units.clone().map(selection.n_pieces).sum();
    *left = left.saturating_sub(n_pieces);
    let is_whole = units.len() == usize::from(ngram.n);
    if !units.is_empty() {
        taken.push(NgramTaken {
            units: units.start as u32..units.end as u32,
            drawn: ngram.drawn,
            beyond_cap,
        });
    }
    is_whole && *left > 0
}
