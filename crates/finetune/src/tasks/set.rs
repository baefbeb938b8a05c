//! A file of a task: its examples, what is right, and what a model predicts.

use crate::data::spelling::SpellingPair;
use crate::data::tags::TaggedSentence;
use crate::data::texts::LabelledText;
use crate::tasks::example::Example;
use crate::tasks::question::QuestionWindows;
use crate::tasks::report::FileReport;

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
    /// The answer to each question.
    Answers(Vec<String>),
    /// The ids of the tags of each sentence.
    Tags(Vec<Vec<usize>>),
    /// The corrected sentences.
    Sentences(Vec<String>),
}
