//! What stands in a masked unit's place.

use rand::{Rng, RngExt as _};
use segment::{PieceId, Vocabulary};
use serde::{Deserialize, Serialize};
use synonym::SimilarWords;

use crate::objective::Objective;

/// A random word is drawn again so often where it is the unit itself; then its first piece is drawn apart.
const MAX_DRAWS: usize = 32;

/// What a masked unit was replaced by; the number is the code in exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Kind {
    /// A similar word.
    Similar = 0,
    /// A random word, by design.
    Random = 1,
    /// Itself.
    Kept = 2,
    /// A random word, since no similar one is known.
    Fallback = 3,
    /// `[MASK]`.
    Mask = 4,
}

impl Kind {
    /// All kinds in the order of their codes.
    pub const ALL: [Self; 5] = [
        Self::Similar,
        Self::Random,
        Self::Kept,
        Self::Fallback,
        Self::Mask,
    ];

    /// The name, as metrics and pages write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Similar => "similar",
            Self::Random => "random",
            Self::Kept => "kept",
            Self::Fallback => "fallback",
            Self::Mask => "mask",
        }
    }
}

/// The kind of a masked unit, drawn once for the whole of it: of the masked words 80 % are replaced with similar words,
/// 10 % with a random word, 10 % kept (method §2.4; \[M\], \[J\]). Whether a similar one is known is seen later.
pub(crate) fn draw_kind(objective: &Objective, rng: &mut impl Rng) -> Kind {
    let draw: f64 = rng.random();
    if draw < objective.similar {
        Kind::Similar
    } else if draw < objective.similar + objective.mask {
        Kind::Mask
    } else if draw < objective.similar + objective.mask + objective.random {
        Kind::Random
    } else {
        Kind::Kept
    }
}

/// A similar word of the unit's number of pieces (method §2.5; \[M\]), uniform over the table's candidates unless the table
/// weighs them; `None` where
/// the table has none.
pub(crate) fn draw_similar<'t>(
    table: &'t SimilarWords,
    unit: &[PieceId],
    rng: &mut impl Rng,
) -> Option<&'t [PieceId]> {
    let candidates = table.candidates(table.word(unit)?);
    if candidates.is_empty() {
        return None;
    }
    let rank = if candidates.are_weighted() {
        candidates.rank_at(rng.random())
    } else {
        rng.random_range(0..candidates.len())
    };
    Some(table.pieces(candidates.word(rank)))
}

/// Where random words and pieces are drawn from.
pub(crate) struct RandomWords {
    /// Neither special nor `[unusedN]` nor `##`.
    first: Vec<PieceId>,
    /// Neither special nor `[unusedN]`.
    later: Vec<PieceId>,
}

impl RandomWords {
    pub(crate) fn new(vocabulary: &Vocabulary) -> Self {
        let ordinary = || vocabulary.ids().filter(|id| vocabulary.is_ordinary(*id));
        Self {
            first: ordinary()
                .filter(|id| !vocabulary.is_continuation(*id))
                .collect(),
            later: ordinary().collect(),
        }
    }

    /// Whether there are two pieces to choose from.
    pub(crate) fn can_draw(&self) -> bool {
        self.first.len() >= 2
    }

    /// Appends a random word of the unit's number of pieces to `out` (method §2.7; \[M\]): uniform over the table's words
    /// of that number; where none has it, pieces uniform over the vocabulary, each on its own. Never the unit itself,
    /// never a special or `[unusedN]`, and no `##` piece in the first place \[P\].
    pub(crate) fn draw(
        &self,
        table: Option<&SimilarWords>,
        unit: &[PieceId],
        rng: &mut impl Rng,
        out: &mut Vec<PieceId>,
    ) {
        let n_words = table.map_or(0, |table| table.n_words_of(unit.len()));
        if let Some(table) = table
            && n_words > 0
        {
            for _ in 0..MAX_DRAWS {
                let word = table.pieces(table.word_of(unit.len(), rng.random_range(0..n_words)));
                if word != unit {
                    out.extend_from_slice(word);
                    return;
                }
            }
        }
        self.draw_pieces(unit, rng, out);
    }

    fn draw_pieces(&self, unit: &[PieceId], rng: &mut impl Rng, out: &mut Vec<PieceId>) {
        let start = out.len();
        for place in 0..unit.len() {
            let from = if place == 0 { &self.first } else { &self.later };
            out.push(from[rng.random_range(0..from.len())]);
        }
        if out[start..] == *unit {
            let others = self.first.iter().filter(|id| **id != unit[0]);
            let index = rng.random_range(0..self.first.len() - 1);
            out[start] = *others
                .clone()
                .nth(index)
                .expect("two pieces to choose from");
        }
    }
}

#[cfg(test)]
mod tests;
