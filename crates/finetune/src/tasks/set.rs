//! A file of a task: its examples, what is right, and how predictions are scored and written.

use serde_json::Value;

use crate::data::spelling::SpellingPair;
use crate::data::tags::TaggedSentence;
use crate::data::texts::LabelledText;
use crate::scores::named::NamedScores;
use crate::spans::decode::Decoded;
use crate::tasks::example::Example;
use crate::tasks::report::FileReport;
use crate::tasks::spans::QuestionWindows;
use crate::tasks::task::Task;
use crate::tasks::{classification, spans, spelling, tags};

/// A file of a task.
pub struct TaskSet {
    /// The inputs of the model with their labels.
    pub(crate) examples: Vec<Example>,
    /// What is right.
    pub(crate) gold: Gold,
    /// The counts of the file.
    pub report: FileReport,
}

/// What is right, in the order of the file.
pub(crate) enum Gold {
    Texts(Vec<LabelledText>),
    Questions(Vec<QuestionWindows>),
    Tags(Vec<TaggedSentence>),
    Pairs(Vec<SpellingPair>),
}

/// What a model predicts for a file, in its order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Predictions {
    /// The id of a label for each text.
    Classes(Vec<usize>),
    /// The decoded answers of each question.
    Answers(Vec<Decoded>),
    /// The ids of the tags of each sentence.
    Tags(Vec<Vec<usize>>),
    /// The corrected sentences.
    Sentences(Vec<String>),
}

impl TaskSet {
    /// Scores predictions, in percent.
    pub(crate) fn score(&self, task: &Task, predictions: &Predictions) -> NamedScores {
        match (&self.gold, predictions) {
            (Gold::Texts(gold), Predictions::Classes(found)) => classification::score(gold, found),
            (Gold::Questions(gold), Predictions::Answers(found)) => spans::score(task, gold, found),
            (Gold::Tags(gold), Predictions::Tags(found)) => tags::score(task, gold, found),
            (Gold::Pairs(gold), Predictions::Sentences(found)) => spelling::score(gold, found),
            _ => unreachable!("a task has predictions of its own kind"),
        }
    }

    /// Lays predictions out as JSON: answers by id, as CMRC's and SQuAD's programs read them, and else a list in the order of
    /// the file.
    pub(crate) fn json(&self, task: &Task, predictions: &Predictions) -> Value {
        match (&self.gold, predictions) {
            (Gold::Texts(gold), Predictions::Classes(found)) => {
                classification::json(task, gold, found)
            }
            (Gold::Questions(gold), Predictions::Answers(found)) => spans::json(gold, found),
            (Gold::Tags(gold), Predictions::Tags(found)) => tags::json(task, gold, found),
            (Gold::Pairs(gold), Predictions::Sentences(found)) => spelling::json(gold, found),
            _ => unreachable!("a task has predictions of its own kind"),
        }
    }
}
