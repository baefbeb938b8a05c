//! Every share of method §2, as realised on examples, with what is expected and how far it may miss.

use rand::Rng;
use rand::seq::SliceRandom as _;
use segment::{PieceId, UnitSpan};

use crate::budget::{budget, fallback_cap};
use crate::mask::{Masked, Masker};
use crate::objective::MaskUnit;
use crate::replace::Kind;
use crate::walk::walk;

/// Shares may miss by so many standard errors.
const STANDARD_ERRORS: f64 = 3.0;
/// Rounding the budget down and cutting the last n-gram cost at most this share of it, from this length on (§2 (a)).
const LEAST_FILLED: f64 = 0.143 / 0.15;
const LEAST_LENGTH: usize = 100;

/// A figure of the method as realised.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLine {
    /// What is counted.
    pub name: String,
    /// As realised: a share, or a count of violations.
    pub realised: f64,
    /// What the method says.
    pub expected: f64,
    /// How far the two may be apart.
    pub tolerance: f64,
    /// Whether they are not farther.
    pub ok: bool,
}

/// Σ counted ÷ Σ total over independent examples, with the standard error of a ratio.
#[derive(Clone, Copy, Debug, Default)]
struct Ratio {
    counted: f64,
    total: f64,
    counted_squared: f64,
    counted_total: f64,
    total_squared: f64,
}

impl Ratio {
    fn add(&mut self, counted: usize, total: usize) {
        let (c, t) = (counted as f64, total as f64);
        self.counted += c;
        self.total += t;
        self.counted_squared += c * c;
        self.counted_total += c * t;
        self.total_squared += t * t;
    }

    fn share(&self) -> f64 {
        if self.total > 0.0 {
            self.counted / self.total
        } else {
            0.0
        }
    }

    fn standard_error(&self) -> f64 {
        let p = self.share();
        let residual =
            self.counted_squared - 2.0 * p * self.counted_total + p * p * self.total_squared;
        residual.max(0.0).sqrt() / self.total.max(1.0)
    }
}

/// Counts of masked examples; see [`Audit::lines`].
pub struct Audit<'m> {
    masker: &'m Masker,
    n_examples: usize,
    filled: Ratio,
    kinds: [Ratio; Kind::ALL.len()],
    similar_and_fallback: Ratio,
    ngrams: Vec<Ratio>,
    expected_ngrams: Vec<Ratio>,
    fallback_pieces: Ratio,
    beyond_cap_pieces: Ratio,
    n_passed_over: usize,
    swapped: Ratio,
    violations: [usize; 6],
}

const VIOLATIONS: [&str; 6] = [
    "examples over the budget",
    "examples with more fallbacks than the cap (beyond-cap n-grams aside)",
    "replaced units equal to their original",
    "similar words that are not in the table",
    "masked special pieces",
    "n-grams across a text's border",
];

impl<'m> Audit<'m> {
    /// An empty count.
    pub fn new(masker: &'m Masker) -> Self {
        let n = masker.objective().ngram_shares.len();
        Self {
            masker,
            n_examples: 0,
            filled: Ratio::default(),
            kinds: Default::default(),
            similar_and_fallback: Ratio::default(),
            ngrams: vec![Ratio::default(); n],
            expected_ngrams: vec![Ratio::default(); n],
            fallback_pieces: Ratio::default(),
            beyond_cap_pieces: Ratio::default(),
            n_passed_over: 0,
            swapped: Ratio::default(),
            violations: [0; 6],
        }
    }

