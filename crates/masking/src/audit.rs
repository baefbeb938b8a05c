//! Measures every share that the method prescribes, over masked examples, and compares it with what is expected.

use std::ops::Range;

use rand::Rng;
use segment::{PieceId, UnitSpan};

use crate::budget::{budget, fallback_cap};
use crate::mask::{Masked, Masker};
use crate::objective::MaskUnit;
use crate::replace::Kind;
use crate::select::NgramTaken;

mod shares;
mod simulation;

use shares::{Part, Shares};
use simulation::simulate;

/// How many standard errors a share may differ from the expected one.
const STANDARD_ERRORS: f64 = 3.0;
/// The least number of examples for which a standard error means something. With fewer, every share passes.
const LEAST_EXAMPLES: usize = 30;
/// The published shares of n-grams, and what the budget and the ends of texts turn them into (method §2.2, §2.3).
const PUBLISHED_NGRAMS: [(f64, &str); 4] = [
    (0.4, "46 % at length 128, 42 % at 512"),
    (0.3, "30 % at length 128, 30 % at 512"),
    (0.2, "17 % at length 128, 19 % at 512"),
    (0.1, "7 % at length 128, 9 % at 512"),
];
/// The names of the violations, in the order in which they are counted.
const VIOLATIONS: [&str; 6] = [
    "examples over the budget",
    "examples with more fallbacks than the cap (beyond-cap n-grams aside)",
    "replaced units equal to their original",
    "similar words that are not in the table",
    "masked special pieces",
    "n-grams across a text's boundary",
];

/// The unit of an audit line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditUnit {
    /// A share, from 0 to 1.
    Share,
    /// A count.
    Count,
}

/// One quantity of the method: what was measured, and what was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLine {
    /// What is measured.
    pub name: String,
    /// Whether the numbers are shares, or counts of violations.
    pub unit: AuditUnit,
    /// The measured value.
    pub realised: f64,
    /// The value that the rules of the method give on these examples.
    pub expected: f64,
    /// How much the two may differ.
    pub tolerance: f64,
    /// Whether the difference is within the tolerance.
    pub ok: bool,
}

/// Counts over masked examples, and over a simulation of the rules on the same examples. [`Audit::lines`] compares them.
pub struct Audit<'m> {
    masker: &'m Masker,
    n_examples: usize,
    filled: Shares,
    kinds: [Shares; Kind::ALL.len()],
    similar_and_fallback: Shares,
    ngrams: Vec<Shares>,
    fallback_pieces: Shares,
    beyond_cap_pieces: Shares,
    swapped: Shares,
    violations: [usize; VIOLATIONS.len()],
}

impl<'m> Audit<'m> {
    /// Starts an audit by the rules of a masker.
    pub fn new(masker: &'m Masker) -> Self {
        Self {
            masker,
            n_examples: 0,
            filled: Shares::default(),
            kinds: Default::default(),
            similar_and_fallback: Shares::default(),
            ngrams: vec![Shares::default(); masker.objective().ngram_shares.len()],
            fallback_pieces: Shares::default(),
            beyond_cap_pieces: Shares::default(),
            swapped: Shares::default(),
            violations: [0; VIOLATIONS.len()],
        }
    }

    /// Adds an example and its masks, and simulates the rules on its units.
    ///
    /// `rng` draws for the simulation. It must not be the generator that drew the masks, or the two would agree by
    /// construction.
    pub fn add(
        &mut self,
        original: &[PieceId],
        units: &[UnitSpan],
        n_units_first: usize,
        order_label: Option<u8>,
        masked: &Masked,
        rng: &mut impl Rng,
    ) {
        self.n_examples += 1;
        if let Some(label) = order_label {
            self.swapped
                .add(Part::of(usize::from(label), 1), Part::NONE);
        }
        let simulated = simulate(self.masker, original, units, n_units_first, rng);
        let length = original.len();
        self.filled.add(
            Part::of(masked.positions.len(), length),
            Part::of(simulated.n_pieces, length),
        );
        self.add_kinds(masked, &simulated.kinds);
        self.add_ngrams(masked, &simulated.sizes);
        self.add_violations(original, units, n_units_first, masked);
    }

    fn add_kinds(&mut self, masked: &Masked, simulated: &[Kind]) {
        let realised = |kinds: &[Kind]| {
            let of_kinds = masked.units.iter().filter(|(_, kind)| kinds.contains(kind));
            Part::of(of_kinds.count(), masked.units.len())
        };
        let expected = |kinds: &[Kind]| {
            let of_kinds = simulated.iter().filter(|kind| kinds.contains(kind));
            Part::of(of_kinds.count(), simulated.len())
        };
        for (kind, shares) in Kind::ALL.into_iter().zip(&mut self.kinds) {
            shares.add(realised(&[kind]), expected(&[kind]));
        }
        let both = [Kind::Similar, Kind::Fallback];
        self.similar_and_fallback
            .add(realised(&both), expected(&both));
        let n_pieces = masked.positions.len();
        self.fallback_pieces
            .add(Part::of(n_fallback_pieces(masked), n_pieces), Part::NONE);
        self.beyond_cap_pieces
            .add(Part::of(masked.n_beyond_cap, n_pieces), Part::NONE);
    }

    fn add_ngrams(&mut self, masked: &Masked, simulated: &[usize]) {
        for (shares, n) in self.ngrams.iter_mut().zip(1..) {
            let realised = masked.taken.iter().filter(|ngram| ngram.units.len() == n);
            let expected = simulated.iter().filter(|size| **size == n);
            shares.add(
                Part::of(realised.count(), masked.taken.len()),
                Part::of(expected.count(), simulated.len()),
            );
        }
    }

