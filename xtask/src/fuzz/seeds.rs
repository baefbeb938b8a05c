//! Seeds of the fuzz targets: small parts of the project's own files.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::shell;

/// Texts on whose offsets and characters tokenizers disagree, one JSON object a line.
const ODD_TEXTS: &str = "crates/segment/tests/data/tokenizer.jsonl";
const VOCABULARY: &str = "crates/segment/tests/data/vocab.txt";
const TABLE: &str = "crates/synonym/tests/data/similar_words.table";
/// Checkpoints that TensorFlow wrote: indexes, and a file of the older format.
const BUNDLES: [&str; 2] = [
    "crates/tensorflow/tests/data/whole.ckpt.index",
    "crates/tensorflow/tests/data/parts.ckpt.index",
];
const OLDER: &str = "crates/tensorflow/tests/data/older.ckpt";
/// The bytes of the magic number at the end of such a file, which the targets append themselves.
const MAGIC_BYTES: usize = 8;
/// Lists of words, of similar words and of counts.
const LISTS: [&str; 3] = [
    "synonyms/similar_words.tsv",
    "synonyms/groups.txt",
    "synonyms/function_words.txt",
];
/// Documents of each file of `corpora/` that are seeds.
const N_DOCUMENTS: usize = 4;
/// The most bytes of a seed that is cut from a file: the fuzzer makes more of many small inputs than of a few large ones.
const MAX_BYTES: usize = 1500;
/// The most bytes of a sentence that is a document: `jsonl` and `text` drop documents of more than 64 bytes.
const MAX_SENTENCE_BYTES: usize = 60;
/// Words of a file of vectors, and numbers of each.
const N_WORDS: usize = 8;
const N_DIMENSIONS: usize = 4;

/// Writes the seeds of a target into its folder, which is emptied first.
pub(super) fn write(root: &Path, target: &str, folder: &Path) -> Result<()> {
    shell::empty_folder(folder)?;
    for (index, seed) in seeds(root, target)?.iter().enumerate() {
        std::fs::write(folder.join(format!("{index:03}")), seed)?;
    }
    Ok(())
}

/// The seeds of a target; a target that is not known here gets texts.
fn seeds(root: &Path, target: &str) -> Result<Vec<Vec<u8>>> {
    match target {
        "vocabulary" => Ok(vec![read(root, VOCABULARY)?]),
        "table" => Ok(vec![read(root, TABLE)?]),
        "lists" => LISTS
            .iter()
            .map(|list| Ok(beginning(&text(root, list)?)))
            .collect(),
        "vectors" => vectors(root),
        "checkpoint_bundle" => BUNDLES.iter().map(|file| table(root, file)).collect(),
        "checkpoint_older" => Ok(vec![table(root, OLDER)?]),
        "jsonl" => jsonl(root),
        "text" => short_documents(root),
        _ => texts(root),
    }
}

/// A file without the magic number at its end.
fn table(root: &Path, file: &str) -> Result<Vec<u8>> {
    let mut bytes = read(root, file)?;
    bytes.truncate(bytes.len().saturating_sub(MAGIC_BYTES));
    Ok(bytes)
}

/// Documents of the sample corpus, and odd texts.
fn texts(root: &Path) -> Result<Vec<Vec<u8>>> {
    let documents = documents(root)?;
    let odd = odd_texts(root)?;
    let texts = documents.iter().chain(&odd).map(|text| beginning(text));
    Ok(texts.collect())
}

/// Files of several documents, with a blank line between them.
fn short_documents(root: &Path) -> Result<Vec<Vec<u8>>> {
    let documents = documents(root)?;
    let files = documents.iter().map(|text| sentences(text).join("\n\n"));
    Ok(files.map(String::into_bytes).collect())
}

/// Files of several documents, one JSON object a line.
fn jsonl(root: &Path) -> Result<Vec<Vec<u8>>> {
    let documents = documents(root)?;
    let files = documents.iter().map(|text| {
        let lines = sentences(text).into_iter().enumerate();
        let lines = lines.map(|(id, text)| json!({"id": id, "text": text}).to_string());
        lines.collect::<Vec<_>>().join("\n").into_bytes()
    });
    Ok(files.chain([read(root, ODD_TEXTS)?]).collect())
}

