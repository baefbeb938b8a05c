//! Labels of texts and pairs.

use std::path::Path;

use serde_json::{Value, json};

use crate::data::labels::LabelSet;
use crate::data::texts::{LabelledText, LabelledTexts, read_texts, read_training_texts};
use crate::error::FinetuneError;
use crate::inputs::texts::encode_text;
use crate::options::task::ClassificationOptions;
use crate::scores::named::{self, NamedScores};
use crate::tasks::example::{Example, Label};
use crate::tasks::report::FileReport;
use crate::tasks::set::{Gold, TaskSet};
use crate::tasks::task::Task;

pub(crate) fn read_training(
    task: &Task,
    options: &ClassificationOptions,
    path: &Path,
) -> Result<(TaskSet, LabelSet), FinetuneError> {
    let given = options.labels.as_deref().map(LabelSet::given).transpose()?;
    let (texts, labels) = read_training_texts(path, &options.columns(), given.as_ref())?;
    Ok((set(task, path, texts), labels))
}

pub(crate) fn read(
    task: &Task,
    options: &ClassificationOptions,
    path: &Path,
) -> Result<TaskSet, FinetuneError> {
    let labels = task.labels.as_ref().expect("a task with labels");
    let texts = read_texts(path, &options.columns(), labels)?;
    Ok(set(task, path, texts))
}

fn set(task: &Task, path: &Path, texts: LabelledTexts) -> TaskSet {
    let example = |text: &LabelledText| Example {
        input: encode_text(
            &task.tokenizer,
            task.specials(),
            task.max_length,
            &text.first,
            text.second.as_deref(),
        ),
        label: Label::Class(text.label),
    };
    let examples: Vec<Example> = texts.examples.iter().map(example).collect();
    let n_cut = examples.iter().filter(|one| one.input.n_cut > 0).count();
    let is_empty = |text: &&LabelledText| {
        text.first.is_empty() || text.second.as_ref().is_some_and(String::is_empty)
    };
    let n_empty = texts.examples.iter().filter(is_empty).count();
    let report = FileReport::new(path, examples.len(), examples.len())
        .with(texts.n_left_out, "examples left out for their label")
        .with(n_empty, "examples with an empty text")
        .with(n_cut, "examples longer than max_length, which are cut");
    TaskSet {
        examples,
        gold: Gold::Texts(texts.examples),
        report,
    }
}

pub(crate) fn score(gold: &[LabelledText], found: &[usize]) -> NamedScores {
    let gold: Vec<usize> = gold.iter().map(|text| text.label).collect();
    named::classification(&gold, found)
}

pub(crate) fn json(task: &Task, gold: &[LabelledText], found: &[usize]) -> Value {
    let names = task.labels();
    let rows = gold.iter().zip(found).map(|(text, found)| {
        json!({ "line": text.line, "label": names[text.label], "prediction": names[*found] })
    });
    rows.collect()
}
