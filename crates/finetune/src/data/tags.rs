//! Sentences of tagged characters: `character tag` a line, a blank line between sentences.

use std::path::Path;

use crate::data::error::DataError;
use crate::data::labels::LabelSet;
use crate::data::unpack::{numbered_lines, read_text};

/// A sentence with a tag for each character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaggedSentence {
    /// The line of the first character, from 1.
    pub line: usize,
    /// The characters. A file may have words in their place.
    pub characters: Vec<String>,
    /// The id of each character's tag.
    pub tags: Vec<usize>,
}

/// A line of a file.
struct TaggedLine<'t> {
    line: usize,
    character: &'t str,
    tag: &'t str,
}

/// Reads a training file. Its tags are the task's, unless they are given.
pub fn read_training_tags(
    path: &Path,
    given: Option<&LabelSet>,
) -> Result<(Vec<TaggedSentence>, LabelSet), DataError> {
    let text = read_text(path)?;
    let sentences = tagged_lines(path, &text)?;
    let labels = match given {
        Some(labels) => labels.clone(),
        None => LabelSet::found(path, sentences.iter().flatten().map(|line| line.tag))?,
    };
    let sentences = with_ids(path, &sentences, &labels)?;
    Ok((sentences, labels))
}

/// Reads a file whose tags are known. Another tag is an error that names its line.
pub fn read_tags(path: &Path, labels: &LabelSet) -> Result<Vec<TaggedSentence>, DataError> {
    let text = read_text(path)?;
    with_ids(path, &tagged_lines(path, &text)?, labels)
}

fn with_ids(
    path: &Path,
    sentences: &[Vec<TaggedLine<'_>>],
    labels: &LabelSet,
) -> Result<Vec<TaggedSentence>, DataError> {
    let sentence = |lines: &Vec<TaggedLine<'_>>| {
        let ids = lines
            .iter()
            .map(|line| labels.id(path, line.line, line.tag));
        Ok(TaggedSentence {
            line: lines[0].line,
            characters: lines.iter().map(|line| line.character.to_owned()).collect(),
            tags: ids.collect::<Result<_, _>>()?,
        })
    };
    sentences.iter().map(sentence).collect()
}

/// The sentences, none of them empty. Several blank lines in a row are one boundary.
fn tagged_lines<'t>(path: &Path, text: &'t str) -> Result<Vec<Vec<TaggedLine<'t>>>, DataError> {
    let mut sentences: Vec<Vec<TaggedLine<'t>>> = vec![Vec::new()];
    for (line, text) in numbered_lines(text) {
        if text.trim().is_empty() {
            sentences.push(Vec::new());
            continue;
        }
        let parsed = parse(line, text).ok_or_else(|| DataError::Tag {
            path: path.to_path_buf(),
            line,
            found: text.to_owned(),
        })?;
        sentences.last_mut().expect("begins with one").push(parsed);
    }
    sentences.retain(|sentence| !sentence.is_empty());
    if sentences.is_empty() {
        return Err(DataError::Empty {
            path: path.to_path_buf(),
        });
    }
    Ok(sentences)
}

/// Parses a line. The character may itself be white space: the tag follows the last space or tab.
fn parse(line: usize, text: &str) -> Option<TaggedLine<'_>> {
    let (character, tag) = text.trim_end().rsplit_once([' ', '\t'])?;
    let kind = tag.strip_prefix("B-").or_else(|| tag.strip_prefix("I-"));
    let is_tag = tag == "O" || kind.is_some_and(|kind| !kind.is_empty());
    (is_tag && !character.is_empty()).then_some(TaggedLine {
        line,
        character,
        tag,
    })
}
