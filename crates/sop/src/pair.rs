//! A pair as the model sees it: `[CLS] A [SEP] B [SEP]`, before masking.

use segment::{PieceId, Specials, UnitSpan};
use serde::{Deserialize, Serialize};

use crate::example::Example;
use crate::examples::N_SPECIALS;
use crate::next_sentence::{draw_other, shrink};
use crate::order::{Text, draw_boundary, draw_swap};
use repro::{Generator, Purpose, generator};

/// What the order head learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairObjective {
    /// Sentence order: 1 where B comes before A (\[A\], \[M\]).
    Sop,
    /// Next sentence: 1 where B is from another document (\[B\]).
    Nsp,
    /// No pair: `[CLS] run [SEP]`, nothing to learn.
    None,
}

/// How pairs are drawn: the same for a whole run but for the epoch.
#[derive(Clone, Copy, Debug)]
pub struct PairDraw {
    /// What the order head learns.
    pub objective: PairObjective,
    /// The run's seed.
    pub seed: u64,
    /// Boundaries and order are drawn anew in every epoch.
    pub epoch: u64,
    /// The longest pair in pieces, specials included.
    pub max_length: usize,
}

/// An example with its boundary and order drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// `[CLS] A [SEP] B [SEP]`; `[length]`.
    pub input_ids: Vec<PieceId>,
    /// 0 up to the first `[SEP]`, then 1; `[length]`.
    pub segment_ids: Vec<u8>,
    /// The units of both texts as positions in `input_ids`; specials are in none.
    pub units: Vec<UnitSpan>,
    /// How many of them are in the text that is shown first.
    pub n_units_first: usize,
    /// What the order head should say.
    pub order_label: Option<u8>,
}

/// Draws boundary and order of an example (method §3.2, §3.3); `other` gives an example of another document, drawn with
/// the generator it is handed, and is asked for next-sentence pairs only. A next-sentence pair of two units that do not
/// fit together stays in order \[P\].
pub fn draw_pair(
    example: &Example,
    draw: &PairDraw,
    specials: &Specials,
    other: impl FnOnce(&mut Generator) -> Option<Example>,
) -> Pair {
    let rng = |purpose| generator(draw.seed, purpose, draw.epoch, example.key().get());
    if draw.objective == PairObjective::None {
        let all = Text {
            units: 0..example.unit_ends().len(),
        };
        return assemble(&[(example, &all)], specials, None);
    }
    let (a, b) = draw_boundary(example, &mut rng(Purpose::Boundary));
    if draw.objective == PairObjective::Sop {
        let swapped = draw_swap(&mut rng(Purpose::Swap));
        let texts = if swapped {
            [(example, &b), (example, &a)]
        } else {
            [(example, &a), (example, &b)]
        };
        return assemble(&texts, specials, Some(u8::from(swapped)));
    }
    let mut rng = rng(Purpose::NextSentence);
    let found = if draw_other(&mut rng) {
        other(&mut rng)
    } else {
        None
    };
    let limit = draw.max_length - N_SPECIALS;
    let not_next =
        found.and_then(|found| not_next((example, &a), &found, limit, specials, &mut rng));
    not_next.unwrap_or_else(|| assemble(&[(example, &a), (example, &b)], specials, Some(0)))
}

/// A text and one of another document, shrunk to `limit` pieces; `None` where they do not fit.
fn not_next(
    (example, text): (&Example, &Text),
    found: &Example,
    limit: usize,
    specials: &Specials,
    rng: &mut Generator,
) -> Option<Pair> {
    let mut text = text.clone();
    let (_, mut other) = draw_boundary(found, rng);
    let fits = shrink((example, &mut text), (found, &mut other), limit, rng);
    fits.then(|| assemble(&[(example, &text), (found, &other)], specials, Some(1)))
}

fn assemble(texts: &[(&Example, &Text)], specials: &Specials, order_label: Option<u8>) -> Pair {
    let mut pair = Pair {
        input_ids: vec![specials.cls],
        segment_ids: vec![0],
        units: Vec::new(),
        n_units_first: 0,
        order_label,
    };
    for (segment, (example, text)) in texts.iter().enumerate() {
        pair.units
            .extend(text.unit_spans(example, pair.input_ids.len()));
        pair.input_ids
            .extend_from_slice(&example.pieces()[text.pieces(example)]);
        pair.input_ids.push(specials.sep);
        pair.segment_ids.resize(pair.input_ids.len(), segment as u8);
        if segment == 0 {
            pair.n_units_first = pair.units.len();
        }
    }
    pair
}

#[cfg(test)]
mod tests;
