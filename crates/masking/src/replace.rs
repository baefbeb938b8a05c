//! Decides what replaces a masked unit.

use std::ops::Range;

use rand::{Rng, RngExt as _};
use segment::{PieceId, Vocabulary};
use serde::{Deserialize, Serialize};
use synonym::{SimilarWords, WordIndex};

use crate::objective::Objective;

/// How often a random word that equals the original is redrawn. After that, pieces are drawn one by one and the first is
/// forced to differ.
const MAX_DRAWS: usize = 32;
/// How often of these a word of similar frequency is drawn. After that, a word of any frequency is drawn.
const MAX_NEAR_DRAWS: usize = 16;
/// How far from the unit's share of the counts a random word of similar frequency is drawn: within a tenth of all running
/// words of its length on both sides \[P\].
const NEAR: f64 = 0.1;

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
    /// The word is one of the table's words with that number of pieces: of similar frequency if the table knows the counts of
    /// its words, otherwise uniform over them. If there are none, the pieces are drawn uniformly and independently from the
    /// vocabulary. The word is never the unit itself, has no special tokens and no `[unusedN]`, and does not start with a
    /// `##` piece \[P\].
    pub(crate) fn draw(
        &self,
        table: Option<&SimilarWords>,
        unit: &[PieceId],
        rng: &mut impl Rng,
        out: &mut [PieceId],
    ) {
        if let Some(table) = table
            && table.n_words_of(unit.len()) > 0
        {
            let known = table.word(unit).and_then(|word| table.share_of(word));
            for draw in 0..MAX_DRAWS {
                // Near the most frequent words there may be hardly any other word.
                let known = known.as_ref().filter(|_| draw < MAX_NEAR_DRAWS);
                let word = table.pieces(draw_word(table, unit.len(), known, rng));
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

/// Draws one of the table's words with a number of pieces, of which there is at least one.
///
/// If counts are known, the draw is near the unit's share of them (`known`): within [`NEAR`] on both sides, and reflected at
/// 0 and 1. So a random word is about as frequent as the unit, and over a text random words are as frequent as the
/// table's words themselves: the word alone does not show that it is a replacement \[P\]. For a unit that the table lacks
/// the draw is over all shares.
fn draw_word(
    table: &SimilarWords,
    n_pieces: usize,
    known: Option<&Range<f64>>,
    rng: &mut impl Rng,
) -> WordIndex {
    let any: f64 = rng.random();
    let share = known.map_or(any, |share| {
        let inside = share.start + any * (share.end - share.start);
        let near = inside + NEAR * (2.0 * rng.random::<f64>() - 1.0);
        if near > 1.0 { 2.0 - near } else { near.abs() }
    });
    table.word_at(n_pieces, share).unwrap_or_else(|| {
        let index = (any * table.n_words_of(n_pieces) as f64) as usize;
        table.word_of(n_pieces, index)
    })
}

#[cfg(test)]
mod tests;