    fn add_violations(
        &mut self,
        original: &[PieceId],
        units: &[UnitSpan],
        n_units_first: usize,
        masked: &Masked,
    ) {
        let objective = self.masker.objective();
        let vocabulary = self.masker.vocabulary();
        let cap = fallback_cap(objective.fallback_cap, masked.budget);
        let mut found = [0; VIOLATIONS.len()];
        found[0] = usize::from(masked.positions.len() > budget(objective.rate, original.len()));
        found[1] = usize::from(n_fallback_pieces(masked) > cap + masked.n_beyond_cap);
        for (unit, kind) in &masked.units {
            let (old, new) = (&original[unit.range()], &masked.input_ids[unit.range()]);
            found[2] += usize::from(*kind != Kind::Kept && old == new);
            found[3] += usize::from(*kind == Kind::Similar && !self.is_candidate(old, new));
            let is_masked_special =
                |id: &&PieceId| vocabulary.is_special(**id) && **id != vocabulary.specials().unk;
            found[4] += old.iter().filter(is_masked_special).count();
        }
        if objective.unit == MaskUnit::Word {
            let boundary = n_units_first as u32;
            let crosses = |units: &Range<u32>| units.start < boundary && units.end > boundary;
            let crossing = masked.taken.iter().filter(|ngram| crosses(&ngram.units));
            found[5] = crossing.count();
            let is_inside = |ngram: &NgramTaken| ngram.units.end as usize <= units.len();
            debug_assert!(masked.taken.iter().all(is_inside));
        }
        for (all, found) in self.violations.iter_mut().zip(found) {
            *all += found;
        }
    }

    fn is_candidate(&self, word: &[PieceId], similar: &[PieceId]) -> bool {
        let Some(table) = self.masker.table() else {
            return false;
        };
        let Some(candidates) = table.word(word).map(|word| table.candidates(word)) else {
            return false;
        };
        (0..candidates.len()).any(|rank| table.pieces(candidates.word(rank)) == similar)
    }

    /// The number of examples added.
    pub const fn n_examples(&self) -> usize {
        self.n_examples
    }

    /// All lines of the audit: shares first, then counts of violations.
    ///
    /// The expected shares come from a simulation on the same examples. The rounding of the budget, the ends of texts and
    /// the cap on fallbacks change the published shares, differently in every example. The published shares are part of
    /// the lines' names. A share may differ from the expected one by three standard errors.
    pub fn lines(&self) -> Vec<AuditLine> {
        let mut lines = vec![compared("masked pieces ÷ length".to_owned(), &self.filled)];
        for (index, shares) in self.ngrams.iter().enumerate() {
            lines.push(compared(self.ngram_name(index), shares));
        }
        lines.extend(self.kind_lines());
        if !self.swapped.is_empty() {
            lines.push(line("order label 1".to_owned(), &self.swapped, 0.5));
        }
        let violations = VIOLATIONS.iter().zip(self.violations);
        lines.extend(violations.map(|(name, count)| AuditLine {
            name: (*name).to_owned(),
            unit: AuditUnit::Count,
            realised: count as f64,
            expected: 0.0,
            tolerance: 0.0,
            ok: count == 0,
        }));
        lines
    }

    fn kind_lines(&self) -> Vec<AuditLine> {
        let objective = self.masker.objective();
        let of = |kind: Kind| &self.kinds[kind as usize];
        let similar = &self.similar_and_fallback;
        let drawn = [
            ("similar, fallbacks counted in", objective.similar, similar),
            ("[MASK]", objective.mask, of(Kind::Mask)),
            ("random", objective.random, of(Kind::Random)),
            ("kept", objective.kept, of(Kind::Kept)),
        ];
        let mut lines: Vec<AuditLine> = drawn
            .into_iter()
            .map(|(name, drawn, shares)| {
                let name = format!("units: {name} (drawn: {:.0} %)", 100.0 * drawn);
                compared(name, shares)
            })
            .collect();
        lines.push(compared("units: fallback".to_owned(), of(Kind::Fallback)));
        lines
    }

    /// The name of the line for n-grams of `index` + 1 units. It includes the published result if the objective has the
    /// published shares.
    fn ngram_name(&self, index: usize) -> String {
        let shares = &self.masker.objective().ngram_shares;
        let published = PUBLISHED_NGRAMS.map(|(share, _)| share);
        let n = index + 1;
        if shares[..] == published {
            format!("n-grams of {n} (published: {})", PUBLISHED_NGRAMS[index].1)
        } else {
            format!("n-grams of {n}")
        }
    }

    /// Fallback pieces ÷ masked pieces, and beyond-cap fallback pieces ÷ masked pieces. Both say more about the table
    /// than about the masker.
    pub fn fallback_shares(&self) -> (f64, f64) {
        (
            self.fallback_pieces.realised(),
            self.beyond_cap_pieces.realised(),
        )
    }

    /// The share of a kind among the masked units.
    pub fn kind_share(&self, kind: Kind) -> f64 {
        self.kinds[kind as usize].realised()
    }
}

fn n_fallback_pieces(masked: &Masked) -> usize {
    let is_fallback = |kind: &&Kind| **kind == Kind::Fallback;
    masked.kinds.iter().filter(is_fallback).count()
}

/// The line that compares a share with the simulated one.
fn compared(name: String, shares: &Shares) -> AuditLine {
    line(name, shares, shares.simulated())
}

fn line(name: String, shares: &Shares, expected: f64) -> AuditLine {
    let tolerance = if shares.n_examples() < LEAST_EXAMPLES {
        1.0
    } else {
        STANDARD_ERRORS * shares.error_of_difference() + f64::EPSILON
    };
    AuditLine {
        name,
        unit: AuditUnit::Share,
        realised: shares.realised(),
        expected,
        tolerance,
        ok: (shares.realised() - expected).abs() <= tolerance,
    }
}
