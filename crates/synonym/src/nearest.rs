//! Exact nearest neighbours by cosine, in blocked matrix products.

use std::cmp::Reverse;
use std::collections::HashSet;

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;
use segment::{PieceId, PieceTokenizer};

use crate::class::WordClass;
use crate::filters::Filters;
use crate::list::Entry;
use crate::spelling::spell;
use crate::vectors::Vectors;

/// Rows of a block: a block of scores stays within a core's cache.
const BLOCK: usize = 256;
/// So many candidates of a word are collected before they are scored exactly, and the best kept.
const BATCH: usize = 64;
/// Scores are compared, and kept, in steps of 1e-6.
const STEPS: f64 = 1e6;

/// Which neighbours are kept.
#[derive(Clone, Copy, Debug)]
pub struct NearestOptions {
    /// The most neighbours of a word.
    pub top_k: usize,
    /// The least cosine of a neighbour.
    pub min_similarity: f32,
}

/// Neighbours of all words, and the words that took no part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NearestEntries {
    /// The neighbours, a word's best first.
    pub entries: Vec<Entry>,
    /// Words that the vocabulary cannot write without `[UNK]`.
    pub n_unknown: usize,
    /// Words that it writes like one before them.
    pub n_alike: usize,
}

/// The nearest neighbours of every word, among the words of the same number of pieces and the same class.
///
/// Only words that the vocabulary can write without `[UNK]` take part, so that no place among the best is spent on one
/// that the table cannot hold; of words that it writes alike (`GPU`, `gpu`) the first of the file, which is the most
/// frequent one by custom.
///
/// What the filters drop takes no place either, so that the next best moves up.
///
/// Exact: matrix products in f32 only rule out what cannot be among the best; the rest is scored in f64. Neighbours
/// stand by (cosine rounded to 1e-6, word's place in the file), so the result is the same for any number of threads.
pub fn nearest_entries(
    vectors: &Vectors,
    tokenizer: &PieceTokenizer,
    options: NearestOptions,
    filters: &Filters,
) -> NearestEntries {
    let space = Space {
        vectors,
        filters,
        options,
    };
    let mut found = NearestEntries::default();
    let groups = groups(vectors, tokenizer, &mut found);
    if options.top_k > 0 {
        let entries = groups.iter().flat_map(|group| group_entries(&space, group));
        found.entries = entries.collect();
    }
    found
}

/// What all searches share.
struct Space<'v> {
    vectors: &'v Vectors,
    filters: &'v Filters,
    options: NearestOptions,
}

/// Words that can stand for each other, by their places in the file.
fn groups(
    vectors: &Vectors,
    tokenizer: &PieceTokenizer,
    found: &mut NearestEntries,
) -> Vec<Vec<usize>> {
    let unknown = unknown_piece(tokenizer);
    let spelled: Vec<Vec<PieceId>> = vectors
        .words()
        .par_iter()
        .map(|word| spell(tokenizer, word))
        .collect();
    let mut seen = HashSet::new();
    let mut order: Vec<((usize, WordClass), usize)> = Vec::new();
    for (index, ids) in spelled.iter().enumerate() {
        if ids.is_empty() || ids.contains(&unknown) {
            found.n_unknown += 1;
        } else if !seen.insert(ids) {
            found.n_alike += 1;
        } else {
            order.push(((ids.len(), WordClass::of(&vectors.words()[index])), index));
        }
    }
    order.sort_unstable();
    order
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| group.iter().map(|(_, index)| *index).collect())
        .collect()
}

/// `[UNK]`, which is what WordPiece makes of any word of more than 100 characters \[B\].
fn unknown_piece(tokenizer: &PieceTokenizer) -> PieceId {
    let ids = spell(tokenizer, &"a".repeat(101));
    *ids.first().expect("a word of letters has a piece")
}

fn group_entries(space: &Space<'_>, group: &[usize]) -> Vec<Entry> {
    let n_dimensions = space.vectors.n_dimensions();
    let mut rows = Vec::with_capacity(group.len() * n_dimensions);
    for index in group {
        rows.extend_from_slice(space.vectors.row(*index));
    }
    let rows = Array2::from_shape_vec((group.len(), n_dimensions), rows).expect("a row a word");
    let blocks: Vec<usize> = (0..group.len()).step_by(BLOCK).collect();
    let entries: Vec<Vec<Entry>> = blocks
        .into_par_iter()
        .map(|start| block_entries(space, group, rows.view(), start))
        .collect();
    entries.into_iter().flatten().collect()
}

