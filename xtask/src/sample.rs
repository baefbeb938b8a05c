//! The promises of the shipped samples: enough documents, no sentence twice, enough similar words.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context, Result};

const MIN_DOCUMENTS: usize = 200;
const MIN_CHARACTERS: usize = 40_000;
const MIN_ENTRIES: usize = 2_500;
const MIN_CANDIDATES: usize = 3;

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
        for sentence in text.split_inclusive(['。', '！', '？', '\n']) {
            let sentence: String = sentence.chars().filter(|c| c.is_alphanumeric()).collect();
            if sentence.is_empty() {
                continue;
            }
            if let Some(first) = sentences.insert(sentence.clone(), name.clone()) {
                found.push(format!(
                    "corpora: a sentence of {first} again in {name}: {sentence}"
                ));
            }
        }
    }
    if n_documents < MIN_DOCUMENTS {
        found.push(format!(
            "corpora: {n_documents} documents, at least {MIN_DOCUMENTS}"
        ));
    }
    if n_characters < MIN_CHARACTERS {
        found.push(format!(
            "corpora: {n_characters} characters, at least {MIN_CHARACTERS}"
        ));
    }
    Ok(found)
}

fn list_violations(folder: &Path) -> Result<Vec<String>> {
    let path = folder.join("similar_words.tsv");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("could not read {}", path.display()))?;
    let mut found = Vec::new();
    let mut candidates: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut fields = line.split('\t');
        let (Some(word), Some(similar), Some(_score)) =
            (fields.next(), fields.next(), fields.next())
        else {
            found.push(format!(
                "synonyms: line {}: not word, similar, score",
                index + 1
            ));
            continue;
        };
        if word.chars().count() == similar.chars().count() && word != similar {
            candidates.entry(word).or_default().insert(similar);
        } else {
            found.push(format!(
                "synonyms: line {}: {word} and {similar} differ in length or not at all",
                index + 1
            ));
        }
    }
    let n_entries = candidates
        .values()
        .filter(|c| c.len() >= MIN_CANDIDATES)
        .count();
    if n_entries < MIN_ENTRIES {
        found.push(format!(
            "synonyms: {n_entries} entries with {MIN_CANDIDATES} candidates or more, at least {MIN_ENTRIES}"
        ));
    }
    Ok(found)
}

/// The files of a folder with an extension, by name.
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
            texts.insert(name, std::fs::read_to_string(&path)?);
        }
    }
    Ok(texts)
}
