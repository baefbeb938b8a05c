//! Makes the examples of a document (method §3.1).

use std::sync::Arc;

use rand::RngExt as _;
use repro::{Purpose, generator};
use segment::{ByteSpan, Segmented};
use serde::{Deserialize, Serialize};

use crate::drops::ExampleDrops;
use crate::example::{Example, ExampleSource};
use crate::key::{DocumentKey, ExampleKey};
use crate::objective::PairObjective;
use crate::runs::{Limits, Sentence, runs, sentences_within, unit_pieces};

/// The number of special pieces of a pair: `[CLS]` and two `[SEP]`.
pub const N_SPECIALS: usize = 3;
/// The shortest target that may be drawn, in pieces (\[B\]: `target_seq_length` from 2).
const MIN_TARGET: usize = 2;

/// How examples are made: the `[examples]` section of a config.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleOptions {
    /// The length of the longest example, in pieces, its three special pieces included.
    pub max_length: usize,
    /// The share of examples whose target length is shorter and drawn uniformly (\[B\]: 0.1).
    pub short_share: f64,
}

/// Makes the examples of a document, in order (method §3.1).
///
/// An example is a run of at least two whole sentences with at most `max_length − 3` pieces. Without pairs
/// ([`PairObjective::None`]) one sentence is enough. With probability `short_share`, drawn from the example's key, its
/// target length is shorter: a uniform one from 2 pieces on \[B\]. A sentence that is too long or left alone may be cut
/// or dropped; `drops` counts this.
pub fn examples(
    document: &Segmented,
    path: &Arc<str>,
    record: u64,
    options: &ExampleOptions,
    pairs: PairObjective,
    seed: u64,
    drops: &mut ExampleDrops,
) -> Vec<Example> {
    let limits = Limits {
        pieces: options.max_length - N_SPECIALS,
        least_sentences: pairs.least_sentences(),
    };
    let sentences = sentences_within(document, limits.pieces, drops);
    match sentences.len() {
        0 => drops.empty_documents += 1,
        1 if limits.least_sentences > 1 => {
            drops.single_sentence_documents += 1;
            drops.dropped_pieces += sentences[0].n_pieces as u64;
        }
        _ => {}
    }
    if sentences.len() < limits.least_sentences {
        return Vec::new();
    }
    let document_key = DocumentKey::new(path, record);
    let target = |index| {
        target_length(
            ExampleKey::new(document_key, index),
            limits.pieces,
            options.short_share,
            seed,
        )
    };
    runs(document, sentences, limits, target, drops)
        .into_iter()
        .enumerate()
        .map(|(index, run)| {
            let key = ExampleKey::new(document_key, index as u32);
            example(document, &run, key, path, record)
        })
        .collect()
}

/// Draws the target length of an example, in pieces: the limit or, with probability `short_share`, a uniform length
/// from 2 to the limit (\[B\]: `short_seq_prob` in `create_instances_from_document`).
fn target_length(key: ExampleKey, limit: usize, short_share: f64, seed: u64) -> usize {
    let mut rng = generator(seed, Purpose::Length, 0, key.get());
    if rng.random_bool(short_share) {
        rng.random_range(MIN_TARGET..=limit.max(MIN_TARGET))
    } else {
        limit
    }
}

fn example(
    document: &Segmented,
    run: &[Sentence],
    key: ExampleKey,
    path: &Arc<str>,
    record: u64,
) -> Example {
    let mut pieces = Vec::with_capacity(run.iter().map(|s| s.n_pieces).sum());
    let mut unit_ends = Vec::with_capacity(run.iter().map(|s| s.units.len()).sum());
    let mut sentence_ends = Vec::with_capacity(run.len());
    let mut cut_ends = Vec::new();
    for sentence in run {
        let first = unit_pieces(document, sentence.units.start).start;
        let offset = first as u32 - pieces.len() as u32;
        let ends = &document.unit_ends[sentence.units.clone()];
        pieces.extend_from_slice(&document.pieces[first..first + sentence.n_pieces]);
        unit_ends.extend(ends.iter().map(|end| end - offset));
        if !sentence.has_end {
            cut_ends.push(sentence_ends.len() as u32);
        }
        sentence_ends.push(unit_ends.len() as u32);
    }
    let first = unit_pieces(document, run[0].units.start).start;
    let last = unit_pieces(document, run[run.len() - 1].units.end - 1).end - 1;
    let text = ByteSpan {
        start: document.piece_spans[first].start,
        end: document.piece_spans[last].end,
    };
    let source = ExampleSource {
        path: Arc::clone(path),
        record,
        text,
    };
    Example::new(key, source, pieces, unit_ends, sentence_ends)
        .and_then(|example| example.with_cut_ends(cut_ends))
        .expect("runs hold whole, non-empty sentences")
}

#[cfg(test)]
mod tests;
