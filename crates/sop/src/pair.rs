//! Draws the pair that the model reads, before masking: `[CLS] A [SEP] B [SEP]`.

use repro::{Generator, Purpose, generator};
use segment::{PieceId, Specials, UnitSpan};
use serde::{Deserialize, Serialize};

use crate::example::Example;
use crate::examples::N_SPECIALS;
use crate::next_sentence::{draw_other, shrink};
use crate::order::{draw_boundary, draw_swap};
use crate::text::Text;

/// What the order head learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairObjective {
    /// Sentence order: the label is 1 if B comes before A, and 0 otherwise (\[A\], \[M\]).
    Sop,
    /// Next sentence: the label is 1 if B comes from another document, and 0 if it follows A (\[B\]).
    Nsp,
    /// Nothing: the input is one text, `[CLS] run [SEP]`, without an order label.
    None,
}

/// How pairs are drawn. Everything except the epoch stays the same for a whole run.
#[derive(Clone, Copy, Debug)]
pub struct PairDraw {
    /// What the order head learns.
    pub objective: PairObjective,
    /// The seed of the run.
    pub seed: u64,
    /// The epoch, from 0. Boundary and order are drawn anew in each.
    pub epoch: u64,
    /// The length of the longest pair, in pieces, special pieces included.
    pub max_length: usize,
}

/// A pair of texts, or one text under [`PairObjective::None`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The pieces: `[CLS]`, the text shown first, `[SEP]`, the other text, `[SEP]`. Shape: `[length]`.
    pub input_ids: Vec<PieceId>,
    /// 0 up to the first `[SEP]`, 1 behind it. Shape: `[length]`.
    pub segment_ids: Vec<u8>,
    /// The units of both texts, as spans of `input_ids`. Special pieces are in no unit.
    pub units: Vec<UnitSpan>,
    /// How many of the units are in the text shown first.
    pub n_units_first: usize,
    /// What the order head must predict; `None` under [`PairObjective::None`].
    pub order_label: Option<u8>,
}

/// Draws the pair of an example (method §3.2, §3.3).
///
/// `other` returns an example of another document, which it draws with the generator that it is given. It is called
/// for next-sentence pairs only, and at most once. A next-sentence pair of two units that do not fit together stays
/// in order \[P\].
pub fn draw_pair(
    example: &Example,
    draw: &PairDraw,
    specials: &Specials,
    other: impl FnOnce(&mut Generator) -> Option<Example>,
) -> Pair {
    let rng = |purpose| generator(draw.seed, purpose, draw.epoch, example.key().get());
    if draw.objective == PairObjective::None {
        let all = Text::new(example, 0..example.unit_ends().len());
        return assemble(&[all], specials, None);
    }
    let [a, b] = draw_boundary(example, &mut rng(Purpose::Boundary));
    if draw.objective == PairObjective::Sop {
        let is_swapped = draw_swap(&mut rng(Purpose::Swap));
        let texts = if is_swapped { [b, a] } else { [a, b] };
        return assemble(&texts, specials, Some(u8::from(is_swapped)));
    }
    let mut rng = rng(Purpose::NextSentence);
    let found = if draw_other(&mut rng) {
        other(&mut rng)
    } else {
        None
    };
    let limit = draw.max_length - N_SPECIALS;
    let not_next =
        found.and_then(|found| not_next_pair(a.clone(), &found, limit, specials, &mut rng));
    not_next.unwrap_or_else(|| assemble(&[a, b], specials, Some(0)))
}

/// Pairs a text with one of another document; both are shortened to `limit` pieces. `None` if they do not fit.
fn not_next_pair<'e>(
    mut text: Text<'e>,
    found: &'e Example,
    limit: usize,
    specials: &Specials,
    rng: &mut Generator,
) -> Option<Pair> {
    let [_, mut other] = draw_boundary(found, rng);
    let fits = shrink(&mut text, &mut other, limit, rng);
    fits.then(|| assemble(&[text, other], specials, Some(1)))
}

/// Puts texts and special pieces together.
fn assemble(texts: &[Text<'_>], specials: &Specials, order_label: Option<u8>) -> Pair {
    let mut pair = Pair {
        input_ids: vec![specials.cls],
        segment_ids: vec![0],
        units: Vec::new(),
        n_units_first: 0,
        order_label,
    };
    for (segment_id, text) in (0..).zip(texts) {
        pair.units.extend(text.unit_spans(pair.input_ids.len()));
        pair.input_ids.extend_from_slice(text.pieces());
        pair.input_ids.push(specials.sep);
        pair.segment_ids.resize(pair.input_ids.len(), segment_id);
        if segment_id == 0 {
            pair.n_units_first = pair.units.len();
        }
    }
    pair
}

#[cfg(test)]
mod tests;
