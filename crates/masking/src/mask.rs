//! Masks an example: from units, a table and a generator to masked pieces, labels and kinds.

use std::ops::Range;
use std::sync::Arc;

use rand::{Rng, RngExt as _};
use segment::{PieceId, UnitSpan, Vocabulary};
use synonym::SimilarWords;

use crate::budget::{budget, fallback_cap};
use crate::objective::{MaskUnit, Objective};
use crate::replace::{Kind, RandomWords, draw_kind, draw_similar};
use crate::select::{NgramTaken, Selection, select};
use crate::walk::{Ngram, walk};

/// The reason why a vocabulary and a table do not suffice for an objective.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaskerError {
    /// The objective needs similar words, but there is no table.
    #[error(
        "the objective uses similar words, but there is no similar-word table; add [similar_words] to the config, or choose another objective"
    )]
    NoTable,
    /// The objective needs `[MASK]`, but the vocabulary has none.
    #[error(
        "the objective uses [MASK], but the vocabulary has no [MASK]; choose `mac` or `random_replace`, or another vocabulary"
    )]
    NoMaskPiece,
    /// The objective needs random words, but the vocabulary has too few pieces.
    #[error("the vocabulary has fewer than two ordinary pieces to draw random words from")]
    NoOrdinaryPieces,
}

/// Masks examples by an objective, with a vocabulary and a table of similar words. Threads can share it.
pub struct Masker {
    objective: Objective,
    vocabulary: Arc<Vocabulary>,
    table: Option<Arc<SimilarWords>>,
    random_words: RandomWords,
}

/// A masked sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// The pieces that the model reads; `[length]`.
    pub input_ids: Vec<PieceId>,
    /// The masked positions, rising; `[masked]`.
    pub positions: Vec<u32>,
    /// The original pieces at these positions; `[masked]`.
    pub labels: Vec<PieceId>,
    /// The kind of the unit at each of these positions; `[masked]`.
    pub kinds: Vec<Kind>,
    /// The index in `taken` of the n-gram at each of these positions; `[masked]`.
    pub ngrams: Vec<u16>,
    /// The masked units with their kinds, in the order of the text. If pieces are masked one by one, each is a unit here.
    pub units: Vec<(UnitSpan, Kind)>,
    /// The n-grams, in the order in which they were taken.
    pub taken: Vec<NgramTaken>,
    /// How many pieces are to be masked (method §2.1). Only the last unit taken may exceed it.
    pub budget: usize,
    /// The most fallback pieces, those beyond the cap aside (method §2.6).
    pub fallback_cap: usize,
    /// Fallback pieces in n-grams that were taken beyond the cap.
    pub n_beyond_cap: usize,
    /// N-grams that were passed over because of the cap.
    pub n_passed_over: usize,
}

/// A unit that is to be replaced.
struct Chosen {
    /// The index of the unit.
    unit: usize,
    /// The kind of its slot.
    kind: Kind,
    /// The index of its n-gram.
    ngram: u16,
}

impl Masker {
    /// Binds an objective to a vocabulary and a table. The table must have been opened with this vocabulary.
    pub fn new(
        objective: Objective,
        vocabulary: Arc<Vocabulary>,
        table: Option<Arc<SimilarWords>>,
    ) -> Result<Self, MaskerError> {
        let random_words = RandomWords::new(&vocabulary);
        if objective.similar > 0.0 && table.is_none() {
            return Err(MaskerError::NoTable);
        }
        if objective.mask > 0.0 && vocabulary.specials().mask.is_none() {
            return Err(MaskerError::NoMaskPiece);
        }
        if objective.random + objective.similar > 0.0 && !random_words.can_draw() {
            return Err(MaskerError::NoOrdinaryPieces);
        }
        Ok(Self {
            objective,
            vocabulary,
            table,
            random_words,
        })
    }

    /// The objective.
    pub const fn objective(&self) -> &Objective {
        &self.objective
    }

    /// The table of similar words, if there is one.
    pub fn table(&self) -> Option<&SimilarWords> {
        self.table.as_deref()
    }

