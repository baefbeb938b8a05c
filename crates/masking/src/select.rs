//! Which n-grams of the walk are taken: in random order, up to the budget, under the cap on fallbacks.

use std::ops::Range;

use rand::Rng;
use rand::seq::SliceRandom as _;

use crate::walk::Ngram;

/// An n-gram that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NgramTaken {
    /// Its units.
    pub units: Range<u32>,
    /// The n that was drawn, before the text's end or the budget cut it.
    pub drawn: u8,
    /// Whether it was taken though its fallbacks are beyond the cap.
    pub beyond_cap: bool,
}

/// What is selected of a walk.
pub struct Selection<'s> {
    /// Pieces that may be masked.
    pub budget: usize,
    /// Pieces that may fall back to random words.
    pub fallback_cap: usize,
    /// Pieces of a unit.
    pub n_pieces: &'s dyn Fn(usize) -> usize,
    /// Pieces of a unit that would fall back if it were the unit taken at a place (from 0): all of them, or 0.
    pub n_fallback: &'s dyn Fn(usize, usize) -> usize,
}

/// Takes n-grams of a walk; `ngrams` is left in the order visited, without the first units that were passed over, `taken`
/// in the order taken.
///
/// - The n-grams are visited in random order and taken; the first that is larger than what is left of the budget is cut
///   to its first units that fit, and ends the selection (method §2.3 \[P\]), though it has no unit that fits (§8.3).
/// - Before anything is taken, first units that are larger than the whole budget are passed over, and the selection goes
///   on with the unit behind them, so that a label is found wherever one fits (§8.4).
/// - An n-gram that would bring the fallback pieces above the cap is passed over ("skip and choose another"); where the
///   walk ends with budget left, those passed over are taken after all, in the order visited, by the same rule, and
///   marked as beyond the cap (method §2.6; ymcui/MacBERT issue 9).
///
/// Kinds belong to the places of the taken units, not to the units: what is passed over gives its kinds back, and the
/// next n-gram meets the same ones \[P\]. So the cap leaves their shares but for the last places: there the budget may end
/// before an n-gram is found for a similar word, while any n-gram serves the other kinds. With tables that know a quarter
/// to three quarters of the units, 79.6 to 79.9 % instead of 80 % of the units are drawn as similar at length 128, as
/// good as 80 % at 512, and 78 to 79.7 % at 32. Returns how many n-grams were passed over.
pub fn select(
    ngrams: &mut [Ngram],
    selection: &Selection<'_>,
    rng: &mut impl Rng,
    taken: &mut Vec<NgramTaken>,
) -> usize {
    ngrams.shuffle(rng);
    let mut left = selection.budget;
    let (mut fallbacks, mut n_units) = (0, 0);
    let mut passed_over = Vec::new();
    for (visited, ngram) in ngrams.iter_mut().enumerate() {
        if taken.is_empty() {
            pass_over_too_large(ngram, selection);
        }
        let fitting = fitting(*ngram, left, selection);
        let places = fitting.clone().zip(n_units..);
        let n_fallback: usize = places
            .map(|(unit, place)| (selection.n_fallback)(unit, place))
            .sum();
        if fallbacks + n_fallback > selection.fallback_cap {
            passed_over.push(visited);
            continue;
        }
        fallbacks += n_fallback;
        n_units += fitting.len();
        if !take(*ngram, fitting, false, &mut left, selection, taken) {
            return passed_over.len();
        }
    }
    for visited in &passed_over {
        let fitting = fitting(ngrams[*visited], left, selection);
        if !take(ngrams[*visited], fitting, true, &mut left, selection, taken) {
            break;
        }
    }
    passed_over.len()
}

/// Drops an n-gram's first units as long as they are larger than the whole budget (method §8.4).
fn pass_over_too_large(ngram: &mut Ngram, selection: &Selection<'_>) {
    while ngram.n > 0 && (selection.n_pieces)(ngram.start as usize) > selection.budget {
        ngram.start += 1;
        ngram.n -= 1;
    }
}

/// The first units of an n-gram that fit into what is left.
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

/// Takes what fits; whether the selection goes on: not after an n-gram that was cut, nor with the budget used up.
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
