//! Draws the pair that the model reads, before masking: `[CLS] A [SEP] B [SEP]`.

use repro::{Generator, Purpose, generator};
use segment::{PieceId, Specials, UnitSpan};

use crate::example::Example;
use crate::next_sentence::{draw_partner, draw_texts};
use crate::objective::PairObjective;
use crate::order::{draw_boundary, draw_swap, has_order};
use crate::text::Text;

/// How pairs are drawn. Everything except the epoch stays the same for a whole run.
#[derive(Clone, Copy, Debug)]
pub struct PairDraw {
    /// What the order head learns.
    pub objective: PairObjective,
    /// The seed of the run.
    pub seed: u64,
    /// The epoch, from 0. Boundary and order are drawn anew in each.
    pub epoch: u64,
}

/// A pair of texts, or one text.
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
    /// What the order head must predict; `None` if it predicts nothing, see [`draw_pair`].
    pub order_label: Option<u8>,
}

/// Draws the pair of an example (method §3.2, §3.3).
///
/// `other` draws an example of another document with the generator that it is given, or returns `None` if it did not
/// find one. It is called several times at most, and for next-sentence pairs only.
///
/// An example of one sentence is one text without an order label. If the boundary lies inside a sentence that was cut,
/// the texts stay in order and have no label; under [`PairObjective::Sop`] the same holds for an example that ends inside
/// such a sentence. A next-sentence pair also stays in order without a label if no other document is found \[P\].
pub fn draw_pair(
    example: &Example,
    draw: &PairDraw,
    specials: &Specials,
    other: impl FnMut(&mut Generator) -> Option<Example>,
) -> Pair {
    let rng = |purpose| generator(draw.seed, purpose, draw.epoch, example.key().get());
    let boundary = match draw.objective {
        PairObjective::None => None,
        PairObjective::Sop | PairObjective::Nsp => {
            draw_boundary(example, &mut rng(Purpose::Boundary))
        }
    };
    let Some(boundary) = boundary else {
        let all = Text::new(example, 0..example.unit_ends().len());
        return assemble(&[all], specials, None);
    };
    let texts = boundary.texts(example);
    match draw.objective {
        PairObjective::Sop if has_order(example, boundary) => {
            let [a, b] = texts;
            let is_swapped = draw_swap(&mut rng(Purpose::Swap));
            let texts = if is_swapped { [b, a] } else { [a, b] };
            assemble(&texts, specials, Some(u8::from(is_swapped)))
        }
        PairObjective::Nsp if example.has_end(boundary.sentence) => {
            next_sentence(&texts, specials, &mut rng(Purpose::NextSentence), other)
        }
        _ => assemble(&texts, specials, None),
    }
}

/// Draws a next-sentence pair of A and the text behind it. Without a text of another document they have no label.
fn next_sentence(
    texts: &[Text<'_>; 2],
    specials: &Specials,
    rng: &mut Generator,
    other: impl FnMut(&mut Generator) -> Option<Example>,
) -> Pair {
    let partner = draw_partner(rng, other);
    let partner = partner.as_ref();
    match partner.and_then(|partner| draw_texts(texts, partner, rng)) {
        Some(drawn) => assemble(&drawn.texts, specials, Some(u8::from(drawn.is_other))),
        None => assemble(texts, specials, None),
    }
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
