//! Answers that are cut out of contexts.

use std::path::Path;

use model::OUTSIDE_CONTEXT;
use segment::ByteSpan;
use serde_json::Value;

use crate::data::questions::{Question, Questions, read_questions};
use crate::error::FinetuneError;
use crate::inputs::texts::Encoded;
use crate::options::task::{SpanOptions, TaskOptions};
use crate::scores::named::{self, NamedScores};
use crate::spans::decode::{WindowLogits, decode_answer};
use crate::spans::features::{SpanPieces, Window, is_unmasked};
use crate::tasks::example::{Example, Label};
use crate::tasks::question::{QuestionWindows, SpanLogits};
use crate::tasks::report::FileReport;
use crate::tasks::set::{Gold, TaskSet};
use crate::tasks::task::Task;

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
        let lesson = Lesson::of(&question, options.no_answer);
        if is_training && matches!(lesson, Lesson::Nothing) {
            n_not_learned += 1;
            continue;
        }
        let of_question = windows(task, options, path, question)?;
        let (of_windows, windows) = examples_of(of_question, lesson);
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

/// What a training question teaches.
#[derive(Clone, Copy)]
enum Lesson {
    /// The bytes of an answer in the context.
    Answer(ByteSpan),
    /// That the context has no answer.
    NoAnswer,
    /// Nothing: the answer is not in the context.
    Nothing,
}

impl Lesson {
    /// Takes the first answer with a place in the context.
    fn of(question: &Question, no_answer: bool) -> Self {
        let mut placed = question.answers.iter().filter_map(|answer| answer.span);
        let has_none = question.answers.iter().all(|answer| answer.text.is_empty());
        match placed.find(|span| span.start < span.end) {
            Some(span) => Self::Answer(span),
            None if no_answer && has_none => Self::NoAnswer,
            None => Self::Nothing,
        }
    }
}

/// A question as pieces, with its windows.
struct Cut {
    question: Question,
    pieces: SpanPieces,
    windows: Vec<(Encoded, Window)>,
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
fn examples_of(cut: Cut, lesson: Lesson) -> (Vec<Example>, QuestionWindows) {
    let Cut {
        question,
        pieces,
        windows,
    } = cut;
    let example = |(input, window): (Encoded, Window)| {
        let answer = match lesson {
            Lesson::Answer(answer) => pieces.answer_in(&window, answer),
            Lesson::NoAnswer | Lesson::Nothing => [0, 0],
        };
        let context = window.context();
        let label = Label::Span { answer, context };
        (Example { input, label }, window)
    };
    let (examples, windows) = windows.into_iter().map(example).unzip();
    let windows = QuestionWindows {
        question,
        spans: pieces.spans().to_vec(),
        windows,
    };
    (examples, windows)
}

/// Decodes the answer of a question from the logits of its windows.
pub(crate) fn answer(
    task: &Task,
    question: &QuestionWindows,
    mut logits: Vec<SpanLogits>,
) -> String {
    let TaskOptions::Spans(options) = &task.options else {
        unreachable!("questions belong to span extraction");
    };
    if options.mask_outside {
        for (window, logits) in question.windows.iter().zip(&mut logits) {
            let context = window.context();
            for side in [&mut logits.start, &mut logits.end] {
                let outside = (0..)
                    .zip(side)
                    .filter(|(at, _)| !is_unmasked(&context, *at));
                outside.for_each(|(_, logit)| *logit += OUTSIDE_CONTEXT);
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
    let mut answer = decode_answer(
        &question.question.context,
        &question.spans,
        &question.windows,
        &of_windows,
        &options.decoding(),
    )
    .to_owned();
    if options.remove_spaces {
        answer.retain(|c| c != ' ');
    }
    answer
}

pub(crate) fn score(task: &Task, gold: &[QuestionWindows], found: &[String]) -> NamedScores {
    let TaskOptions::Spans(options) = &task.options else {
        unreachable!("questions belong to span extraction");
    };
    let pairs = gold.iter().zip(found);
    let pairs: Vec<(Vec<&str>, &str)> = pairs
        .map(|(gold, found)| (answers(gold), found.as_str()))
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

pub(crate) fn json(gold: &[QuestionWindows], found: &[String]) -> Value {
    let rows = gold.iter().zip(found);
    let rows = rows.map(|(gold, found)| (gold.question.id.clone(), Value::String(found.clone())));
    Value::Object(rows.collect())
}
