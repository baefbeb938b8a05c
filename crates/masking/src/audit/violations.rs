//! Counts of what no mask may do (method §2.1, §2.2, §2.5 to §2.7).

use std::ops::Range;

use segment::{PieceId, UnitSpan};

use super::line::AuditLine;
use crate::budget::most_masked;
use crate::mask::{Masked, Masker};
use crate::objective::MaskUnit;
use crate::replace::Kind;

/// The names of the violations, in the order in which they are counted.
const NAMES: [&str; 6] = [
    "examples over the budget by their longest unit or more",
    "examples with more fallbacks than the cap (beyond-cap n-grams aside)",
    "replaced units equal to their original",
    "similar words that are not in the table",
    "masked special pieces",
    "n-grams across a text's boundary",
];

/// The number of violations of each rule.
#[derive(Default)]
pub(super) struct Violations {
    counts: [usize; NAMES.len()],
}

impl Violations {
    /// Adds the violations of an example.
    pub(super) fn add(
        &mut self,
        masker: &Masker,
        original: &[PieceId],
        units: &[UnitSpan],
        n_units_first: usize,
        masked: &Masked,
    ) {
        let objective = masker.objective();
        let longest = match objective.unit {
            MaskUnit::Word => units.iter().map(|unit| unit.n_pieces as usize).max(),
            MaskUnit::Piece => Some(1),
        };
        let most = most_masked(objective.final_rate(), original.len(), longest.unwrap_or(0));
        let largest_cap = (objective.fallback_cap * masked.budget as f64 - 1e-9).ceil() as usize;
        let cap = masked.fallback_cap.min(largest_cap);
        let fallbacks = masked.kinds.iter().filter(|kind| **kind == Kind::Fallback);
        let crossing = match objective.unit {
            MaskUnit::Word => n_crossing(masked, n_units_first as u32),
            MaskUnit::Piece => 0,
        };
        let [unchanged, foreign, special] = of_units(masker, original, masked);
        let found = [
            usize::from(masked.positions.len() > most),
            usize::from(fallbacks.count() > cap + masked.n_beyond_cap),
            unchanged,
            foreign,
            special,
            crossing,
        ];
        for (all, found) in self.counts.iter_mut().zip(found) {
            *all += found;
        }
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = AuditLine> {
        let counts = NAMES.into_iter().zip(self.counts);
        counts.map(|(name, count)| AuditLine::violations(name, count))
    }
}

/// Replaced units that equal their original, similar words that are not in the table, and masked special pieces.
fn of_units(masker: &Masker, original: &[PieceId], masked: &Masked) -> [usize; 3] {
    let vocabulary = masker.vocabulary();
    let is_masked_special =
        |id: &&PieceId| vocabulary.is_special(**id) && **id != vocabulary.specials().unk;
    let mut found = [0; 3];
    for (unit, kind) in &masked.units {
        let (old, new) = (&original[unit.range()], &masked.input_ids[unit.range()]);
        found[0] += usize::from(*kind != Kind::Kept && old == new);
        found[1] += usize::from(*kind == Kind::Similar && !is_candidate(masker, old, new));
        found[2] += old.iter().filter(is_masked_special).count();
    }
    found
}

fn is_candidate(masker: &Masker, word: &[PieceId], similar: &[PieceId]) -> bool {
    let Some(table) = masker.table() else {
        return false;
    };
    let Some(candidates) = table.word(word).map(|word| table.candidates(word)) else {
        return false;
    };
    (0..candidates.len()).any(|rank| table.pieces(candidates.word(rank)) == similar)
}

fn n_crossing(masked: &Masked, boundary: u32) -> usize {
    let crosses = |units: &Range<u32>| units.start < boundary && units.end > boundary;
    let taken = masked.taken.iter();
    taken.filter(|ngram| crosses(&ngram.units)).count()
}
