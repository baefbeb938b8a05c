//! Answers that are cut out of contexts.

use std::path::Path;

use segment::ByteSpan;
use serde_json::Value;

use crate::data::questions::{Question, Questions, read_questions};
use crate::error::FinetuneError;
use crate::inputs::texts::Encoded;
use crate::options::task::{SpanOptions, TaskOptions};
use crate::scores::named::{self, NamedScores};
use crate::spans::decode::{Decoded, WindowLogits, decode};
use crate::spans::features::{SpanPieces, Window};
use crate::tasks::example::{Example, Label};
use crate::tasks::report::FileReport;
use crate::tasks::set::{Gold, TaskSet};
use crate::tasks::task::Task;

/// What logits outside the context are replaced with in the variant of MacBERT's authors.
const MASKED: f32 = -10_000.0;

/// A question with the windows of its context.
pub(crate) struct QuestionWindows {
    pub(crate) question: Question,
    /// The bytes of the context's pieces.
    spans: Vec<ByteSpan>,
    /// The windows. Their pieces are those of the examples, so they are not kept twice.
    pub(crate) windows: Vec<Window>,
}

/// The logits of start and end of a window.
pub(crate) struct SpanLogits {
    pub(crate) start: Vec<f32>,
    pub(crate) end: Vec<f32>,
}

/// Reads a file. A question of a training file whose answer is not in its context is left out, and counted.
pub(crate) fn read(
    task: &Task,
    options: &SpanOptions,
    path: &Path,
    is_training: bool,
) -> Result<TaskSet, FinetuneError> {
    let Questions {
        questions,
        n_in_utf16,
        n_absent,
        n_misplaced,
        ..
    } = read_questions(path)?;
    let (mut examples, mut gold, mut n_not_learned) = (Vec::new(), Vec::new(), 0);
    for question in questions {
        let answer = answer_to_learn(&question, options.no_answer);
        if is_training && answer.is_none() {
            n_not_learned += 1;
            continue;
        }
        let of_question = windows(task, options, path, question)?;
        let (windows, of_windows) = examples_of(of_question, answer.flatten());
        examples.extend(of_windows);
        gold.push(windows);
    }
    let report = FileReport::new(path, gold.len(), examples.len())
        .with(n_in_utf16, "answers whose answer_start counts UTF-16 units")
        .with(
            n_absent,
            "answers marked as absent from their context; they are scored all the same",
        )
        .with(
            n_misplaced,
            "answers that are not in their context at answer_start; they are scored all the same",
        )
        .with(
            n_not_learned,
            "questions without an answer in their context, which are not learned",
        );
    Ok(TaskSet {
        examples,
        gold: Gold::Questions(gold),
        report,
    })
}

/// The answer that is learned: the first one with a place in the context, or "none" for a question without an answer.
/// `None` if nothing can be learned.
fn answer_to_learn(question: &Question, no_answer: bool) -> Option<Option<ByteSpan>> {
    let is_placed = |span: &ByteSpan| span.start < span.end;
    let placed = question.answers.iter().filter_map(|answer| answer.span);
    let placed = placed.filter(is_placed).next();
    let has_none = question.answers.iter().all(|answer| answer.text.is_empty());
    match placed {
        Some(span) => Some(Some(span)),
        None => (no_answer && has_none).then_some(None),
    }
}

/// A question as pieces, with its windows.
struct Cut {
    question: Question,
    pieces: SpanPieces,
    windows: Vec<Window>,
}

fn windows(
    task: &Task,
    options: &SpanOptions,
    path: &Path,
    question: Question,
) -> Result<Cut, FinetuneError> {
    let pieces = SpanPieces::new(&task.tokenizer, &question.question, &question.context);
    let windows = pieces
        .windows(&options.windows(task.max_length), task.specials())
        .map_err(|source| FinetuneError::Window {
            path: path.to_path_buf(),
            id: question.id.clone(),
            source,
        })?;
    Ok(Cut {
        question,
        pieces,
        windows,
    })
}

/// The windows of a question as examples.
fn examples_of(cut: Cut, answer: Option<ByteSpan>) -> (QuestionWindows, Vec<Example>) {
    let Cut {
        question,
        pieces,
        mut windows,
    } = cut;
    let example = |window: &mut Window| {
        let answer = answer.map_or([0, 0], |answer| pieces.answer_in(window, answer));
        let context = window.context_at..window.context_at + window.range.n_pieces;
        Example {
            input: Encoded {
                input_ids: std::mem::take(&mut window.input_ids),
                n_first: window.context_at,
                n_cut: 0,
            },
            label: Label::Span { answer, context },
        }
    };
    let examples = windows.iter_mut().map(example).collect();
    let windows = QuestionWindows {
        question,
        spans: pieces.spans().to_vec(),
        windows,
    };
    (windows, examples)
}

/// Decodes the answers of a question from the logits of its windows.
pub(crate) fn decoded(
    task: &Task,
    question: &QuestionWindows,
    mut logits: Vec<SpanLogits>,
) -> Decoded {
    let TaskOptions::Spans(options) = &task.options else {
        unreachable!("questions belong to span extraction");
    };
    if options.mask_outside {
        for (window, logits) in question.windows.iter().zip(&mut logits) {
            for side in [&mut logits.start, &mut logits.end] {
                let outside = (0..).zip(side).filter(|(at, _)| !window.is_unmasked(*at));
                outside.for_each(|(_, logit)| *logit += MASKED);
            }
        }
    }
    let of_windows: Vec<WindowLogits<'_>> = logits
        .iter()
        .map(|logits| WindowLogits {
            start: &logits.start,
            end: &logits.end,
        })
        .collect();
    let mut decoded = decode(
        &question.question.context,
        &question.spans,
        &question.windows,
        &of_windows,
        &options.decoding(),
    );
    if options.remove_spaces {
        decoded.prediction.retain(|c| c != ' ');
    }
    decoded
}

pub(crate) fn score(task: &Task, gold: &[QuestionWindows], found: &[Decoded]) -> NamedScores {
    let TaskOptions::Spans(options) = &task.options else {
        unreachable!("questions belong to span extraction");
    };
    let pairs = gold.iter().zip(found);
    let pairs: Vec<(Vec<&str>, &str)> = pairs
        .map(|(gold, found)| (answers(gold), found.prediction.as_str()))
        .collect();
    named::spans(&pairs, &options.rules)
}

/// The answers of a question. A question without an answer has the empty text, as evaluation programs do.
fn answers(gold: &QuestionWindows) -> Vec<&str> {
    let answers = gold.question.answers.iter();
    let mut answers: Vec<&str> = answers.map(|answer| answer.text.as_str()).collect();
    if answers.is_empty() {
        answers.push("");
    }
    answers
}

pub(crate) fn json(gold: &[QuestionWindows], found: &[Decoded]) -> Value {
    let rows = gold.iter().zip(found);
    let rows = rows.map(|(gold, found)| {
        let text = found.prediction.clone();
        (gold.question.id.clone(), Value::String(text))
    });
    Value::Object(rows.collect())
}
