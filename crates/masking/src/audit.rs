//! Every share of method §2, as realised on examples, with what is expected and how far it may miss.

use rand::Rng;
use segment::{PieceId, UnitSpan};

use crate::budget::{budget, fallback_cap};
use crate::mask::{Masked, Masker};
use crate::objective::MaskUnit;
use crate::replace::Kind;

mod plain;
mod shares;

use plain::simulate;
use shares::Shares;

/// Shares may miss by so many standard errors.
const STANDARD_ERRORS: f64 = 3.0;
/// Of fewer examples a standard error says nothing: then every share passes.
const LEAST_EXAMPLES: usize = 30;
/// The published shares of n-grams, and what the budget and the texts' ends make of them (method §2.2, §2.3).
const PUBLISHED_NGRAMS: [(f64, &str); 4] = [
    (0.4, "46 % at length 128, 42 % at 512"),
    (0.3, "30 % at length 128, 30 % at 512"),
    (0.2, "17 % at length 128, 19 % at 512"),
    (0.1, "7 % at length 128, 9 % at 512"),
];

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditUnit {
    /// A part of a whole, from 0 to 1.
    Share,
    /// So many.
    Count,
}

/// A figure of the method as realised.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLine {
    /// What is counted.
    pub name: String,
    /// Whether the figures are shares, or counts of violations.
    pub unit: AuditUnit,
    /// As realised.
    pub realised: f64,
    /// What the method's rules give on these examples.
    pub expected: f64,
    /// How far the two may be apart.
    pub tolerance: f64,
    /// Whether they are not farther.
    pub ok: bool,
}

/// Counts of masked examples, and of a plain simulation over the same; see [`Audit::lines`].
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
    violations: [usize; 6],
}

const VIOLATIONS: [&str; 6] = [
    "examples over the budget",
    "examples with more fallbacks than the cap (beyond-cap n-grams aside)",
    "replaced units equal to their original",
    "similar words that are not in the table",
    "masked special pieces",
    "n-grams across a text's boundary",
];

impl<'m> Audit<'m> {
    /// An empty count.
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
            violations: [0; 6],
        }
    }

    /// Counts an example: what was masked, and what the plain simulation masks of the same units with `rng`, which must
    /// not repeat the draws that masked it.
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
            self.swapped.add((usize::from(label), 1), (0, 0));
        }
        let simulated = simulate(self.masker, original, units, n_units_first, rng);
        let (n_pieces, length) = (masked.positions.len(), original.len());
        self.filled
            .add((n_pieces, length), (simulated.n_pieces, length));
        self.add_kinds(masked, &simulated.kinds);
        self.add_ngrams(masked, &simulated.sizes);
        self.add_violations(original, units, n_units_first, masked);
    }

    fn add_kinds(&mut self, masked: &Masked, simulated: &[Kind]) {
        let count = |kinds: &[Kind]| {
            (
                masked
                    .units
                    .iter()
                    .filter(|(_, kind)| kinds.contains(kind))
                    .count(),
                simulated.iter().filter(|kind| kinds.contains(kind)).count(),
            )
        };
        let add = |shares: &mut Shares, kinds: &[Kind]| {
            let (realised, expected) = count(kinds);
            shares.add((realised, masked.units.len()), (expected, simulated.len()));
        };
        for (kind, shares) in Kind::ALL.into_iter().zip(&mut self.kinds) {
            add(shares, &[kind]);
        }
        add(
            &mut self.similar_and_fallback,
            &[Kind::Similar, Kind::Fallback],
        );
        let n_pieces = masked.positions.len();
        self.fallback_pieces
            .add((n_fallback_pieces(masked), n_pieces), (0, 0));
        self.beyond_cap_pieces
            .add((masked.n_beyond_cap, n_pieces), (0, 0));
    }

    fn add_ngrams(&mut self, masked: &Masked, simulated: &[usize]) {
        for (shares, n) in self.ngrams.iter_mut().zip(1..) {
            let realised = masked.taken.iter().filter(|ngram| ngram.units.len() == n);
            let expected = simulated.iter().filter(|size| **size == n);
            shares.add(
                (realised.count(), masked.taken.len()),
                (expected.count(), simulated.len()),
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
        let vocabulary = self.masker.vocabulary();
        let cap = fallback_cap(self.masker.objective().fallback_cap, masked.budget);
        let mut found = [0; 6];
        found[0] = usize::from(
            masked.positions.len() > budget(self.masker.objective().rate, original.len()),
        );
        found[1] = usize::from(n_fallback_pieces(masked) > cap + masked.n_beyond_cap);
        for (unit, kind) in &masked.units {
            let (old, new) = (&original[unit.range()], &masked.input_ids[unit.range()]);
            found[2] += usize::from(*kind != Kind::Kept && old == new);
            found[3] += usize::from(*kind == Kind::Similar && !self.is_candidate(old, new));
            found[4] += old
                .iter()
                .filter(|id| vocabulary.is_special(**id) && **id != vocabulary.specials().unk)
                .count();
        }
        if self.masker.objective().unit == MaskUnit::Word {
            let boundary = n_units_first as u32;
            let crosses =
                |units: &std::ops::Range<u32>| units.start < boundary && units.end > boundary;
            found[5] = masked
                .taken
                .iter()
                .filter(|ngram| crosses(&ngram.units))
                .count();
            debug_assert!(
                masked
                    .taken
                    .iter()
                    .all(|ngram| ngram.units.end as usize <= units.len())
            );
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

    /// How many examples were counted.
    pub const fn n_examples(&self) -> usize {
        self.n_examples
    }

    /// All shares: as realised, as expected, and whether the two agree.
    ///
    /// What is expected comes from the plain simulation over the same examples, since the budget's rounding, the texts'
    /// ends and the cap on fallbacks bend the published shares, each example's in its own way; the published ones stand
    /// in the names. The two may differ by three standard errors.
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

    /// The name of the line of n-grams of `index` + 1 units, with the published mix where the shares are the published.
    fn ngram_name(&self, index: usize) -> String {
        let shares = &self.masker.objective().ngram_shares;
        let published = PUBLISHED_NGRAMS.map(|(share, _)| share);
        if shares[..] == published {
            format!(
                "n-grams of {} (published: {})",
                index + 1,
                PUBLISHED_NGRAMS[index].1
            )
        } else {
            format!("n-grams of {}", index + 1)
        }
    }

    /// Fallback pieces ÷ masked pieces, and those of n-grams beyond the cap: figures of the table, not of the method.
    pub fn fallback_shares(&self) -> (f64, f64) {
        (
            self.fallback_pieces.realised(),
            self.beyond_cap_pieces.realised(),
        )
    }

    /// The share of a kind among masked units.
    pub fn kind_share(&self, kind: Kind) -> f64 {
        self.kinds[kind as usize].realised()
    }
}

fn n_fallback_pieces(masked: &Masked) -> usize {
    let is_fallback = |kind: &&Kind| **kind == Kind::Fallback;
    masked.kinds.iter().filter(is_fallback).count()
}

/// A share against the simulation's.
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
