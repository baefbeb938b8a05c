//! Compares vectors with the similarities that people gave to pairs of words.

use std::collections::HashMap;
use std::path::Path;

use crate::judge::spearman::spearman;
use crate::list::{ListError, lines_of, wrong_line};
use crate::vectors::collection::Vectors;

/// Two words and how similar people find them.
#[derive(Clone, Debug, PartialEq)]
pub struct HumanPair {
    /// The first word.
    pub a: String,
    /// The second word.
    pub b: String,
    /// The similarity of the two, on the scale of the list.
    pub similarity: f64,
}

/// Reads lines of the form `word word similarity …`, separated by white space. Further fields, such as the scores of
/// single judges, are ignored.
pub fn read_human(path: &Path) -> Result<Vec<HumanPair>, ListError> {
    let mut pairs = Vec::new();
    for (index, line) in lines_of(path)?.iter().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let mut fields = line.split_whitespace();
        let (a, b, similarity) = (fields.next(), fields.next(), fields.next());
        let similarity = similarity.and_then(|number| number.parse::<f64>().ok());
        let similarity = similarity.filter(|similarity| similarity.is_finite());
        let (Some(a), Some(b), Some(similarity)) = (a, b, similarity) else {
            return Err(wrong_line(path, index, "two words and a number", line));
        };
        pairs.push(HumanPair {
            a: a.to_owned(),
            b: b.to_owned(),
            similarity,
        });
    }
    Ok(pairs)
}

/// How well vectors agree with people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Pairs of the list.
    pub n_pairs: usize,
    /// Pairs of which both words have a vector.
    pub n_known: usize,
    /// Spearman's correlation over the pairs with vectors; `None` if it is not defined.
    pub spearman: Option<f64>,
}

/// Computes the rank correlation between cosines and people's similarities. A word without a vector is looked up in
/// lower case too.
pub fn agreement(vectors: &Vectors, pairs: &[HumanPair]) -> Agreement {
    let indices: HashMap<&str, usize> = vectors
        .words()
        .iter()
        .enumerate()
        .map(|(index, word)| (word.as_str(), index))
        .collect();
    let find = |word: &str| {
        let lower = || indices.get(word.to_lowercase().as_str());
        indices.get(word).or_else(lower).copied()
    };
    let (mut cosines, mut similarities) = (Vec::new(), Vec::new());
    for pair in pairs {
        if let (Some(a), Some(b)) = (find(&pair.a), find(&pair.b)) {
            cosines.push(vectors.cosine(a, b));
            similarities.push(pair.similarity);
        }
    }
    Agreement {
        n_pairs: pairs.len(),
        n_known: cosines.len(),
        spearman: spearman(&cosines, &similarities),
    }
}

#[cfg(test)]
mod tests {
    use super::{HumanPair, agreement, read_human};
    use crate::vectors::collection::Vectors;

    #[test]
    fn pairs_with_two_vectors_are_compared() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let text = "语言\t语法\t9\n语言 概率 2 1 3\r\n\nGPU 语法 1\n罕词 语言 5\n";
        std::fs::write(file.path(), text).expect("written");
        let pairs = read_human(file.path()).expect("pairs");
        let last = HumanPair {
            a: "罕词".to_owned(),
            b: "语言".to_owned(),
            similarity: 5.0,
        };
        assert_eq!(pairs.last(), Some(&last));
        let rows = [
            ("语言", vec![1.0, 0.0]),
            ("语法", vec![1.0, 0.1]),
            ("概率", vec![0.5, 1.0]),
            ("gpu", vec![-1.0, 0.0]),
        ];
        let (vectors, _) = Vectors::from_rows(rows.map(|(word, row)| (word.to_owned(), row)));
        let found = agreement(&vectors, &pairs);
        assert_eq!((found.n_pairs, found.n_known), (4, 3));
        assert!((found.spearman.expect("a correlation") - 1.0).abs() < 1e-12);
    }
}