    /// The vocabulary.
    pub const fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.vocabulary
    }

    /// Masks `[CLS] A [SEP] B [SEP]` at the final rate of the objective. `units` are the units of both texts; the first
    /// `n_units_first` belong to the text that is shown first.
    pub fn mask(
        &self,
        input_ids: &[PieceId],
        units: &[UnitSpan],
        n_units_first: usize,
        rng: &mut impl Rng,
    ) -> Masked {
        let rate = self.objective.final_rate();
        self.mask_at(rate, input_ids, units, n_units_first, rng)
    }

    /// Does what [`Self::mask`] does, at a rate: that of a step of a run ([`Objective::rate_at`]).
    pub fn mask_at(
        &self,
        rate: f64,
        input_ids: &[PieceId],
        units: &[UnitSpan],
        n_units_first: usize,
        rng: &mut impl Rng,
    ) -> Masked {
        let budget = budget(rate, input_ids.len());
        match self.objective.unit {
            MaskUnit::Word => self.mask_units(budget, input_ids, units, n_units_first, rng),
            MaskUnit::Piece => {
                let pieces = |units: &[UnitSpan]| -> Vec<UnitSpan> {
                    units
                        .iter()
                        .flat_map(|unit| unit.range())
                        .map(one_piece)
                        .collect()
                };
                let n_first = units[..n_units_first]
                    .iter()
                    .map(|unit| unit.n_pieces as usize)
                    .sum();
                self.mask_units(budget, input_ids, &pieces(units), n_first, rng)
            }
        }
    }

    /// The units of an example that may be masked, in the order of the text: single pieces if the objective masks these. Units
    /// with `[UNK]` are among them only if the objective masks them (method §8.6).
    pub fn maskable<'a>(
        &'a self,
        input_ids: &'a [PieceId],
        units: &'a [UnitSpan],
    ) -> impl Iterator<Item = UnitSpan> + use<'a> {
        let unknown = self.vocabulary.specials().unk;
        let pieces = units.iter().flat_map(|unit| {
            let (unit, step) = match self.objective.unit {
                MaskUnit::Word => (*unit, unit.n_pieces),
                MaskUnit::Piece => (*unit, 1),
            };
            let starts = (unit.start..unit.start + unit.n_pieces).step_by(step as usize);
            starts.map(move |start| UnitSpan {
                start,
                n_pieces: step,
            })
        });
        pieces.filter(move |unit| {
            self.objective.mask_unknown || !input_ids[unit.range()].contains(&unknown)
        })
    }

    /// The runs of units that may be masked. A run ends at the end of a text, and at a unit with `[UNK]` unless the
    /// objective masks these (method §8.6).
    fn runs(
        &self,
        input_ids: &[PieceId],
        units: &[UnitSpan],
        n_units_first: usize,
    ) -> Vec<Range<u32>> {
        let unknown = self.vocabulary.specials().unk;
        let maskable = |unit: &UnitSpan| {
            self.objective.mask_unknown || !input_ids[unit.range()].contains(&unknown)
        };
        let mut runs: Vec<Range<u32>> = Vec::new();
        for (index, unit) in units.iter().enumerate() {
            if !maskable(unit) {
                continue;
            }
            let index = index as u32;
            match runs.last_mut() {
                Some(run) if run.end == index && index as usize != n_units_first => run.end += 1,
                _ => runs.push(index..index + 1),
            }
        }
        runs
    }

    fn mask_units(
        &self,
        budget: usize,
        input_ids: &[PieceId],
        units: &[UnitSpan],
        n_units_first: usize,
        rng: &mut impl Rng,
    ) -> Masked {
        let mut ngrams: Vec<Ngram> = Vec::with_capacity(units.len());
        for run in self.runs(input_ids, units, n_units_first) {
            walk(run, &self.objective.ngram_shares, rng, &mut ngrams);
        }
        let fallback_cap = fallback_cap(self.objective.fallback_cap, budget, rng.random());
        let part_draw = rng.random();
        // One kind per slot. There are at most as many slots as pieces in the budget: every unit taken, also one taken in
        // part, uses at least one piece of it.
        let kinds: Vec<Kind> = (0..budget)
            .map(|_| draw_kind(&self.objective, rng))
            .collect();
        let n_fallback = |unit: usize, slot: usize| {
            let falls_back =
                kinds[slot] == Kind::Similar && !self.has_similar(&input_ids[units[unit].range()]);
            if falls_back {
                units[unit].n_pieces as usize
            } else {
                0
            }
        };
        let selection = Selection {
            budget,
            part_draw,
            fallback_cap,
            n_pieces: &|unit| units[unit].n_pieces as usize,
            n_fallback: &n_fallback,
        };
        let mut masked = Masked {
            input_ids: input_ids.to_vec(),
            budget,
            fallback_cap,
            ..Masked::default()
        };
        masked.n_passed_over = select(&mut ngrams, &selection, rng, &mut masked.taken);
        let mut chosen = in_slots(&masked.taken, &kinds);
        masked.n_beyond_cap = (0..)
            .zip(&chosen)
            .filter(|(_, one)| masked.taken[usize::from(one.ngram)].beyond_cap)
            .map(|(slot, one)| n_fallback(one.unit, slot))
            .sum();
        chosen.sort_by_key(|chosen| chosen.unit);
        for one in &chosen {
            self.replace(one, units[one.unit], input_ids, rng, &mut masked);
        }
        masked
    }

    fn has_similar(&self, unit: &[PieceId]) -> bool {
        let Some(table) = &self.table else {
            return false;
        };
        table
            .word(unit)
            .is_some_and(|word| !table.candidates(word).is_empty())
    }

    /// Replaces a unit as its kind says. Its labels are the original pieces, also if it is kept (method §2.8; \[B\]).
    fn replace(
        &self,
        chosen: &Chosen,
        unit: UnitSpan,
        original: &[PieceId],
        rng: &mut impl Rng,
        masked: &mut Masked,
    ) {
        let pieces = &original[unit.range()];
        let shown = &mut masked.input_ids[unit.range()];
        let kind = match (chosen.kind, &self.table) {
            (Kind::Similar, Some(table)) => match draw_similar(table, pieces, rng) {
                Some(similar) => {
                    shown.copy_from_slice(similar);
                    Kind::Similar
                }
                None => Kind::Fallback,
            },
            (Kind::Similar, None) => Kind::Fallback,
            (kind, _) => kind,
        };
        match kind {
            Kind::Similar | Kind::Kept => {}
            Kind::Mask => shown.fill(self.vocabulary.specials().mask.unwrap_or(pieces[0])),
            Kind::Random | Kind::Fallback => {
                let table = match self.objective.unit {
                    MaskUnit::Word => self.table.as_deref(),
                    MaskUnit::Piece => None,
                };
                self.random_words.draw(table, pieces, rng, shown);
            }
        }
        for (position, label) in unit.range().zip(pieces) {
            masked.positions.push(position as u32);
            masked.labels.push(*label);
            masked.kinds.push(kind);
            masked.ngrams.push(chosen.ngram);
        }
        masked.units.push((unit, kind));
    }
}

/// The units of the n-grams taken, each with the kind of its slot: the i-th unit taken has the i-th kind.
fn in_slots(taken: &[NgramTaken], kinds: &[Kind]) -> Vec<Chosen> {
    let units = (0..).zip(taken).flat_map(|(ngram, taken)| {
        let units = taken.units.clone();
        units.map(move |unit| (unit as usize, ngram))
    });
    let mut chosen = Vec::with_capacity(kinds.len());
    chosen.extend(units.enumerate().map(|(slot, (unit, ngram))| Chosen {
        unit,
        kind: kinds[slot],
        ngram,
    }));
    chosen
}

fn one_piece(position: usize) -> UnitSpan {
    UnitSpan {
        start: position as u32,
        n_pieces: 1,
    }
}

#[cfg(test)]
mod tests;
