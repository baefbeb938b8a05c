//! Exact nearest neighbours by cosine, in blocked matrix products.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use segment::PieceTokenizer;

use crate::class::WordClass;
use crate::list::Entry;
use crate::vectors::Vectors;

/// Rows of a block: a block of scores stays within a core's cache.
const BLOCK: usize = 256;
/// More candidates than asked for are scored again in f64, so that rounding in f32 cannot push one out.
const SPARE: usize = 8;

/// Which neighbours are kept.
#[derive(Clone, Copy, Debug)]
pub struct NearestOptions {
    /// The most neighbours of a word.
    pub top_k: usize,
    /// The least cosine of a neighbour.
    pub min_similarity: f32,
}

/// The nearest neighbours of every word, among the words of the same number of pieces and the same class.
///
/// Exact: no approximate index. Neighbours stand by (cosine rounded to 1e-6, word's place in the file), so the result
/// is the same for any number of threads.
pub fn nearest_entries(
    vectors: &Vectors,
    tokenizer: &PieceTokenizer,
    options: NearestOptions,
) -> Vec<Entry> {
    let keys: Vec<(usize, WordClass)> = vectors
        .words()
        .par_iter()
        .map(|word| (tokenizer.pieces(word).len(), WordClass::of(word)))
        .collect();
    let mut order: Vec<usize> = (0..keys.len()).filter(|index| keys[*index].0 > 0).collect();
    order.sort_by_key(|index| (keys[*index], *index));
    order
        .chunk_by(|a, b| keys[*a] == keys[*b])
        .flat_map(|group| group_entries(vectors, group, options))
        .collect()
}

fn group_entries(vectors: &Vectors, group: &[usize], options: NearestOptions) -> Vec<Entry> {
    let n_dimensions = vectors.n_dimensions();
    let mut rows = Vec::with_capacity(group.len() * n_dimensions);
    for index in group {
        rows.extend_from_slice(vectors.row(*index));
    }
    let rows = Array2::from_shape_vec((group.len(), n_dimensions), rows).expect("a row a word");
    let blocks: Vec<usize> = (0..group.len()).step_by(BLOCK).collect();
    let entries: Vec<Vec<Entry>> = blocks
        .into_par_iter()
        .map(|start| block_entries(vectors, group, rows.view(), start, options))
        .collect();
    entries.into_iter().flatten().collect()
}

fn block_entries(
    vectors: &Vectors,
    group: &[usize],
    rows: ArrayView2<'_, f32>,
    start: usize,
    options: NearestOptions,
) -> Vec<Entry> {
    let end = (start + BLOCK).min(group.len());
    let block = rows.slice(ndarray::s![start..end, ..]);
    let mut best: Vec<Vec<(f32, usize)>> = vec![Vec::new(); end - start];
    for others in (0..group.len()).step_by(BLOCK) {
        let other_end = (others + BLOCK).min(group.len());
        let scores = block.dot(&rows.slice(ndarray::s![others..other_end, ..]).t());
        for (row, best) in best.iter_mut().enumerate() {
            for (column, score) in scores.row(row).iter().enumerate() {
                if others + column != start + row {
                    keep(best, *score, others + column, options);
                }
            }
        }
    }
    let word = |place: usize| group[place];
    best.into_iter()
        .enumerate()
        .flat_map(|(row, best)| rescored(vectors, word(start + row), best, &word, options))
        .collect()
}

/// Keeps the best `top_k + SPARE` in falling order.
fn keep(best: &mut Vec<(f32, usize)>, score: f32, place: usize, options: NearestOptions) {
    let most = options.top_k + SPARE;
    if score < options.min_similarity - 1e-4 || best.len() == most && score <= best[most - 1].0 {
        return;
    }
    let position = best.partition_point(|(other, _)| *other >= score);
    best.insert(position, (score, place));
    best.truncate(most);
}

fn rescored(
    vectors: &Vectors,
    word: usize,
    best: Vec<(f32, usize)>,
    word_at: &impl Fn(usize) -> usize,
    options: NearestOptions,
) -> Vec<Entry> {
    let mut scored: Vec<(i64, usize)> = best
        .into_iter()
        .map(|(_, place)| {
            let other = word_at(place);
            let pairs = vectors.row(word).iter().zip(vectors.row(other));
            let cosine: f64 = pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            ((cosine * 1e6).round() as i64, other)
        })
        .filter(|(score, _)| *score as f64 >= f64::from(options.min_similarity) * 1e6)
        .collect();
    scored.sort_by_key(|(score, other)| (std::cmp::Reverse(*score), *other));
    scored.truncate(options.top_k);
    let name = |index: usize| vectors.words()[index].clone();
    scored
        .into_iter()
        .map(|(score, other)| Entry::new(name(word), name(other), (score as f64 / 1e6) as f32))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use segment::{PieceTokenizer, Vocabulary};

    use super::{NearestOptions, nearest_entries};
    use crate::vectors::Vectors;

    const CHARACTERS: &str = "语言模型概率预测学习数据训练词";

    fn tokenizer() -> PieceTokenizer {
        let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(String::from);
        let pieces = specials
            .into_iter()
            .chain(CHARACTERS.chars().map(String::from));
        PieceTokenizer::new(
            &Vocabulary::from_pieces(pieces.collect()).expect("a vocabulary"),
            true,
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn neighbours_are_those_of_a_naive_search_for_any_number_of_threads(
            rows in prop::collection::vec(prop::collection::vec(-1.0_f32..1.0, 4), 2..14),
        ) {
            let words = CHARACTERS.chars().map(String::from);
            let (vectors, _) = Vectors::from_rows(words.zip(rows));
            let options = NearestOptions { top_k: 3, min_similarity: 0.1 };
            let run = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                pool.install(|| nearest_entries(&vectors, &tokenizer(), options))
            };
            let found = run(1);
            prop_assert_eq!(&found, &run(4));
            for (index, word) in vectors.words().iter().enumerate() {
                let cosine = |other: usize| -> f64 {
                    let pairs = vectors.row(index).iter().zip(vectors.row(other));
                    pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
                };
                let mut naive: Vec<f64> = (0..vectors.words().len()).filter(|o| *o != index).map(cosine).collect();
                naive.retain(|score| *score >= 0.1 - 1e-6);
                naive.sort_by(|a, b| b.total_cmp(a));
                naive.truncate(3);
                let scores: Vec<f64> =
                    found.iter().filter(|e| &e.word == word).map(|e| f64::from(e.score)).collect();
                prop_assert!(scores.len().abs_diff(naive.len()) <= 1);
                for (a, b) in scores.iter().zip(&naive) {
                    prop_assert!((a - b).abs() < 1.5e-6);
                }
            }
        }
    }
}