/// The neighbours of the words `start..start + BLOCK` of a group; `rows` is `[words of the group, dimensions]`.
fn block_entries(
    space: &Space<'_>,
    group: &[usize],
    rows: ArrayView2<'_, f32>,
    start: usize,
) -> Vec<Entry> {
    let end = (start + BLOCK).min(group.len());
    let block = rows.slice(s![start..end, ..]);
    let mut searches: Vec<Search<'_>> = group[start..end]
        .iter()
        .map(|word| Search::new(space, *word))
        .collect();
    for others in (0..group.len()).step_by(BLOCK) {
        let other_end = (others + BLOCK).min(group.len());
        let scores = block.dot(&rows.slice(s![others..other_end, ..]).t());
        for (search, scores) in searches.iter_mut().zip(scores.rows()) {
            for (score, other) in scores.iter().zip(&group[others..other_end]) {
                if *score >= search.threshold {
                    search.add(*other);
                }
            }
        }
    }
    searches.into_iter().flat_map(Search::finish).collect()
}

/// The best neighbours of a word so far.
struct Search<'v> {
    space: &'v Space<'v>,
    word: usize,
    /// What an f32 score of `n` dimensions may be off by, and a step of 1e-6, within which the place in the file decides.
    margin: f32,
    /// No word with an f32 score below it can be among the best.
    threshold: f32,
    /// Exact scores in steps of 1e-6, best first, at most `top_k`.
    best: Vec<(Reverse<i64>, usize)>,
    fresh: Vec<usize>,
}

impl<'v> Search<'v> {
    fn new(space: &'v Space<'v>, word: usize) -> Self {
        let margin = space.vectors.n_dimensions() as f32 * f32::EPSILON + 2e-6;
        Self {
            space,
            word,
            margin,
            threshold: space.options.min_similarity - margin,
            best: Vec::new(),
            fresh: Vec::with_capacity(BATCH),
        }
    }

    fn add(&mut self, other: usize) {
        if other != self.word {
            self.fresh.push(other);
        }
        if self.fresh.len() == BATCH {
            self.settle();
        }
    }

    /// Scores what was collected exactly, and keeps the best.
    fn settle(&mut self) {
        let Space {
            vectors,
            filters,
            options,
        } = self.space;
        let words = vectors.words();
        let least = (f64::from(options.min_similarity) * STEPS).round();
        for other in self.fresh.drain(..) {
            let score = (vectors.cosine(self.word, other) * STEPS).round();
            let is_dropped = || {
                filters
                    .drop_reason(&words[self.word], &words[other])
                    .is_some()
            };
            if score >= least && !is_dropped() {
                self.best.push((Reverse(score as i64), other));
            }
        }
        self.best.sort_unstable();
        self.best.truncate(options.top_k);
        if self.best.len() == options.top_k
            && let Some((Reverse(worst), _)) = self.best.last()
        {
            self.threshold = (*worst as f64 / STEPS) as f32 - self.margin;
        }
    }

    fn finish(mut self) -> impl Iterator<Item = Entry> {
        self.settle();
        let name = |index: usize| self.space.vectors.words()[index].clone();
        self.best.into_iter().map(move |(Reverse(score), other)| {
            let score = (score as f64 / STEPS) as f32;
            Entry {
                weight: like_frequency(self.word, other),
                ..Entry::new(name(self.word), name(other), score)
            }
        })
    }
}

/// The nearest `n` words of one word, of any length and class: what a table could have had.
pub fn nearest_to(vectors: &Vectors, word: &str, n: usize) -> Vec<Entry> {
    let words = vectors.words();
    let Some(index) = words.iter().position(|known| known == word) else {
        return Vec::new();
    };
    let mut scored: Vec<(Reverse<i64>, usize)> = (0..words.len())
        .filter(|other| *other != index)
        .map(|other| {
            let score = (vectors.cosine(index, other) * STEPS).round();
            (Reverse(score as i64), other)
        })
        .collect();
    scored.sort_unstable();
    scored.truncate(n);
    let entry = |(Reverse(score), other): (Reverse<i64>, usize)| {
        Entry::new(word, words[other].clone(), (score as f64 / STEPS) as f32)
    };
    scored.into_iter().map(entry).collect()
}

/// How alike two words are in frequency, 1 where they are equal: the less frequent one's share of the other's.
///
/// Vectors stand by falling frequency, by custom, and a word's frequency is about that of the first divided by its place
/// (Zipf), so places say about what counts would \[P\]; [`crate::Frequencies`] says it exactly.
fn like_frequency(word: usize, other: usize) -> f32 {
    let (first, last) = (word.min(other) + 1, word.max(other) + 1);
    (first as f64 / last as f64) as f32
}

#[cfg(test)]
mod tests;
