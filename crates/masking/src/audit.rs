//! Measures every share that the method prescribes, over masked examples, and compares it with what is expected.

use rand::Rng;
use segment::{PieceId, UnitSpan};

use crate::mask::{Masked, Masker};
use crate::replace::Kind;
use crate::without_context::{Detection, WithoutContext};

mod classes;
mod line;
mod shares;
mod simulation;
mod violations;

use classes::{Classes, Outcome};
pub use line::{AuditLine, AuditUnit, Expected};
use shares::{Part, Shares};
use simulation::{Candidate, Selected, Simulated, candidates, simulate};
use violations::Violations;

/// How many standard errors a share may differ from the expected one.
const STANDARD_ERRORS: f64 = 3.0;
/// The same for shares by class of units. They are many, and with 3 an audit of right masks would often have one that is
/// off by chance.
const CLASS_ERRORS: f64 = 4.0;
/// The published shares of n-grams (method §2.2), and what they become in a simulation with the budget and the ends of texts
/// (method §2.3), if every unit has a similar word.
const PUBLISHED_NGRAMS: [(f64, &str); 4] = [
    (0.4, "46 % at length 128, 42 % at 512"),
    (0.3, "30 % at length 128, 30 % at 512"),
    (0.2, "17 % at length 128, 19 % at 512"),
    (0.1, "7 % at length 128, 9 % at 512"),
];

