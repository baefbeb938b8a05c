//! Neighbours as the Synonyms toolkit (chatopera/Synonyms) ranks them, for comparison.

use ndarray::{Array2, s};
use rayon::prelude::*;

use crate::list::Entry;
use crate::vectors::collection::Vectors;

/// Rows per block of a matrix product; a block of distances fits into the cache of a core.
const BLOCK: usize = 256;
/// How many more words than asked for are measured again in f64, because f32 distances are not exact.
const SPARE: usize = 8;

/// The entries that `synonyms.nearby(word, size)` finds for each word of the vectors (its `word2vec.py`).
///
/// The toolkit takes the `size` words with the least Euclidean distance between the vectors as the file has them. The
/// word itself counts as one of them, and words of any length take part. It ranks these by the absolute value of the
/// cosine. The entries here leave out the word itself.
pub fn toolkit_entries(vectors: &Vectors, size: usize) -> Vec<Entry> {
    let n_words = vectors.words().len();
    let mut rows = Array2::zeros((n_words, vectors.n_dimensions()));
    for (index, mut row) in rows.rows_mut().into_iter().enumerate() {
        let length = vectors.length(index);
        row.assign(&ndarray::ArrayView1::from(vectors.row(index)));
        row *= length;
    }
    let starts: Vec<usize> = (0..n_words).step_by(BLOCK).collect();
    let found: Vec<Vec<Entry>> = starts
        .into_par_iter()
        .map(|start| {
            let end = (start + BLOCK).min(n_words);
            let nearest = nearest(&rows, start..end, size + SPARE);
            let entries = nearest.into_iter().enumerate();
            entries
                .flat_map(|(offset, near)| ranked(vectors, start + offset, near, size))
                .collect()
        })
        .collect();
    found.into_iter().flatten().collect()
}

/// The indices of the `n` nearest rows for each row of a range, by |y|² − 2 x·y in f32.
fn nearest(rows: &Array2<f32>, of: std::ops::Range<usize>, n: usize) -> Vec<Vec<usize>> {
    let block = rows.slice(s![of.clone(), ..]);
    let mut best: Vec<Vec<(f32, usize)>> = vec![Vec::new(); of.len()];
    for start in (0..rows.nrows()).step_by(BLOCK) {
        let others = rows.slice(s![start..(start + BLOCK).min(rows.nrows()), ..]);
        let squares: Vec<f32> = others.rows().into_iter().map(|y| y.dot(&y)).collect();
        let products = block.dot(&others.t());
        for (best, products) in best.iter_mut().zip(products.rows()) {
            for (offset, (product, square)) in products.iter().zip(&squares).enumerate() {
                let key = square - 2.0 * product;
                if best.len() < n || best.last().is_some_and(|(worst, _)| key < *worst) {
                    let at = best.partition_point(|(other, _)| *other <= key);
                    best.insert(at, (key, start + offset));
                    best.truncate(n);
                }
            }
        }
    }
    let indices = |best: Vec<(f32, usize)>| best.into_iter().map(|(_, index)| index).collect();
    best.into_iter().map(indices).collect()
}

/// The entries of a word: its nearest words, measured in f64 and ranked by cosine.
fn ranked(vectors: &Vectors, word: usize, near: Vec<usize>, size: usize) -> Vec<Entry> {
    let cosine = |other: usize| vectors.cosine(word, other);
    let distance = |other: usize| {
        let (a, b) = (
            f64::from(vectors.length(word)),
            f64::from(vectors.length(other)),
        );
        a * a + b * b - 2.0 * a * b * cosine(other)
    };
    let mut measured: Vec<(f64, usize)> = near
        .into_iter()
        .map(|other| (distance(other), other))
        .collect();
    measured.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    measured.truncate(size);
    let mut scored: Vec<(f64, usize)> = measured
        .into_iter()
        .filter(|(_, other)| *other != word)
        .map(|(_, other)| (cosine(other).abs().min(1.0), other))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let name = |index: usize| vectors.words()[index].clone();
    let entry = |(score, other): (f64, usize)| Entry::new(name(word), name(other), score as f32);
    scored.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::toolkit_entries;
    use crate::vectors::collection::Vectors;

    #[test]
    fn the_nearest_by_distance_are_ranked_by_the_absolute_cosine() {
        let rows = [
            ("语言", vec![1.0, 0.0]),
            ("模型", vec![9.0, 0.1]),
            ("概率", vec![0.5, 0.5]),
            ("言", vec![-0.2, 0.0]),
        ];
        let (vectors, _) = Vectors::from_rows(rows.map(|(word, row)| (word.to_owned(), row)));
        let entries = toolkit_entries(&vectors, 3);
        let of_word: Vec<_> = entries.iter().filter(|e| e.word == "语言").collect();
        // 模型 has the greatest cosine, but is far away. The word itself is one of the three nearest.
        let found: Vec<&str> = of_word.iter().map(|e| e.similar.as_str()).collect();
        assert_eq!(found, ["言", "概率"]);
        assert!((of_word[0].score - 1.0).abs() < 1e-6, "of cosine -1");
    }
}
