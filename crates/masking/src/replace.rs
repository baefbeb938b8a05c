//! Decides what replaces a masked unit.

use rand::{Rng, RngExt as _};
use segment::{PieceId, Vocabulary};
use serde::{Deserialize, Serialize};
use synonym::SimilarWords;

use crate::objective::Objective;

/// How often a random word that equals the original is redrawn. After that, pieces are drawn one by one and the first is
/// forced to differ.
const MAX_DRAWS: usize = 32;

/// What replaced a masked unit. The number is the code in exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Kind {
    /// A similar word.
    Similar = 0,
    /// A random word, because a random word was drawn.
    Random = 1,
    /// Nothing: the unit is kept.
    Kept = 2,
    /// A random word, because a similar word was drawn but the table has none.
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

    /// The name in metrics and reports.
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

/// Draws the kind of a masked unit, once for the whole unit (method §2.4; \[M\], \[J\]).
///
/// Never draws [`Kind::Fallback`]: whether the table has a similar word is known only when the unit is.
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

/// Draws a similar word with as many pieces as the unit (method §2.5; \[M\]). `None` if the table has none.
///
/// The draw is uniform over the candidates, or by their weights if the table has weights.
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

/// The pieces that random words are drawn from.
pub(crate) struct RandomWords {
    /// Pieces for the first position: without special tokens, `[unusedN]` and `##` pieces.
    first: Vec<PieceId>,
    /// Pieces for the other positions: without special tokens and `[unusedN]`.
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

    /// Whether there are at least two pieces for the first position, so that a random word can differ from any unit.
    pub(crate) fn can_draw(&self) -> bool {
        self.first.len() >= 2
    }

    /// Draws a random word with as many pieces as the unit, and writes it to `out` (method §2.7; \[M\]).
    ///
    /// The word is uniform over the words of the table with that number of pieces. If there are none, the pieces are drawn
    /// uniformly and independently from the vocabulary. The word is never the unit itself, has no special tokens and no
    /// `[unusedN]`, and does not start with a `##` piece \[P\].
    pub(crate) fn draw(
        &self,
        table: Option<&SimilarWords>,
        unit: &[PieceId],
        rng: &mut impl Rng,
        out: &mut [PieceId],
    ) {
        let n_words = table.map_or(0, |table| table.n_words_of(unit.len()));
        if let Some(table) = table
            && n_words > 0
        {
            for _ in 0..MAX_DRAWS {
                let word = table.pieces(table.word_of(unit.len(), rng.random_range(0..n_words)));
                if word != unit {
                    out.copy_from_slice(word);
                    return;
                }
            }
        }
        self.draw_pieces(unit, rng, out);
    }

    fn draw_pieces(&self, unit: &[PieceId], rng: &mut impl Rng, out: &mut [PieceId]) {
        for (index, piece) in out.iter_mut().enumerate() {
            let from = if index == 0 { &self.first } else { &self.later };
            *piece = from[rng.random_range(0..from.len())];
        }
        if out == unit {
            let mut others = self.first.iter().filter(|id| **id != unit[0]);
            let index = rng.random_range(0..self.first.len() - 1);
            out[0] = *others
                .nth(index)
                .expect("`Masker::new` found that there are two pieces to choose from");
        }
    }
}

#[cfg(test)]
mod tests;
