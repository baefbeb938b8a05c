//! Exact nearest neighbours by cosine, found with blocked matrix products.

use std::cmp::Reverse;
use std::collections::HashSet;

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;
use segment::{PieceId, PieceTokenizer};

use crate::class::WordClass;
use crate::filters::Filters;
use crate::list::Entry;
use crate::plan::SearchPlan;
use crate::vectors::collection::Vectors;
use crate::word_ids::word_ids;

/// Rows per block of a matrix product; a block of scores fits into the cache of a core.
const BLOCK: usize = 256;
/// How many candidates of a word are collected before they are scored exactly.
const BATCH: usize = 64;
/// Scores are rounded to steps of 1 / `SCORE_STEPS`.
const SCORE_STEPS: f64 = 1e6;

/// Decides which neighbours are kept.
#[derive(Clone, Copy, Debug)]
pub struct NearestOptions {
    /// The most neighbours of a word.
    pub top_k: usize,
    /// The least cosine of a neighbour; from -1 to 1.
    pub min_similarity: f32,
}

/// The neighbours of all words, and counts of the words that were left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NearestEntries {
    /// The neighbours, best first within a word.
    pub entries: Vec<Entry>,
    /// The words that are in no entry.
    pub left_out: LeftOut,
}

/// Words of vectors that are in no entry, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Words with `[UNK]` among their pieces, or without pieces.
    pub n_unknown: usize,
    /// Words with the same pieces as an earlier word.
    pub n_alike: usize,
    /// Words that have no neighbour, and are none, under the options and filters.
    pub n_alone: usize,
}

/// Finds the nearest neighbours of every word, among the words with the same number of pieces and the same class.
///
/// Words that the table cannot hold are left out before the search, so they do not take a rank: words with `[UNK]`, and
/// words with the same pieces as an earlier word (`GPU`, `gpu`). Files are sorted by frequency as a rule, so the most
/// frequent spelling stays. Candidates that the filters drop do not take a rank either.
///
/// The search is exact. Matrix products in f32 rule out words that cannot be among the best, and the others are scored
/// in f64. Neighbours are sorted by (cosine rounded to 1e-6, index of the word in the file), so the result does not
/// depend on the number of threads.
pub fn nearest_entries(
    vectors: &Vectors,
    tokenizer: &PieceTokenizer,
    options: NearestOptions,
    filters: &Filters,
) -> NearestEntries {
    NearestSearch::new(vectors, tokenizer).run(options, filters)
}

/// A search for the neighbours of all words, before it begins.
pub struct NearestSearch<'v> {
    vectors: &'v Vectors,
    /// The words that can replace each other, by their indices in the file.
    groups: Vec<Vec<usize>>,
    /// The words that cannot take part.
    left_out: LeftOut,
}

impl<'v> NearestSearch<'v> {
    /// Finds the words that take part, and groups those that can replace each other.
    pub fn new(vectors: &'v Vectors, tokenizer: &PieceTokenizer) -> Self {
        let (groups, left_out) = groups(vectors, tokenizer);
        Self {
            vectors,
            groups,
            left_out,
        }
    }

    /// What the search costs.
    pub fn plan(&self) -> SearchPlan {
        let sizes = self.groups.iter().map(Vec::len);
        SearchPlan::of(sizes, self.vectors.n_dimensions())
    }

    /// Searches. [`nearest_entries`] says how.
    pub fn run(&self, options: NearestOptions, filters: &Filters) -> NearestEntries {
        let space = Space {
            vectors: self.vectors,
            filters,
            options,
        };
        let groups = self.groups.iter().filter(|_| options.top_k > 0);
        let entries: Vec<Entry> = groups
            .flat_map(|group| group_entries(&space, group))
            .collect();
        let left_out = LeftOut {
            n_alone: self.plan().n_words - n_different_words(&entries),
            ..self.left_out
        };
        NearestEntries { entries, left_out }
    }
}

fn n_different_words(entries: &[Entry]) -> usize {
    let words = entries.iter().flat_map(|e| [&e.word, &e.similar]);
    words.collect::<HashSet<_>>().len()
}

/// The data that all searches share.
struct Space<'v> {
    vectors: &'v Vectors,
    filters: &'v Filters,
    options: NearestOptions,
}

/// Groups the words that can replace each other: those with the same number of pieces and the same class. A group lists
/// the indices of its words in the file; the words of no group are counted.
fn groups(vectors: &Vectors, tokenizer: &PieceTokenizer) -> (Vec<Vec<usize>>, LeftOut) {
    let mut left_out = LeftOut::default();
    let unknown = unknown_piece(tokenizer);
    let ids_of_words: Vec<Vec<PieceId>> = vectors
        .words()
        .par_iter()
        .map(|word| word_ids(tokenizer, word))
        .collect();
    let mut seen = HashSet::new();
    let mut order: Vec<((usize, WordClass), usize)> = Vec::new();
    for (index, ids) in ids_of_words.iter().enumerate() {
        if ids.is_empty() || ids.contains(&unknown) {
            left_out.n_unknown += 1;
        } else if !seen.insert(ids) {
            left_out.n_alike += 1;
        } else {
            order.push(((ids.len(), WordClass::of(&vectors.words()[index])), index));
        }
    }
    order.sort_unstable();
    let groups = order
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| group.iter().map(|(_, index)| *index).collect())
        .collect();
    (groups, left_out)
}