    /// Counts an example: what was masked, and with another generator what a plain walk over the same units selects.
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
            self.swapped.add(usize::from(label), 1);
        }
        if original.len() >= LEAST_LENGTH {
            self.filled.add(masked.positions.len(), original.len());
        }
        self.add_kinds(masked);
        self.add_ngrams(original, units, n_units_first, masked, rng);
        self.add_violations(original, units, n_units_first, masked);
    }

    fn add_kinds(&mut self, masked: &Masked) {
        let n_units = masked.units.len();
        let count = |kind| masked.units.iter().filter(|(_, k)| *k == kind).count();
        for (kind, ratio) in Kind::ALL.into_iter().zip(&mut self.kinds) {
            ratio.add(count(kind), n_units);
        }
        self.similar_and_fallback
            .add(count(Kind::Similar) + count(Kind::Fallback), n_units);
        let n_pieces = masked.positions.len();
        let n_fallback = masked
            .kinds
            .iter()
            .filter(|kind| **kind == Kind::Fallback)
            .count();
        self.fallback_pieces.add(n_fallback, n_pieces);
        self.beyond_cap_pieces.add(masked.n_beyond_cap, n_pieces);
        self.n_passed_over += masked.n_passed_over;
    }

    fn add_ngrams(
        &mut self,
        original: &[PieceId],
        units: &[UnitSpan],
        n_units_first: usize,
        masked: &Masked,
        rng: &mut impl Rng,
    ) {
        let sizes: Vec<usize> = masked.taken.iter().map(|ngram| ngram.units.len()).collect();
        add_sizes(&mut self.ngrams, &sizes);
        let expected = plain_selection(self.masker, original, units, n_units_first, rng);
        add_sizes(&mut self.expected_ngrams, &expected);
    }

    fn add_violations(
        &mut self,
        original: &[PieceId],
        units: &[UnitSpan],
        n_units_first: usize,
        masked: &Masked,
    ) {
        let vocabulary = self.masker.vocabulary();
        let n_fallback = masked
            .kinds
            .iter()
            .filter(|kind| **kind == Kind::Fallback)
            .count();
        let cap = fallback_cap(self.masker.objective().fallback_cap, masked.budget);
        let mut found = [0; 6];
        found[0] = usize::from(
            masked.positions.len() > budget(self.masker.objective().rate, original.len()),
        );
        found[1] = usize::from(n_fallback > cap + masked.n_beyond_cap);
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
            let border = n_units_first as u32;
            let crosses = |units: &std::ops::Range<u32>| units.start < border && units.end > border;
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
    pub fn lines(&self) -> Vec<AuditLine> {
        let objective = self.masker.objective();
        let mut lines = Vec::new();
        if self.filled.total > 0.0 {
            let (low, high) = (objective.rate * LEAST_FILLED, objective.rate);
            let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0);
            lines.push(line(
                "masked pieces ÷ length",
                self.filled.share(),
                middle,
                half,
            ));
        }
        let cap_room = self.n_passed_over as f64 / self.ngrams[0].total.max(1.0);
        for (index, (realised, expected)) in
            self.ngrams.iter().zip(&self.expected_ngrams).enumerate()
        {
            let error = realised.standard_error().hypot(expected.standard_error());
            let name = format!(
                "n-grams of {} (a plain walk over the same units)",
                index + 1
            );
            let tolerance = STANDARD_ERRORS * error + cap_room;
            lines.push(line(&name, realised.share(), expected.share(), tolerance));
        }
        let mut kind = |name: &str, ratio: &Ratio, expected: f64| {
            let tolerance = STANDARD_ERRORS * ratio.standard_error() + f64::EPSILON;
            lines.push(line(name, ratio.share(), expected, tolerance));
        };
        kind(
            "units: similar, fallbacks counted in",
            &self.similar_and_fallback,
            objective.similar,
        );
        kind(
            "units: [MASK]",
            &self.kinds[Kind::Mask as usize],
            objective.mask,
        );
        kind(
            "units: random",
            &self.kinds[Kind::Random as usize],
            objective.random,
        );
        kind(
            "units: kept",
            &self.kinds[Kind::Kept as usize],
            objective.kept,
        );
        if self.swapped.total > 0.0 {
            kind("order label 1", &self.swapped, 0.5);
        }
        for (name, count) in VIOLATIONS.iter().zip(self.violations) {
            lines.push(line(name, count as f64, 0.0, 0.0));
        }
        lines
    }

    /// Fallback pieces ÷ masked pieces, and those of n-grams beyond the cap: figures of the table, not of the method.
    pub fn fallback_shares(&self) -> (f64, f64) {
        (self.fallback_pieces.share(), self.beyond_cap_pieces.share())
    }

    /// The share of a kind among masked units.
    pub fn kind_share(&self, kind: Kind) -> f64 {
        self.kinds[kind as usize].share()
    }
}

fn line(name: &str, realised: f64, expected: f64, tolerance: f64) -> AuditLine {
    AuditLine {
        name: name.to_owned(),
        realised,
        expected,
        tolerance,
        ok: (realised - expected).abs() <= tolerance,
    }
}

fn add_sizes(ratios: &mut [Ratio], sizes: &[usize]) {
    for (index, ratio) in ratios.iter_mut().enumerate() {
        let counted = sizes.iter().filter(|size| **size == index + 1).count();
        ratio.add(counted, sizes.len());
    }
}

/// The sizes of the n-grams that walk and budget alone select (§2.2, §2.3): a second, plainer implementation.
fn plain_selection(
    masker: &Masker,
    input_ids: &[PieceId],
    units: &[UnitSpan],
    n_units_first: usize,
    rng: &mut impl Rng,
) -> Vec<usize> {
    let objective = masker.objective();
    let pieces: Vec<UnitSpan>;
    let (units, n_first) = match objective.unit {
        MaskUnit::Word => (units, n_units_first),
        MaskUnit::Piece => {
            let one = |start| UnitSpan { start, n_pieces: 1 };
            let n_first = units[..n_units_first]
                .iter()
                .map(|unit| unit.n_pieces as usize)
                .sum();
            pieces = units
                .iter()
                .flat_map(|u| u.start..u.start + u.n_pieces)
                .map(one)
                .collect();
            (&pieces[..], n_first)
        }
    };
    let mut ngrams = Vec::new();
    for run in masker.runs(input_ids, units, n_first) {
        walk(run, &objective.ngram_shares, rng, &mut ngrams);
    }
    ngrams.shuffle(rng);
    let whole_budget = budget(objective.rate, input_ids.len());
    let mut left = whole_budget;
    let mut sizes = Vec::new();
    for ngram in ngrams {
        let mut n = 0;
        for unit in ngram.units() {
            let n_pieces = units[unit].n_pieces as usize;
            if n_pieces > left {
                break;
            }
            left -= n_pieces;
            n += 1;
        }
        if n == 0 && left == whole_budget {
            continue;
        }
        if n > 0 {
            sizes.push(n);
        }
        if n < usize::from(ngram.n) || left == 0 {
            break;
        }
    }
    sizes
}
