//! Scores of predictions, and predictions as JSON, by the kind of the task.

use serde_json::Value;

use crate::scores::named::NamedScores;
use crate::tasks::set::{Gold, Predictions, TaskSet};
use crate::tasks::task::Task;
use crate::tasks::{classification, spans, spelling, tags};

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