/// The id of `[UNK]`: WordPiece gives it to any word of more than 100 characters \[B\].
fn unknown_piece(tokenizer: &PieceTokenizer) -> PieceId {
    let ids = word_ids(tokenizer, &"a".repeat(101));
    *ids.first().expect("a word of letters has a piece")
}

fn group_entries(space: &Space<'_>, group: &[usize]) -> Vec<Entry> {
    let n_dimensions = space.vectors.n_dimensions();
    let mut rows = Vec::with_capacity(group.len() * n_dimensions);
    for index in group {
        rows.extend_from_slice(space.vectors.row(*index));
    }
    let rows = Array2::from_shape_vec((group.len(), n_dimensions), rows).expect("one row per word");
    let blocks: Vec<usize> = (0..group.len()).step_by(BLOCK).collect();
    let entries: Vec<Vec<Entry>> = blocks
        .into_par_iter()
        .map(|start| block_entries(space, group, rows.view(), start))
        .collect();
    entries.into_iter().flatten().collect()
}

/// The neighbours of the words `start..start + BLOCK` of a group.
///
/// # Shapes
/// `rows`: `[words of the group, dimensions]`.
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
    /// The error bound of a score in f32, plus the rounding of scores to 1e-6.
    margin: f32,
    /// A word with an f32 score below this cannot be among the best.
    threshold: f32,
    /// Exact scores in steps of 1e-6 with the indices of the words; best first, at most `top_k`.
    best: Vec<(Reverse<i64>, usize)>,
    /// Indices of words that are not scored exactly yet; fewer than [`BATCH`].
    unscored: Vec<usize>,
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
            unscored: Vec::with_capacity(BATCH),
        }
    }

    fn add(&mut self, other: usize) {
        if other != self.word {
            self.unscored.push(other);
        }
        if self.unscored.len() == BATCH {
            self.score_batch();
        }
    }

    /// Scores the collected words exactly, keeps the best, and raises the threshold.
    fn score_batch(&mut self) {
        let Space {
            vectors,
            filters,
            options,
        } = self.space;
        let words = vectors.words();
        let least = (f64::from(options.min_similarity) * SCORE_STEPS).round();
        for other in self.unscored.drain(..) {
            let score = (vectors.cosine(self.word, other) * SCORE_STEPS).round();
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
            self.threshold = (*worst as f64 / SCORE_STEPS) as f32 - self.margin;
        }
    }

    fn finish(mut self) -> impl Iterator<Item = Entry> {
        self.score_batch();
        let name = |index: usize| self.space.vectors.words()[index].clone();
        self.best.into_iter().map(move |(Reverse(score), other)| {
            let score = (score as f64 / SCORE_STEPS) as f32;
            Entry {
                weight: frequency_ratio(self.word, other),
                ..Entry::new(name(self.word), name(other), score)
            }
        })
    }
}

/// The nearest `n` words of one word, of any number of pieces and any class. Shows what a table leaves out.
pub fn nearest_to(vectors: &Vectors, word: &str, n: usize) -> Vec<Entry> {
    let words = vectors.words();
    let Some(index) = words.iter().position(|known| known == word) else {
        return Vec::new();
    };
    let mut scored: Vec<(Reverse<i64>, usize)> = (0..words.len())
        .filter(|other| *other != index)
        .map(|other| {
            let score = (vectors.cosine(index, other) * SCORE_STEPS).round();
            (Reverse(score as i64), other)
        })
        .collect();
    scored.sort_unstable();
    scored.truncate(n);
    let entry = |(Reverse(score), other): (Reverse<i64>, usize)| {
        let score = (score as f64 / SCORE_STEPS) as f32;
        Entry::new(word, words[other].clone(), score)
    };
    scored.into_iter().map(entry).collect()
}

/// Estimates the lower frequency of two words ÷ the higher, from their indices in the file; from above 0 to 1.
///
/// Files of vectors are sorted by falling frequency as a rule. By Zipf's law the frequency of the n-th word is about that
/// of the first ÷ n, so the ratio of the positions estimates the ratio of the frequencies \[P\].
/// [`Frequencies::weigh`](crate::Frequencies::weigh) replaces the estimate with counts.
fn frequency_ratio(word: usize, other: usize) -> f32 {
    let (first, last) = (word.min(other) + 1, word.max(other) + 1);
    (first as f64 / last as f64) as f32
}

#[cfg(test)]
mod tests;
