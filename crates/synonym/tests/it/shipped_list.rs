//! The list in `synonyms/` puts synonyms first and opposites nowhere near, by a thesaurus and lists of opposites that
//! other people made.

use std::collections::BTreeMap;
use std::path::Path;

use fixtures::beside;
use synonym::{Antonyms, Thesaurus, read_list};

const LISTS: [&str; 2] = ["dict_antonym.txt", "antonym_semantickb.txt"];
/// Similar words in which no opposite may be.
const N_BEST: usize = 5;

/// Every word of the shipped list with its similar words, best first.
fn shipped() -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../synonyms/similar_words.tsv");
    let mut similar: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in read_list(&path).unwrap() {
        similar.entry(entry.word).or_default().push(entry.similar);
    }
    similar
}

/// The pairs of a published list of opposites; a few of its lines are malformed.
fn pairs(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let pair = |line: &str| {
        let words = line.split(|c: char| !c.is_alphabetic());
        let words: Vec<String> = words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        let [a, b] = <[String; 2]>::try_from(words).ok()?;
        Some((a, b))
    };
    text.lines().filter_map(pair).collect()
}

#[test]
fn most_first_candidates_share_a_group_of_a_thesaurus_with_their_word() {
    let Some(folder) = beside("data/lexical") else {
        return;
    };
    let thesaurus = Thesaurus::read(&folder.join("dict_synonym.txt")).unwrap();
    let first = shipped()
        .into_iter()
        .map(|(word, similar)| (word, similar[0].clone()));
    let known: Vec<(String, String)> = first
        .filter(|(word, similar)| thesaurus.has(word) && thesaurus.has(similar))
        .collect();
    let together = known.iter().filter(|(a, b)| thesaurus.are_together(a, b));
    let share = together.count() as f64 / known.len() as f64;
    assert!(
        known.len() > 8000 && share > 0.6,
        "{} words, {share}",
        known.len()
    );
}

#[test]
fn no_listed_opposite_is_among_the_best() {
    let Some(folder) = beside("data/lexical") else {
        return;
    };
    for list in LISTS {
        let opposites = Antonyms::new(pairs(&folder.join(list)), false);
        assert!(opposites.len() > 10_000, "{list}");
        for (word, similar) in shipped() {
            let best = similar.iter().take(N_BEST);
            let found: Vec<&String> = best.filter(|one| opposites.is_listed(&word, one)).collect();
            assert!(found.is_empty(), "{list}: {word}: {found:?}");
        }
    }
}

#[test]
fn nearness_comes_before_class() {
    let similar = shipped();
    for (word, first) in [
        ("高兴", "愉快"),
        ("便宜", "低廉"),
        ("上升", "升高"),
        ("打开", "开启"),
    ] {
        assert_eq!(similar[word][0], first);
    }
    for (word, never) in [
        ("高兴", "伤心"),
        ("便宜", "昂贵"),
        ("上升", "下降"),
        ("打开", "关上"),
    ] {
        assert!(!similar[word].iter().any(|other| other == never), "{word}");
    }
}
