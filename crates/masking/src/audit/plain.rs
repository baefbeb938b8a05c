//! The rules of selection a second time, as plainly as can be: what the audit holds the first writing against.

use rand::{Rng, RngExt as _};
use segment::{PieceId, UnitSpan};

use crate::mask::Masker;
use crate::objective::{MaskUnit, Objective};
use crate::replace::Kind;

/// What the simulation takes of an example.
#[derive(Default)]
pub(super) struct Simulated {
    /// The number of units of each n-gram.
    pub(super) sizes: Vec<usize>,
    /// The kind of each unit.
    pub(super) kinds: Vec<Kind>,
    /// The pieces of all units.
    pub(super) n_pieces: usize,
}

/// A unit that may be masked.
#[derive(Clone, Copy)]
struct Candidate {
    n_pieces: usize,
    has_similar: bool,
}

/// Budget, walk, kinds and cap over an example (method §2.1 to §2.6, §8.3, §8.4), with draws of its own; it shares no
/// code with what it judges.
pub(super) fn simulate(
    masker: &Masker,
    input_ids: &[PieceId],
    units: &[UnitSpan],
    n_units_first: usize,
    rng: &mut impl Rng,
) -> Simulated {
    let objective = masker.objective();
    let mut waiting = Vec::new();
    for text in [&units[..n_units_first], &units[n_units_first..]] {
        let candidates = candidates(masker, input_ids, text);
        for run in candidates.split(Option::is_none) {
            let run: Vec<Candidate> = run.iter().flatten().copied().collect();
            cut_into_ngrams(&run, &objective.ngram_shares, rng, &mut waiting);
        }
    }
    let budget = ((objective.rate * input_ids.len() as f64 + 1e-9) as usize).max(1);
    let mut simulation = Simulation {
        objective,
        budget,
        cap: (objective.fallback_cap * budget as f64 - 1e-9).ceil() as usize,
        n_fallback: 0,
        drawn: Vec::new(),
        taken: Simulated::default(),
    };
    let mut passed_over = Vec::new();
    while !waiting.is_empty() {
        let ngram = waiting.swap_remove(rng.random_range(0..waiting.len()));
        match simulation.stop(&ngram, true, rng) {
            Stop::Taken => {}
            Stop::PassedOver => passed_over.push(ngram),
            Stop::Last => return simulation.taken,
        }
    }
    for ngram in passed_over {
        if simulation.stop(&ngram, false, rng) == Stop::Last {
            break;
        }
    }
    simulation.taken
}

/// A text's units, or pieces, that may be masked; `None` for one with `[UNK]`, which parts what stands around it.
fn candidates(masker: &Masker, input_ids: &[PieceId], text: &[UnitSpan]) -> Vec<Option<Candidate>> {
    let unknown = masker.vocabulary().specials().unk;
    let parts = |unit: &UnitSpan| match masker.objective().unit {
        MaskUnit::Word => vec![unit.range()],
        MaskUnit::Piece => unit.range().map(|place| place..place + 1).collect(),
    };
    let candidate = |pieces: &[PieceId]| {
        let may_be_masked = masker.objective().mask_unknown || !pieces.contains(&unknown);
        may_be_masked.then(|| Candidate {
            n_pieces: pieces.len(),
            has_similar: masker.table().is_some_and(|table| {
                let word = table.word(pieces);
                word.is_some_and(|word| !table.candidates(word).is_empty())
            }),
        })
    };
    let ranges = text.iter().flat_map(parts);
    ranges.map(|range| candidate(&input_ids[range])).collect()
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

/// An index, drawn with these shares.
fn draw(shares: &[f64], rng: &mut impl Rng) -> usize {
    let draw: f64 = rng.random();
    let mut sum = 0.0;
    let found = shares.iter().position(|share| {
        sum += share;
        draw < sum
    });
    found.unwrap_or(shares.len() - 1)
}

/// What becomes of an n-gram.
#[derive(PartialEq, Eq)]
enum Stop {
    Taken,
    PassedOver,
    /// Taken, as far as it fits, and nothing is visited after it.
    Last,
}

struct Simulation<'o> {
    objective: &'o Objective,
    budget: usize,
    cap: usize,
    n_fallback: usize,
    /// Kinds of the places from the first unit taken on, as far as they were looked at.
    drawn: Vec<Kind>,
    taken: Simulated,
}

impl Simulation<'_> {
    fn stop(&mut self, mut ngram: &[Candidate], capped: bool, rng: &mut impl Rng) -> Stop {
        if self.taken.n_pieces == 0 {
            let n_too_large = ngram.iter().take_while(|unit| unit.n_pieces > self.budget);
            ngram = &ngram[n_too_large.count()..];
        }
        let mut n_pieces = self.taken.n_pieces;
        let mut n_fallback = self.n_fallback;
        let mut kinds = Vec::new();
        for unit in ngram {
            if n_pieces + unit.n_pieces > self.budget {
                break;
            }
            n_pieces += unit.n_pieces;
            let drawn = self.kind_at(self.taken.kinds.len() + kinds.len(), rng);
            if drawn == Kind::Similar && !unit.has_similar {
                n_fallback += unit.n_pieces;
                kinds.push(Kind::Fallback);
            } else {
                kinds.push(drawn);
            }
        }
        if capped && n_fallback > self.cap {
            return Stop::PassedOver;
        }
        let is_whole = kinds.len() == ngram.len();
        self.n_fallback = n_fallback;
        self.taken.n_pieces = n_pieces;
        if !kinds.is_empty() {
            self.taken.sizes.push(kinds.len());
        }
        self.taken.kinds.append(&mut kinds);
        if is_whole && n_pieces < self.budget {
            Stop::Taken
        } else {
            Stop::Last
        }
    }

    /// The kind of a place: drawn when it is first looked at, and the same for every n-gram that is tried there.
    fn kind_at(&mut self, place: usize, rng: &mut impl Rng) -> Kind {
        let Objective {
            similar,
            mask,
            random,
            kept,
            ..
        } = *self.objective;
        if place == self.drawn.len() {
            let kinds = [Kind::Similar, Kind::Mask, Kind::Random, Kind::Kept];
            self.drawn
                .push(kinds[draw(&[similar, mask, random, kept], rng)]);
        }
        self.drawn[place]
    }
}
