//! Questions on contexts, in the JSON form of SQuAD 1.1: CMRC 2018, DRCD and CJRC have it.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use segment::ByteSpan;
use serde::Deserialize;

use crate::data::error::DataError;
use crate::data::unpack::read_text;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its id in the file.
    pub id: String,
    /// The question.
    pub question: String,
    /// The context, which several questions share.
    pub context: Arc<str>,
    /// The answers of the annotators; none if the context has no answer.
    pub answers: Vec<Answer>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its text.
    pub text: String,
    /// Its bytes in the context; `None` if the context does not have it there.
    pub span: Option<ByteSpan>,
}

/// The questions of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// The questions, in the order of the file.
    pub questions: Vec<Question>,
    /// The number of answers.
    pub n_answers: usize,
    /// Answers whose start counts UTF-16 units, and not characters.
    pub n_in_utf16: usize,
    /// Answers that the file marks as absent from their context, with a start of −1.
    pub n_absent: usize,
    /// Answers that the context does not have at their start.
    pub n_misplaced: usize,
}

#[derive(Deserialize)]
struct File {
    data: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    paragraphs: Vec<Paragraph>,
}

#[derive(Deserialize)]
struct Paragraph {
    context: String,
    qas: Vec<StoredQuestion>,
}

#[derive(Deserialize)]
struct StoredQuestion {
    id: String,
    question: String,
    #[serde(default)]
    answers: Vec<StoredAnswer>,
}

#[derive(Deserialize)]
struct StoredAnswer {
    text: String,
    answer_start: i64,
}

/// Reads the questions of a file.
///
/// `answer_start` counts characters. Where the context does not have the answer at that character, it is taken as a number of
/// UTF-16 units, which CMRC 2018 counts. An answer that is at neither is kept without a span, and counted: it is scored, but
/// no model can learn it.
pub fn read_questions(path: &Path) -> Result<Questions, DataError> {
    let text = read_text(path)?;
    let file: File = serde_json::from_str(&text).map_err(|error| DataError::Json {
        path: path.to_path_buf(),
        line: error.line(),
        reason: format!("not in the form of SQuAD: {error}"),
    })?;
    let (mut found, mut ids) = (Questions::default(), HashSet::new());
    for paragraph in file.data.into_iter().flat_map(|article| article.paragraphs) {
        let context: Arc<str> = paragraph.context.into();
        for stored in paragraph.qas {
            if !ids.insert(stored.id.clone()) {
                return Err(DataError::SameId {
                    path: path.to_path_buf(),
                    id: stored.id,
                });
            }
            let answers = stored.answers.into_iter();
            let answers = answers
                .map(|answer| found.place(&context, answer))
                .collect();
            found.questions.push(Question {
                id: stored.id,
                question: stored.question,
                context: Arc::clone(&context),
                answers,
            });
        }
    }
    if found.questions.is_empty() {
        return Err(DataError::Empty {
            path: path.to_path_buf(),
        });
    }
    Ok(found)
}

impl Questions {
    /// Finds an answer in its context, and counts how.
    fn place(&mut self, context: &str, answer: StoredAnswer) -> Answer {
        self.n_answers += 1;
        let at = |byte: usize| {
            let is_there = context[byte..].starts_with(&answer.text);
            is_there.then(|| ByteSpan::new(byte, byte + answer.text.len()))
        };
        let start = usize::try_from(answer.answer_start).ok();
        let by_character = start
            .and_then(|start| byte_of_character(context, start))
            .and_then(at);
        let by_unit = || {
            start
                .and_then(|start| byte_of_utf16(context, start))
                .and_then(at)
        };
        let span = by_character.or_else(by_unit);
        self.n_in_utf16 += usize::from(by_character.is_none() && span.is_some());
        self.n_absent += usize::from(start.is_none());
        self.n_misplaced += usize::from(start.is_some() && span.is_none());
        Answer {
            text: answer.text,
            span,
        }
    }
}

/// The byte at which the character with an index begins.
fn byte_of_character(text: &str, index: usize) -> Option<usize> {
    let ends = std::iter::once(text.len());
    text.char_indices()
        .map(|(byte, _)| byte)
        .chain(ends)
        .nth(index)
}

/// The byte of the character that begins at a UTF-16 unit.
fn byte_of_utf16(text: &str, unit: usize) -> Option<usize> {
    let mut units = 0;
    let position = text.char_indices().find(|(_, c)| {
        let is_here = units >= unit;
        units += c.len_utf16();
        is_here
    });
    position.map(|(byte, _)| byte)
}
