//! The vectors of fastText's binary form are those that fastText and gensim give.

use super::read;
use crate::vectors::format::VectorFormat;

const N_BUCKETS: usize = 97;
const N_DIMENSIONS: usize = 3;

/// A row for each word and each bucket; no two are alike.
fn matrix(n_words: usize) -> Vec<[f32; N_DIMENSIONS]> {
    let number =
        |row: usize, dimension: usize| ((row * 37 + dimension * 61) % 101) as f32 / 50.0 - 1.0;
    let rows = 0..n_words + N_BUCKETS;
    rows.map(|row| std::array::from_fn(|dimension| number(row, dimension)))
        .collect()
}

fn file(words: &[&str], least: u32, most: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let buckets = N_BUCKETS as u32;
    let dimensions = N_DIMENSIONS as u32;
    for number in [
        793_712_314,
        12,
        dimensions,
        5,
        5,
        1,
        5,
        1,
        2,
        2,
        buckets,
        least,
        most,
        100,
    ] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(1e-4_f64.to_le_bytes());
    let n_words = words.len() as u32;
    bytes.extend([n_words, n_words, 0].map(u32::to_le_bytes).concat());
    bytes.extend([1000_i64, -1].map(i64::to_le_bytes).concat());
    for word in words {
        bytes.extend(word.as_bytes());
        bytes.extend([0; 1 + 8 + 1]);
    }
    let rows = matrix(words.len());
    bytes.push(0);
    bytes.extend(
        [rows.len() as u64, N_DIMENSIONS as u64]
            .map(u64::to_le_bytes)
            .concat(),
    );
    bytes.extend(rows.iter().flatten().flat_map(|x| x.to_le_bytes()));
    bytes
}

/// The n-grams of a word as the loop of fastText's `computeSubwords` takes them.
fn ngrams(word: &str, least: usize, most: usize) -> Vec<String> {
    if word == "</s>" {
        return Vec::new();
    }
    let marked: Vec<char> = format!("<{word}>").chars().collect();
    let mut found = Vec::new();
    for start in 0..marked.len() {
        for n in least..=most.min(marked.len() - start) {
            let is_a_mark = n == 1 && (start == 0 || start + n == marked.len());
            if !is_a_mark {
                found.push(marked[start..start + n].iter().collect());
            }
        }
    }
    found
}

/// fastText's hash of an n-gram: FNV-1a over signed bytes.
fn bucket(ngram: &str) -> usize {
    let hash = ngram.bytes().fold(2_166_136_261_u32, |hash, byte| {
        (hash ^ i32::from(byte.cast_signed()) as u32).wrapping_mul(16_777_619)
    });
    hash as usize % N_BUCKETS
}

/// The mean of a word's own row and those of its n-grams.
fn mean(words: &[&str], index: usize, least: usize, most: usize) -> Vec<f64> {
    let matrix = matrix(words.len());
    let ngrams = ngrams(words[index], least, most);
    let others = ngrams
        .iter()
        .map(|ngram| matrix[words.len() + bucket(ngram)]);
    let rows: Vec<[f32; N_DIMENSIONS]> = std::iter::once(matrix[index]).chain(others).collect();
    let sum = |dimension: usize| {
        rows.iter()
            .map(|row| f64::from(row[dimension]))
            .sum::<f64>()
    };
    (0..N_DIMENSIONS)
        .map(|dimension| sum(dimension) / rows.len() as f64)
        .collect()
}

#[test]
fn boundary_marks_are_no_ngrams_and_the_line_end_has_none() {
    let words = ["</s>", "语言", "模型", "好", "<", "a<b>", "GPU", "北京大学"];
    for (least, most) in [(1, 1), (1, 3), (1, 6), (2, 4), (3, 6), (5, 5)] {
        let bytes = file(&words, least, most);
        let (vectors, _) = read(&bytes, VectorFormat::Fasttext).expect("vectors");
        assert_eq!(vectors.words(), words);
        for index in 0..words.len() {
            let expect = mean(&words, index, least as usize, most as usize);
            let length = f64::from(vectors.length(index));
            for (found, expect) in vectors.row(index).iter().zip(expect) {
                let found = f64::from(*found) * length;
                assert!(
                    (found - expect).abs() < 1e-5,
                    "{} {least} to {most}: {found} {expect}",
                    words[index]
                );
            }
        }
    }
}