/// The sentences of a text that are short enough for targets which drop longer documents.
fn sentences(text: &str) -> Vec<&str> {
    let sentences = text.split_inclusive(['。', '！', '？']).map(str::trim);
    sentences
        .filter(|sentence| !sentence.is_empty() && sentence.len() <= MAX_SENTENCE_BYTES)
        .collect()
}

/// Files of vectors: word2vec's binary form, and text with and without a first line of sizes. The target's first byte picks a
/// format by its place in the target's list.
fn vectors(root: &Path) -> Result<Vec<Vec<u8>>> {
    let groups = text(root, "synonyms/groups.txt")?;
    let lines = groups.lines().filter(|line| !line.starts_with('#'));
    let words = lines.flat_map(str::split_whitespace);
    let words = words.filter(|word| *word != "=").take(N_WORDS);
    let sizes = format!("{N_WORDS} {N_DIMENSIONS}\n");
    let (mut plain, mut binary) = (String::new(), sizes.clone().into_bytes());
    for (index, word) in words.enumerate() {
        let numbers = vector(index);
        let _ = writeln!(plain, "{word} {}", numbers.map(|x| x.to_string()).join(" "));
        binary.extend(format!("{word} ").into_bytes());
        binary.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
        binary.push(b'\n');
    }
    let with_sizes = format!("{sizes}{plain}");
    Ok(vec![
        [vec![1], binary].concat(),
        [vec![2], with_sizes.into_bytes()].concat(),
        [vec![3], plain.into_bytes()].concat(),
    ])
}

/// Numbers that differ between the words.
fn vector(word: usize) -> [f32; N_DIMENSIONS] {
    std::array::from_fn(|dimension| ((word * 7 + dimension * 3) % 11) as f32 / 8.0 - 0.5)
}

/// The first documents of each file of the sample corpus; blank lines are between them.
fn documents(root: &Path) -> Result<Vec<String>> {
    let folder = root.join("corpora");
    let entries = std::fs::read_dir(&folder)
        .with_context(|| format!("could not read the folder {}", folder.display()))?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let mut documents = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file)?;
        documents.extend(text.split("\n\n").take(N_DOCUMENTS).map(str::to_owned));
    }
    Ok(documents)
}

fn odd_texts(root: &Path) -> Result<Vec<String>> {
    let text = text(root, ODD_TEXTS)?;
    let lines = text.lines().map(serde_json::from_str::<Value>);
    let texts = lines.map(|line| Ok(line?["text"].as_str().unwrap_or_default().to_owned()));
    texts.collect()
}

/// The first lines of a text, `MAX_BYTES` at most; of a long first line its beginning.
fn beginning(text: &str) -> Vec<u8> {
    let cut = text.floor_char_boundary(MAX_BYTES);
    let end = match text[..cut].rfind('\n') {
        Some(line_end) if cut < text.len() => line_end + 1,
        _ => cut,
    };
    text.as_bytes()[..end].to_vec()
}

fn text(root: &Path, file: &str) -> Result<String> {
    String::from_utf8(read(root, file)?).with_context(|| format!("{file} is no UTF-8"))
}

fn read(root: &Path, file: &str) -> Result<Vec<u8>> {
    std::fs::read(root.join(file)).with_context(|| format!("could not read {file}"))
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, beginning, seeds};
    use crate::fuzz::chosen;
    use crate::shell;

    #[test]
    fn every_target_has_seeds() {
        for target in chosen(&[]).expect("targets") {
            let seeds = seeds(&shell::root(), &target).expect("seeds");
            assert!(
                !seeds.is_empty() && seeds.iter().any(|seed| !seed.is_empty()),
                "{target}"
            );
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_line_or_a_character() {
        assert_eq!(beginning("短。"), "短。".as_bytes());
        let line = "字".repeat(400);
        assert_eq!(
            beginning(&format!("{line}\n{line}")),
            format!("{line}\n").as_bytes()
        );
        assert_eq!(beginning(&line.repeat(2)).len(), MAX_BYTES);
    }
}