/// Counts over masked examples, and over a simulation of the rules on the same examples. [`Audit::lines`] compares them.
pub struct Audit<'m> {
    masker: &'m Masker,
    n_examples: usize,
    filled: Shares,
    kinds: [Shares; Kind::ALL.len()],
    similar_and_fallback: Shares,
    ngrams: Vec<Shares>,
    classes: Classes,
    capped_pieces: Shares,
    beyond_cap_pieces: Shares,
    swapped: Shares,
    without_context: WithoutContext,
    violations: Violations,
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
            classes: Classes::default(),
            capped_pieces: Shares::default(),
            beyond_cap_pieces: Shares::default(),
            swapped: Shares::default(),
            without_context: WithoutContext::default(),
            violations: Violations::default(),
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
        if let Some(label) = order_label {
            self.swapped
                .add(Part::of(usize::from(label), 1), Part::NONE);
        }
        let (masker, length) = (self.masker, original.len());
        let (first, second) = units.split_at(n_units_first);
        let texts = [first, second].map(|text| candidates(masker, original, text));
        let simulated = simulate(masker.objective(), &texts, length, rng);
        let candidates: Vec<Candidate> = texts.into_iter().flatten().flatten().collect();
        let spans = candidates.iter().map(Candidate::span);
        let is_tested = !self.n_examples.is_multiple_of(2);
        self.without_context.add(spans, masked, is_tested);
        self.add_shares(length, &candidates, masked, &simulated);
        self.violations
            .add(masker, original, units, n_units_first, masked);
        self.n_examples += 1;
    }

    fn add_shares(
        &mut self,
        length: usize,
        candidates: &[Candidate],
        masked: &Masked,
        simulated: &Simulated,
    ) {
        let realised = selected(candidates, masked);
        self.filled.add(
            Part::of(masked.positions.len(), length),
            Part::of(simulated.n_pieces, length),
        );
        self.add_kinds(&realised, &simulated.units);
        self.add_fallbacks(masked);
        self.add_ngrams(masked, &simulated.sizes);
        self.classes.add(&Outcome {
            length,
            candidates,
            realised: &realised,
            simulated: &simulated.units,
        });
    }

    fn add_kinds(&mut self, realised: &[Selected], simulated: &[Selected]) {
        let part = |units: &[Selected], kinds: &[Kind]| {
            let of_kinds = units.iter().filter(|one| kinds.contains(&one.kind));
            Part::of(of_kinds.count(), units.len())
        };
        for (kind, shares) in Kind::ALL.into_iter().zip(&mut self.kinds) {
            shares.add(part(realised, &[kind]), part(simulated, &[kind]));
        }
        let both = [Kind::Similar, Kind::Fallback];
        self.similar_and_fallback
            .add(part(realised, &both), part(simulated, &both));
    }

    fn add_fallbacks(&mut self, masked: &Masked) {
        let fallbacks = masked.kinds.iter().filter(|kind| **kind == Kind::Fallback);
        let n_capped = fallbacks.count() - masked.n_beyond_cap;
        let n_pieces = masked.positions.len();
        self.capped_pieces
            .add(Part::of(n_capped, n_pieces), Part::NONE);
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

    /// The number of examples added.
    pub const fn n_examples(&self) -> usize {
        self.n_examples
    }

    /// All lines of the audit: shares of the whole, shares by class of units, fallbacks, and counts of violations.
    ///
    /// The expected shares come from a simulation on the same examples. The rounding of the budget, the ends of texts and
    /// the cap on fallbacks change the published shares, differently in every example. The shares of a simulation in which
    /// every unit has a similar word are part of the lines' names. A share may differ from the expected one by three
    /// standard errors, a share of a class of units by four.
    pub fn lines(&self) -> Vec<AuditLine> {
        let errors = STANDARD_ERRORS;
        let mut lines = vec![AuditLine::simulated(
            "masked pieces ÷ length",
            &self.filled,
            errors,
        )];
        for (index, shares) in self.ngrams.iter().enumerate() {
            lines.push(AuditLine::simulated(self.ngram_name(index), shares, errors));
        }
        lines.extend(self.kind_lines());
        if !self.swapped.is_empty() {
            lines.push(AuditLine::about(
                "order label 1",
                &self.swapped,
                0.5,
                errors,
            ));
        }
        lines.extend(self.classes.lines(CLASS_ERRORS));
        let objective = self.masker.objective();
        lines.extend(self.classes.known_lines(objective, CLASS_ERRORS));
        lines.extend(self.fallback_lines());
        lines.extend(self.without_context_lines());
        lines.extend(self.violations.lines());
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
                AuditLine::simulated(name, shares, STANDARD_ERRORS)
            })
            .collect();
        lines.push(AuditLine::simulated(
            "units: fallback",
            of(Kind::Fallback),
            STANDARD_ERRORS,
        ));
        lines
    }

    /// Compares the share of fallbacks over all examples with that of the papers (method §2.6). What is beyond the cap has
    /// a line of its own: it says how often a text had nothing else to mask.
    fn fallback_lines(&self) -> [AuditLine; 2] {
        let share = self.masker.objective().fallback_cap;
        [
            AuditLine::at_most(
                "fallback pieces within the cap ÷ masked pieces",
                &self.capped_pieces,
                share,
                STANDARD_ERRORS,
            ),
            AuditLine::share(
                "fallback pieces beyond the cap ÷ masked pieces",
                self.beyond_cap_pieces.realised(),
            ),
        ]
    }

    /// How well replaced words are detected without context; see [`WithoutContext`].
    fn without_context_lines(&self) -> Vec<AuditLine> {
        let detection = self.detection();
        if detection.n_replaced == 0 {
            return Vec::new();
        }
        vec![
            AuditLine::share("detected without context: recall", detection.recall()),
            AuditLine::share("detected without context: precision", detection.precision()),
            AuditLine::share("replaced units ÷ units read", detection.share_replaced()),
        ]
    }

    /// The name of the line for n-grams of `index` + 1 units. If the objective has the published shares, the name includes
    /// what they become in a simulation.
    fn ngram_name(&self, index: usize) -> String {
        let shares = &self.masker.objective().ngram_shares;
        let published = PUBLISHED_NGRAMS.map(|(share, _)| share);
        let n = index + 1;
        if shares[..] == published {
            format!("n-grams of {n} (simulated: {})", PUBLISHED_NGRAMS[index].1)
        } else {
            format!("n-grams of {n}")
        }
    }

    /// Fallback pieces ÷ masked pieces: those within the cap, and those beyond it.
    pub fn fallback_shares(&self) -> (f64, f64) {
        (
            self.capped_pieces.realised(),
            self.beyond_cap_pieces.realised(),
        )
    }

    /// How well replaced words are detected without context, over the examples added.
    pub fn detection(&self) -> Detection {
        self.without_context.detection()
    }

    /// The share of a kind among the masked units.
    pub fn kind_share(&self, kind: Kind) -> f64 {
        self.kinds[kind as usize].realised()
    }
}

/// The masked units of an example, found among the units that may be masked, which are in the order of the text. A masked
/// unit that is not among them has no class.
fn selected(candidates: &[Candidate], masked: &Masked) -> Vec<Selected> {
    let of_unit = |(span, kind): &(UnitSpan, Kind)| {
        let found = candidates.binary_search_by_key(&(span.start as usize), |unit| unit.start);
        let (unit, kind) = (candidates[found.ok()?], *kind);
        Some(Selected { unit, kind })
    };
    masked.units.iter().filter_map(of_unit).collect()
}
