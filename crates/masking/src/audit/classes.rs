//! How often units are masked, and with which kinds: by number of pieces, by position in the text, and by whether the
//! table has a similar word.

use super::line::AuditLine;
use super::shares::{Part, Shares};
use super::simulation::{Candidate, Selected};
use crate::objective::Objective;
use crate::replace::Kind;

/// The classes by number of pieces: 1, 2, 3, 4, and 5 or more.
const N_LENGTHS: usize = 5;
/// The classes by position: quarters of the input.
const N_QUARTERS: usize = 4;
/// The kinds that are shown of units with a similar word, and of units without one.
const KINDS: [[Kind; 4]; 2] = [
    [Kind::Similar, Kind::Mask, Kind::Random, Kind::Kept],
    [Kind::Fallback, Kind::Mask, Kind::Random, Kind::Kept],
];

/// The units that may be masked in an example, with those that were masked and those that the simulation masks.
pub(super) struct Outcome<'o> {
    /// The pieces of the example.
    pub length: usize,
    pub candidates: &'o [Candidate],
    pub realised: &'o [Selected],
    pub simulated: &'o [Selected],
}

/// Masked units ÷ units, and kinds ÷ masked units, by class.
#[derive(Default)]
pub(super) struct Classes {
    lengths: [Shares; N_LENGTHS],
    quarters: [Shares; N_QUARTERS],
    /// Masked units ÷ units, for units with a similar word, and for units without one.
    known: [Shares; 2],
    /// Each of [`KINDS`] ÷ masked units of the class.
    known_kinds: [[Shares; 4]; 2],
}

impl Classes {
    /// Adds an example.
    pub(super) fn add(&mut self, outcome: &Outcome<'_>) {
        for (length, shares) in self.lengths.iter_mut().enumerate() {
            add_masked(shares, outcome, |unit| length_of(unit) == length);
        }
        for (quarter, shares) in self.quarters.iter_mut().enumerate() {
            let is_inside = |unit: &Candidate| N_QUARTERS * unit.start / outcome.length == quarter;
            add_masked(shares, outcome, is_inside);
        }
        for (class, shares) in self.known.iter_mut().enumerate() {
            add_masked(shares, outcome, |unit| class_of(unit) == class);
            for (kind, shares) in KINDS[class].iter().zip(&mut self.known_kinds[class]) {
                let part = |selected: &[Selected]| of_kind(selected, class, *kind);
                shares.add(part(outcome.realised), part(outcome.simulated));
            }
        }
    }

    /// The lines by number of pieces and by position.
    pub(super) fn lines(&self, errors: f64) -> Vec<AuditLine> {
        let lengths = self.lengths.iter().enumerate().map(|(length, shares)| {
            let name = match length + 1 {
                1 => "units of 1 piece: masked".to_owned(),
                n if n == N_LENGTHS => format!("units of {n} pieces or more: masked"),
                n => format!("units of {n} pieces: masked"),
            };
            (name, shares)
        });
        let quarters = self.quarters.iter().zip(1..).map(|(shares, quarter)| {
            let name = format!("units in quarter {quarter} of the input: masked");
            (name, shares)
        });
        let seen = lengths
            .chain(quarters)
            .filter(|(_, shares)| !shares.is_empty());
        seen.map(|(name, shares)| AuditLine::simulated(name, shares, errors))
            .collect()
    }

    /// The lines by whether the table has a similar word; none if the objective uses no similar words.
    pub(super) fn known_lines(&self, objective: &Objective, errors: f64) -> Vec<AuditLine> {
        let mut lines = Vec::new();
        if objective.similar <= 0.0 {
            return lines;
        }
        for (class, name) in ["with", "without"].into_iter().enumerate() {
            if self.known[class].is_empty() {
                continue;
            }
            let name = |what: &str| format!("units {name} a similar word: {what}");
            lines.push(AuditLine::simulated(
                name("masked"),
                &self.known[class],
                errors,
            ));
            for (kind, shares) in KINDS[class].iter().zip(&self.known_kinds[class]) {
                if *kind != Kind::Mask || objective.mask > 0.0 {
                    lines.push(AuditLine::simulated(name(kind.name()), shares, errors));
                }
            }
        }
        lines
    }
}

fn length_of(unit: &Candidate) -> usize {
    (unit.n_pieces - 1).min(N_LENGTHS - 1)
}

fn class_of(unit: &Candidate) -> usize {
    usize::from(!unit.has_similar)
}

fn add_masked(shares: &mut Shares, outcome: &Outcome<'_>, is_in: impl Fn(&Candidate) -> bool) {
    let n_units = outcome.candidates.iter().filter(|unit| is_in(unit)).count();
    let part = |selected: &[Selected]| {
        let masked = selected.iter().filter(|one| is_in(&one.unit));
        Part::of(masked.count(), n_units)
    };
    shares.add(part(outcome.realised), part(outcome.simulated));
}

fn of_kind(selected: &[Selected], class: usize, kind: Kind) -> Part {
    let in_class = selected.iter().filter(|one| class_of(&one.unit) == class);
    let of_kind = in_class.clone().filter(|one| one.kind == kind);
    Part::of(of_kind.count(), in_class.count())
}
