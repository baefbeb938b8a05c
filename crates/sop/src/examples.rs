//! Examples of a document: runs of whole sentences up to a length (method §3.1).

use std::sync::Arc;

use rand::RngExt as _;
use segment::{ByteSpan, Segmented};
use serde::{Deserialize, Serialize};

use crate::example::{Example, ExampleSource};
use crate::key::{DocumentKey, ExampleKey};
use crate::runs::{Sentence, runs, sentences_within, unit_pieces};
use repro::{Purpose, generator};

/// `[CLS]` and two `[SEP]`.
pub const N_SPECIALS: usize = 3;
/// The shortest target that may be drawn, in pieces (\[B\]: `target_seq_length` from 2).
const MIN_TARGET: usize = 2;

/// How examples are made (`[examples]` of a config).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleOptions {
    /// The longest example in pieces, its three specials included.
    pub max_length: usize,
    /// The share of examples with a shorter target, drawn uniformly (\[B\]: 0.1).
    pub short_share: f64,
}

/// What was cut or dropped on the way from sentences to examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExampleDrops {
    /// Documents without a sentence.
    pub empty_documents: u64,
    /// Documents of one sentence: no example.
    pub single_sentence_documents: u64,
    /// Sentences cut in parts at unit boundaries: longer than an example, or left alone.
    pub cut_sentences: u64,
    /// Units longer than an example, dropped.
    pub overlong_units: u64,
    /// Sentences, or parts of cut ones, left alone and fitting nowhere, dropped.
    pub lone_sentences: u64,
    /// Pieces in dropped sentences and units.
    pub dropped_pieces: u64,
}

impl std::ops::AddAssign for ExampleDrops {
    fn add_assign(&mut self, other: Self) {
        self.empty_documents += other.empty_documents;
        self.single_sentence_documents += other.single_sentence_documents;
        self.cut_sentences += other.cut_sentences;
        self.overlong_units += other.overlong_units;
        self.lone_sentences += other.lone_sentences;
        self.dropped_pieces += other.dropped_pieces;
    }
}

/// The examples of a document, in order.
///
/// An example is a run of at least two whole sentences of at most `max_length − 3` pieces; with probability
/// `short_share`, drawn from the example's key, its target is a shorter, uniform length from 2 on \[B\]. How sentences are
/// grouped, and what becomes of one that is too long or left alone: `runs`. Source: method §3.1.
pub fn examples(
    document: &Segmented,
    path: &Arc<str>,
    record: u64,
    options: &ExampleOptions,
    seed: u64,
    drops: &mut ExampleDrops,
) -> Vec<Example> {
    let limit = options.max_length - N_SPECIALS;
    let sentences = sentences_within(document, limit, drops);
    match sentences.len() {
        0 => drops.empty_documents += 1,
        1 => {
            drops.single_sentence_documents += 1;
            drops.dropped_pieces += sentences[0].n_pieces as u64;
        }
        _ => {}
    }
    if sentences.len() < 2 {
        return Vec::new();
    }
    let document_key = DocumentKey::new(path, record);
    let target = |index| {
        target_length(
            ExampleKey::new(document_key, index),
            limit,
            options.short_share,
            seed,
        )
    };
    runs(document, sentences, limit, target, drops)
        .into_iter()
        .enumerate()
        .map(|(index, run)| {
            let key = ExampleKey::new(document_key, index as u32);
            example(document, &run, key, path, record)
        })
        .collect()
}

/// The target of an example in pieces: the limit, or with probability `short_share` a uniform length from 2 to it
/// (\[B\], `create_instances_from_document`: "with probability 10 % we use sequences shorter than the maximum").
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
    for sentence in run {
        let first = unit_pieces(document, sentence.units.start).start;
        let moved = first as u32 - pieces.len() as u32;
        let ends = &document.unit_ends[sentence.units.clone()];
        pieces.extend_from_slice(&document.pieces[first..first + sentence.n_pieces]);
        unit_ends.extend(ends.iter().map(|end| end - moved));
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
        .expect("runs hold whole, non-empty sentences")
}

#[cfg(test)]
mod tests;
