//! Exact match and F1 of one prediction, and of all questions of a file.

/// The scores of a prediction, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SpanScore {
    /// Exact match: 1 or 0, or a mean of these over annotators.
    pub exact: f64,
    /// F1.
    pub f1: f64,
}

/// The scores of a file, in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FileScore {
    /// Exact match.
    pub exact: f64,
    /// F1.
    pub f1: f64,
    /// The number of questions.
    pub n_questions: usize,
    /// The number of questions without a prediction. They count as wrong.
    pub n_missing: usize,
}

impl FileScore {
    /// Returns the mean of exact match and F1.
    pub fn average(&self) -> f64 {
        f64::midpoint(self.exact, self.f1)
    }
}

/// Takes the best exact match and the best F1 over all answers; they may come from different ones.
pub(crate) fn best(answers: &[&str], score: impl Fn(&str) -> SpanScore) -> SpanScore {
    let scores = answers.iter().map(|answer| score(answer));
    scores.fold(SpanScore::default(), |best, score| SpanScore {
        exact: best.exact.max(score.exact),
        f1: best.f1.max(score.f1),
    })
}

/// Takes the means over all questions of a file. `None` stands for a question without a prediction, which counts as
/// wrong.
pub fn file_score(questions: impl IntoIterator<Item = Option<SpanScore>>) -> FileScore {
    let mut file = FileScore::default();
    for question in questions {
        let score = question.unwrap_or_default();
        file.n_questions += 1;
        file.n_missing += usize::from(question.is_none());
        file.exact += score.exact;
        file.f1 += score.f1;
    }
    let n = file.n_questions.max(1) as f64;
    file.exact = 100.0 * file.exact / n;
    file.f1 = 100.0 * file.f1 / n;
    file
}
