//! A thesaurus in the format of Cilin (同义词词林): one group of words per line, after its code.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::list::{Entry, ListError, lines_of, wrong_line};

/// Groups of words of the same or a related meaning.
#[derive(Clone, Debug, Default)]
pub struct Thesaurus {
    groups: Vec<Vec<String>>,
    /// The indices of the groups that contain a word.
    groups_of: HashMap<String, Vec<u32>>,
}

impl Thesaurus {
    /// Reads lines of the form `Aa01A01= word word …`.
    ///
    /// Of the marks of the extended Cilin, `=` (synonyms) and `#` (related words) make a group, and `@` (a word without
    /// synonyms) does not. Lines with the title of a class (`A`, `Aa`) are skipped.
    pub fn read(path: &Path) -> Result<Self, ListError> {
        let mut thesaurus = Self::default();
        for (index, line) in lines_of(path)?.iter().enumerate() {
            let mut fields = line.split_whitespace();
            let Some(code) = fields.next() else { continue };
            if !is_code(code) {
                let expected = "a code of Cilin such as `Aa01A01=`, then words";
                let start: String = line.chars().take(40).collect();
                return Err(wrong_line(path, index, expected, &start));
            }
            let names_a_class = !code.contains(|c: char| c.is_ascii_digit());
            if !names_a_class && !code.ends_with('@') {
                thesaurus.add(fields.map(str::to_owned).collect());
            }
        }
        Ok(thesaurus)
    }

    fn add(&mut self, words: Vec<String>) {
        if words.len() < 2 {
            return;
        }
        let group = self.groups.len() as u32;
        for word in &words {
            self.groups_of.entry(word.clone()).or_default().push(group);
        }
        self.groups.push(words);
    }

    /// Whether any group contains a word.
    pub fn has(&self, word: &str) -> bool {
        self.groups_of.contains_key(word)
    }

    /// Whether two words share a group.
    pub fn are_together(&self, a: &str, b: &str) -> bool {
        match (self.groups_of.get(a), self.groups_of.get(b)) {
            (Some(a), Some(b)) => a.iter().any(|group| b.contains(group)),
            _ => false,
        }
    }

    /// An entry for every pair of words that share a group, in both directions; all have the same score.
    pub fn entries(&self, score: f32) -> Vec<Entry> {
        let mut pairs = BTreeSet::new();
        for group in &self.groups {
            for a in group {
                pairs.extend(group.iter().filter(|b| *b != a).map(|b| (a, b)));
            }
        }
        let entry = |(a, b): (&String, &String)| Entry::new(a.clone(), b.clone(), score);
        pairs.into_iter().map(entry).collect()
    }
}

/// Whether a field is a code such as `A`, `Aa`, `Aa01` or `Aa01A01=`.
fn is_code(code: &str) -> bool {
    let mut bytes = code.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_uppercase())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"=#@".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::Thesaurus;
    use crate::list::Entry;

    fn read(text: &str) -> Result<Thesaurus, String> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), text).expect("written");
        Thesaurus::read(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn words_of_a_line_are_together() {
        let text =
            "A 人\nAa  人-泛称\nAa01A01= 人 士 人物\nAa01A02@ 全人类\nAa02 我 咱\nAa01A03# 士 兵\n";
        let thesaurus = read(text).expect("a thesaurus");
        assert!(thesaurus.are_together("人", "士") && thesaurus.are_together("士", "兵"));
        assert!(!thesaurus.are_together("人", "兵") && !thesaurus.has("全人类"));
        assert!(!thesaurus.are_together("泛称", "人"));
    }

    #[test]
    fn entries_are_all_pairs_once() {
        let thesaurus = read("Aa01A01= 人 士\nAa01A02# 士 人\n").expect("a thesaurus");
        let expect = [Entry::new("人", "士", 0.5), Entry::new("士", "人", 0.5)];
        assert_eq!(thesaurus.entries(0.5), expect);
    }

    #[test]
    fn a_line_without_a_code_is_refused() {
        assert!(
            read("Aa01A01= 人 士\n人 士\n")
                .expect_err("refused")
                .contains(":2: expected a code")
        );
    }
}
