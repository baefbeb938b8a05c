//! What a model predicts for a file, without dropout.

use burn::module::Module;
use model::{BertForTask, ModelInput, predictions};
use serde_json::Value;

use crate::run::step::{micro_batches, model_input, padded_positions};
use crate::scores::named::NamedScores;
use crate::tasks::example::Example;
use crate::tasks::question::SpanLogits;
use crate::tasks::set::{Gold, Predictions, TaskSet};
use crate::tasks::task::Task;
use crate::tasks::{spans, spelling, tags};

/// The most pieces of a batch of spelling correction. A batch has the logits of the whole vocabulary at each position: 87 MB
/// with 21,128 pieces.
const MOST_PIECES_OF_SPELLING: usize = 1024;

/// The scores of a model on a file, and its predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskEvaluation {
    /// The scores in percent.
    pub scores: NamedScores,
    /// The predictions as `predictions.json` has them.
    pub predictions: Value,
}

/// Evaluates a model on a file, in batches of at most so many pieces.
pub fn evaluate_task(
    task: &Task,
    model: &BertForTask,
    set: &TaskSet,
    most_pieces: usize,
) -> TaskEvaluation {
    let predictions = predict(task, model, set, most_pieces);
    TaskEvaluation {
        scores: set.score(task, &predictions),
        predictions: set.json(task, &predictions),
    }
}

fn predict(task: &Task, model: &BertForTask, set: &TaskSet, most_pieces: usize) -> Predictions {
    let model = Module::valid(model);
    let rows = |read: fn(&BertForTask, &ModelInput, &[&Example]) -> Vec<i32>, most: usize| {
        let mut rows = Vec::with_capacity(set.examples.len());
        for_batches(set, most, |examples| {
            let input = model_input(examples, 0, &model.device());
            rows.extend(divided(examples, read(&model, &input, examples)));
        });
        rows
    };
    match &set.gold {
        Gold::Texts(_) => {
            let ids = rows(
                |model, input, _| predictions(&model.class_logits(input)),
                most_pieces,
            );
            Predictions::Classes(ids.iter().map(|ids| ids[0] as usize).collect())
        }
        Gold::Questions(questions) => {
            let mut logits = span_logits(&model, set, most_pieces).into_iter();
            let answers = questions.iter().map(|question| {
                let windows = logits.by_ref().take(question.windows.len()).collect();
                spans::answer(task, question, windows)
            });
            Predictions::Answers(answers.collect())
        }
        Gold::Tags(sentences) => {
            let found = rows(tag_ids, most_pieces);
            let rows = sentences.iter().zip(&set.examples).zip(&found);
            let ids = rows.map(|((sentence, example), found)| {
                tags::spread(task, sentence.characters.len(), example, found)
            });
            Predictions::Tags(ids.collect())
        }
        Gold::Pairs(pairs) => {
            let found = rows(pieces, most_pieces.min(MOST_PIECES_OF_SPELLING));
            let rows = pairs.iter().zip(&set.examples).zip(&found);
            let sentences = rows.map(|((pair, example), found)| {
                spelling::corrected(task, &pair.source, example, found)
            });
            Predictions::Sentences(sentences.collect())
        }
    }
}

/// Calls `each` for the examples of each batch, in their order.
fn for_batches(set: &TaskSet, most_pieces: usize, mut each: impl FnMut(&[&Example])) {
    let examples: Vec<&Example> = set.examples.iter().collect();
    for range in micro_batches(&examples, most_pieces) {
        each(&examples[range]);
    }
}

/// Divides the predictions of a batch among its examples: one for an example without positions of its own.
fn divided(examples: &[&Example], ids: Vec<i32>) -> Vec<Vec<i32>> {
    let mut ids = ids.into_iter();
    let of_example = |example: &&Example| ids.by_ref().take(example.n_labels() as usize).collect();
    examples.iter().map(of_example).collect()
}

fn tag_ids(model: &BertForTask, input: &ModelInput, examples: &[&Example]) -> Vec<i32> {
    let positions = padded_positions(examples);
    if positions.is_empty() {
        return Vec::new();
    }
    predictions(&model.tag_logits(input, &positions))
}

fn pieces(model: &BertForTask, input: &ModelInput, examples: &[&Example]) -> Vec<i32> {
    let positions = padded_positions(examples);
    if positions.is_empty() {
        return Vec::new();
    }
    predictions(&model.spelling_logits(input, &positions).pieces)
}

/// The logits of start and end of every window.
fn span_logits(model: &BertForTask, set: &TaskSet, most_pieces: usize) -> Vec<SpanLogits> {
    let mut all = Vec::with_capacity(set.examples.len());
    for_batches(set, most_pieces, |examples| {
        let input = model_input(examples, 0, &model.device());
        let logits = model.span_logits(&input).into_data(); // [t, 2]
        let mut numbers = logits.iter::<f32>();
        for example in examples {
            let pairs = numbers.by_ref().take(2 * example.n_pieces());
            let pairs: Vec<f32> = pairs.collect();
            all.push(SpanLogits {
                start: pairs.iter().step_by(2).copied().collect(),
                end: pairs.iter().skip(1).step_by(2).copied().collect(),
            });
        }
    });
    all
}
