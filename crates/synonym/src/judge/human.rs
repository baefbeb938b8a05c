//! Vectors against pairs of words that people gave a similarity.

use std::collections::HashMap;
use std::path::Path;

use crate::list::{ListError, lines_of};
use crate::vectors::Vectors;

use super::spearman::spearman;

/// Two words and how similar people find them.
#[derive(Clone, Debug, PartialEq)]
pub struct HumanPair {
    /// A word.
    pub a: String,
    /// Another.
    pub b: String,
    /// Their similarity, on the list's own scale.
    pub similarity: f64,
}

/// Reads `word word similarity …` lines, white space between; further fields are single judges'.
pub fn read_human(path: &Path) -> Result<Vec<HumanPair>, ListError> {
    let mut pairs = Vec::new();
    for (number, line) in lines_of(path)?.iter().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let mut fields = line.split_whitespace();
        let (a, b, similarity) = (fields.next(), fields.next(), fields.next());
        let similarity = similarity.and_then(|number| number.parse::<f64>().ok());
        let similarity = similarity.filter(|similarity| similarity.is_finite());
        let (Some(a), Some(b), Some(similarity)) = (a, b, similarity) else {
            return Err(ListError::Line {
                path: path.to_path_buf(),
                line: number + 1,
                expected: "two words and a number",
                found: line.clone(),
            });
        };
        pairs.push(HumanPair {
            a: a.to_owned(),
            b: b.to_owned(),
            similarity,
        });
    }
    Ok(pairs)
}

/// How vectors agree with people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Pairs of the list.
    pub n_pairs: usize,
    /// Pairs with both words known.
    pub n_known: usize,
    /// Spearman's correlation over these.
    pub spearman: Option<f64>,
}

/// The rank correlation of cosines with people's similarities.
pub fn agreement(vectors: &Vectors, pairs: &[HumanPair]) -> Agreement {
    let places: HashMap<&str, usize> = vectors
        .words()
        .iter()
        .enumerate()
        .map(|(place, word)| (word.as_str(), place))
        .collect();
    let find = |word: &str| {
        let lower = || places.get(word.to_lowercase().as_str());
        places.get(word).or_else(lower).copied()
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
    use crate::vectors::Vectors;

    #[test]
    fn pairs_with_both_words_known_are_compared() {
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
