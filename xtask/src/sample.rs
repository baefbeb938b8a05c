//! Checks what the cards of `corpora/` and `synonyms/` promise: enough documents, no sentence twice, enough similar words, and
//! neither a function word nor an opposite among them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context, Result};

/// Documents of the corpus.
const MIN_DOCUMENTS: usize = 200;
/// Characters of the corpus, without white space.
const MIN_CHARACTERS: usize = 40_000;
/// Words of the list that have `MIN_CANDIDATES` similar words.
const MIN_ENTRIES: usize = 10_000;
const MIN_CANDIDATES: usize = 3;
const SENTENCE_ENDS: [char; 6] = ['。', '！', '？', '；', '…', '\n'];

/// Every broken promise of `corpora/` and `synonyms/`, one line each.
pub(crate) fn violations(root: &Path) -> Result<Vec<String>> {
    let mut found = corpus_violations(&root.join("corpora"))?;
    found.extend(list_violations(&root.join("synonyms"))?);
    Ok(found)
}

fn corpus_violations(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let (mut n_documents, mut n_characters) = (0, 0);
    let mut sentences: HashMap<String, String> = HashMap::new();
    for (name, text) in texts(folder, "txt")? {
        n_documents += text.split("\n\n").filter(|d| !d.trim().is_empty()).count();
        n_characters += text.chars().filter(|c| !c.is_whitespace()).count();
        for sentence in text.split_inclusive(SENTENCE_ENDS) {
            let sentence: String = sentence.chars().filter(|c| c.is_alphanumeric()).collect();
            if sentence.is_empty() {
                continue;
            }
            if let Some(first) = sentences.insert(sentence.clone(), name.clone()) {
                found.push(format!(
                    "corpora: {name} repeats a sentence of {first}: {sentence}"
                ));
            }
        }
    }
    if n_documents < MIN_DOCUMENTS {
        found.push(format!(
            "corpora: {n_documents} documents, expected {MIN_DOCUMENTS} or more"
        ));
    }
    if n_characters < MIN_CHARACTERS {
        found.push(format!(
            "corpora: {n_characters} characters, expected {MIN_CHARACTERS} or more"
        ));
    }
    Ok(found)
}

fn list_violations(folder: &Path) -> Result<Vec<String>> {
    let function_words = read(&folder.join("function_words.txt"))?;
    let function_words: Vec<&str> = word_lines(&function_words)
        .flat_map(|(_, line)| line.split_whitespace())
        .collect();
    let mut found: Vec<String> = repeated(&function_words)
        .map(|word| format!("synonyms: the function word {word} is listed twice"))
        .collect();
    for (number, line) in word_lines(&read(&folder.join("groups.txt"))?) {
        let words: Vec<&str> = line.split_whitespace().collect();
        found.extend(
            repeated(&words)
                .map(|word| format!("synonyms: groups: line {number}: {word} is listed twice")),
        );
    }
    let list = read(&folder.join("similar_words.tsv"))?;
    found.extend(pair_violations(&list, &function_words));
    let opposites = read(&folder.join("opposites.txt"))?;
    found.extend(opposite_violations(&list, &opposites));
    Ok(found)
}

/// Every fault of the list itself: a line without a pair of words of equal length, a function word, too few entries.
fn pair_violations(list: &str, function_words: &[&str]) -> Vec<String> {
    let function_words: BTreeSet<&str> = function_words.iter().copied().collect();
    let mut found = Vec::new();
    let mut candidates: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (number, line) in word_lines(list) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [word, similar, _score] = fields[..] else {
            found.push(format!(
                "synonyms: line {number}: expected word, similar word, score"
            ));
            continue;
        };
        if word.chars().count() != similar.chars().count() || word == similar {
            found.push(format!(
                "synonyms: line {number}: {word} and {similar} are equal or of different length"
            ));
            continue;
        }
        for function_word in [word, similar] {
            if function_words.contains(function_word) {
                found.push(format!(
                    "synonyms: line {number}: the function word {function_word}"
                ));
            }
        }
        candidates.entry(word).or_default().insert(similar);
    }
    let n_entries = candidates
        .values()
        .filter(|c| c.len() >= MIN_CANDIDATES)
        .count();
    if n_entries < MIN_ENTRIES {
        found.push(format!(
            "synonyms: {n_entries} words with {MIN_CANDIDATES} similar words or more, expected {MIN_ENTRIES} such words or more"
        ));
    }
    found
}

/// Every pair of the list that is among the opposites.
fn opposite_violations(list: &str, opposites: &str) -> Vec<String> {
    let pairs = word_lines(opposites).filter_map(|(_, line)| line.split_once(' '));
    let pairs: BTreeSet<(&str, &str)> = pairs.flat_map(|(a, b)| [(a, b), (b, a)]).collect();
    let fault = |(number, line): (usize, &str)| {
        let mut fields = line.split('\t');
        let (word, similar) = (fields.next()?, fields.next()?);
        let is_opposite = pairs.contains(&(word, similar));
        is_opposite.then(|| format!("synonyms: line {number}: {word} and {similar} are opposites"))
    };
    word_lines(list).filter_map(fault).collect()
}

/// The lines with words and their numbers, from 1: lines that are not blank and do not begin with `#`.
fn word_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(index, line)| (index + 1, line))
}

/// The words that the row has earlier already.
fn repeated<'w>(words: &'w [&'w str]) -> impl Iterator<Item = &'w str> {
    let mut seen = BTreeSet::new();
    words
        .iter()
        .copied()
        .filter(move |word| !seen.insert(*word))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

/// The texts of the files in a folder that have an extension, by file name.
fn texts(folder: &Path, extension: &str) -> Result<BTreeMap<String, String>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("could not read the folder {}", folder.display()))?;
    let mut texts = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == extension) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            texts.insert(name, read(&path)?);
        }
    }
    Ok(texts)
}
