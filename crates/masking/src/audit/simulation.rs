//! A second implementation of the rules of selection, as simple as possible, that the audit compares masks with.

use std::ops::Range;

use rand::{Rng, RngExt as _};
use segment::{PieceId, UnitSpan};

use crate::mask::Masker;
use crate::objective::{MaskUnit, Objective};
use crate::replace::Kind;

/// What the simulation masks in an example.
#[derive(Default)]
pub(super) struct Simulated {
    /// The number of units of each n-gram taken.
    pub(super) sizes: Vec<usize>,
    /// The units taken.
    pub(super) units: Vec<Selected>,
    /// The pieces of all units taken.
    pub(super) n_pieces: usize,
}

/// A unit (or piece) that may be masked.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    /// The position of its first piece in the input.
    pub(super) start: usize,
    pub(super) n_pieces: usize,
    pub(super) has_similar: bool,
}

impl Candidate {
    /// The pieces of the unit.
    pub(super) fn span(&self) -> UnitSpan {
        UnitSpan {
            start: self.start as u32,
            n_pieces: self.n_pieces as u32,
        }
    }
}

/// A unit that is masked.
#[derive(Clone, Copy)]
pub(super) struct Selected {
    pub(super) unit: Candidate,
    pub(super) kind: Kind,
}

/// Simulates budget, walk, kinds and cap on an example (method §2.1 to §2.6, §8.3, §8.4). `texts` are the units of the
/// texts, as [`candidates`] gives them.
///
/// It uses its own draws and shares no code with the masker, so an error in one of them shows as a difference.
pub(super) fn simulate(
    objective: &Objective,
    texts: &[Vec<Option<Candidate>>; 2],
    length: usize,
    rng: &mut impl Rng,
) -> Simulated {
    let mut waiting = Vec::new();
    for text in texts {
        for run in text.split(Option::is_none) {
            let run: Vec<Candidate> = run.iter().flatten().copied().collect();
            cut_into_ngrams(&run, &objective.ngram_shares, rng, &mut waiting);
        }
    }
    let budget = ((objective.final_rate() * length as f64 + 1e-9) as usize).max(1);
    let cap = objective.fallback_cap * budget as f64;
    let is_rounded_up = rng.random_bool((cap - (cap + 1e-9).floor()).clamp(0.0, 1.0));
    let mut simulation = Simulation {
        objective,
        budget,
        cap: (cap + 1e-9) as usize + usize::from(is_rounded_up),
        part: rng.random(),
        n_fallback: 0,
        drawn: Vec::new(),
        taken: Simulated::default(),
    };
    let mut passed_over = Vec::new();
    while !waiting.is_empty() {
        let ngram = waiting.swap_remove(rng.random_range(0..waiting.len()));
        match simulation.visit(&ngram, true, rng) {
            Visit::Taken => {}
            Visit::PassedOver => passed_over.push(ngram),
            Visit::Last => return simulation.taken,
        }
    }
    for ngram in passed_over {
        if simulation.visit(&ngram, false, rng) == Visit::Last {
            break;
        }
    }
    simulation.taken
}

/// The units (or pieces) of a text. `None` stands for one that must not be masked, and ends an n-gram.
pub(super) fn candidates(
    masker: &Masker,
    input_ids: &[PieceId],
    text: &[UnitSpan],
) -> Vec<Option<Candidate>> {
    let unknown = masker.vocabulary().specials().unk;
    let parts = |unit: &UnitSpan| match masker.objective().unit {
        MaskUnit::Word => vec![unit.range()],
        MaskUnit::Piece => unit
            .range()
            .map(|position| position..position + 1)
            .collect(),
    };
    let candidate = |range: Range<usize>| {
        let pieces = &input_ids[range.clone()];
        let may_be_masked = masker.objective().mask_unknown || !pieces.contains(&unknown);
        may_be_masked.then(|| Candidate {
            start: range.start,
            n_pieces: pieces.len(),
            has_similar: masker.table().is_some_and(|table| {
                let word = table.word(pieces);
                word.is_some_and(|word| !table.candidates(word).is_empty())
            }),
        })
    };
    let ranges = text.iter().flat_map(parts);
    ranges.map(candidate).collect()
}

fn cut_into_ngrams(
    mut run: &[Candidate],
    shares: &[f64],
    rng: &mut impl Rng,
    ngrams: &mut Vec<Vec<Candidate>>,
) {
    while !run.is_empty() {
        let n = draw(shares, rng) + 1;
        let (ngram, rest) = run.split_at(n.min(run.len()));
        ngrams.push(ngram.to_vec());
        run = rest;
    }
}

/// Draws an index by shares.
fn draw(shares: &[f64], rng: &mut impl Rng) -> usize {
    let draw: f64 = rng.random();
    let mut sum = 0.0;
    let found = shares.iter().position(|share| {
        sum += share;
        draw < sum
    });
    found.unwrap_or(shares.len() - 1)
}

/// What happens to an n-gram when it is visited.
#[derive(PartialEq, Eq)]
enum Visit {
    /// Taken, and the selection goes on.
    Taken,
    /// Passed over, because of the cap.
    PassedOver,
    /// Taken as far as it fits, and the selection ends.
    Last,
}

struct Simulation<'o> {
    objective: &'o Objective,
    budget: usize,
    cap: usize,
    /// A unit that fits only in part is taken if its part that fits is above this number.
    part: f64,
    n_fallback: usize,
    /// The kinds of the slots that were drawn so far.
    drawn: Vec<Kind>,
    taken: Simulated,
}

impl Simulation<'_> {
    fn visit(&mut self, mut ngram: &[Candidate], capped: bool, rng: &mut impl Rng) -> Visit {
        if self.taken.n_pieces == 0 {
            let n_too_large = ngram.iter().take_while(|unit| unit.n_pieces > self.budget);
            ngram = &ngram[n_too_large.count()..];
        }
        let mut n_pieces = self.taken.n_pieces;
        let mut n_fallback = self.n_fallback;
        let mut units = Vec::new();
        for unit in ngram {
            let left = self.budget.saturating_sub(n_pieces);
            if (left as f64 / unit.n_pieces as f64) <= self.part && left < unit.n_pieces {
                break;
            }
            n_pieces += unit.n_pieces;
            let mut kind = self.kind_at(self.taken.units.len() + units.len(), rng);
            if kind == Kind::Similar && !unit.has_similar {
                n_fallback += unit.n_pieces;
                kind = Kind::Fallback;
            }
            units.push(Selected { unit: *unit, kind });
            if n_pieces > self.budget {
                break;
            }
        }
        if capped && n_fallback > self.cap {
            return Visit::PassedOver;
        }
        let is_whole = units.len() == ngram.len();
        self.n_fallback = n_fallback;
        self.taken.n_pieces = n_pieces;
        if !units.is_empty() {
            self.taken.sizes.push(units.len());
        }
        self.taken.units.append(&mut units);
        if is_whole && n_pieces < self.budget {
            Visit::Taken
        } else {
            Visit::Last
        }
    }

    /// The kind of a slot: drawn once, and the same for every n-gram that is tried there.
    fn kind_at(&mut self, slot: usize, rng: &mut impl Rng) -> Kind {
        let Objective {
            similar,
            mask,
            random,
            kept,
            ..
        } = *self.objective;
        if slot == self.drawn.len() {
            let kinds = [Kind::Similar, Kind::Mask, Kind::Random, Kind::Kept];
            self.drawn
                .push(kinds[draw(&[similar, mask, random, kept], rng)]);
        }
        self.drawn[slot]
    }
}
