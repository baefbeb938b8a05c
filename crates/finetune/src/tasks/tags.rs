//! Tags of characters.

use std::path::Path;

use serde_json::{Value, json};

use crate::data::labels::LabelSet;
use crate::data::tags::{TaggedSentence, read_tags, read_training_tags};
use crate::error::FinetuneError;
use crate::inputs::characters::encode_characters;
use crate::inputs::texts::Encoded;
use crate::options::task::TagOptions;
use crate::scores::named::{self, NamedScores};
use crate::tasks::example::{Example, Label};
use crate::tasks::report::FileReport;
use crate::tasks::set::{Gold, TaskSet};
use crate::tasks::task::Task;

/// The tag of characters outside of entities.
const OUTSIDE: &str = "O";

pub(crate) fn read_training(
    task: &Task,
    options: &TagOptions,
    path: &Path,
) -> Result<(TaskSet, LabelSet), FinetuneError> {
    let given = options.labels.as_deref().map(LabelSet::given).transpose()?;
    let (sentences, labels) = read_training_tags(path, given.as_ref())?;
    Ok((set(task, path, sentences), labels))
}

pub(crate) fn read(task: &Task, path: &Path) -> Result<TaskSet, FinetuneError> {
    let labels = task.labels.as_ref().expect("a task with labels");
    Ok(set(task, path, read_tags(path, labels)?))
}

fn set(task: &Task, path: &Path, sentences: Vec<TaggedSentence>) -> TaskSet {
    let (mut examples, mut n_cut) = (Vec::with_capacity(sentences.len()), 0);
    for sentence in &sentences {
        let characters = sentence.characters.iter().map(String::as_str);
        let encoded = encode_characters(
            &task.tokenizer,
            task.specials(),
            task.max_length,
            characters,
        );
        n_cut += usize::from(encoded.n_cut > 0);
        let (mut positions, mut characters, mut tags) = (Vec::new(), Vec::new(), Vec::new());
        let pairs = encoded.positions.iter().zip(&sentence.tags);
        for (character, (position, tag)) in pairs.enumerate() {
            if let Some(position) = position {
                positions.push(*position);
                characters.push(character);
                tags.push(*tag);
            }
        }
        examples.push(Example {
            input: Encoded {
                n_first: encoded.input_ids.len(),
                input_ids: encoded.input_ids,
                n_cut: encoded.n_cut,
            },
            label: Label::Tags {
                positions,
                characters,
                tags,
            },
        });
    }
    let report = FileReport::new(path, examples.len(), examples.len()).with(
        n_cut,
        "sentences longer than max_length; what is cut off is predicted as O",
    );
    TaskSet {
        examples,
        gold: Gold::Tags(sentences),
        report,
    }
}

/// Gives every character of a sentence its tag: the predicted one, or `O` if the model does not see the character.
pub(crate) fn spread(
    task: &Task,
    n_characters: usize,
    example: &Example,
    found: &[i32],
) -> Vec<usize> {
    let outside = task.labels().iter().position(|name| name == OUTSIDE);
    let mut tags = vec![outside.unwrap_or(0); n_characters];
    for (character, tag) in example.characters().iter().zip(found) {
        tags[*character] = *tag as usize;
    }
    tags
}

pub(crate) fn score(task: &Task, gold: &[TaggedSentence], found: &[Vec<usize>]) -> NamedScores {
    let pairs = gold.iter().zip(found);
    let pairs: Vec<(Vec<&str>, Vec<&str>)> = pairs
        .map(|(gold, found)| (names(task, &gold.tags), names(task, found)))
        .collect();
    named::tags(&pairs)
}

fn names<'t>(task: &'t Task, ids: &[usize]) -> Vec<&'t str> {
    ids.iter().map(|id| task.labels()[*id].as_str()).collect()
}

pub(crate) fn json(task: &Task, gold: &[TaggedSentence], found: &[Vec<usize>]) -> Value {
    let rows = gold.iter().zip(found).map(|(gold, found)| {
        json!({
            "line": gold.line,
            "characters": gold.characters,
            "tags": names(task, &gold.tags),
            "prediction": names(task, found),
        })
    });
    rows.collect()
}
