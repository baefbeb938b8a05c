//! Exact match and F1 of CJRC (Chinese judicial reading comprehension), as its evaluation program computes them.

use crate::scores::bag::overlap;
use crate::scores::span_score::{SpanScore, best};
use crate::scores::unicode::{is_digit, is_letter};

/// Scores a prediction against the answers of several annotators.
///
/// With more than one annotator, the score is the mean over the annotators of the best match among the *others'* answers.
/// So a prediction that only one of three annotators gave scores 2/3. No answer is the empty text.
pub fn cjrc_score(answers: &[&str], prediction: &str) -> SpanScore {
    let against = |answers: &[&str]| best(answers, |answer| score(answer, prediction));
    if answers.len() < 2 {
        return against(answers);
    }
    let mut sum = SpanScore::default();
    for left_out in 0..answers.len() {
        let others = [&answers[..left_out], &answers[left_out + 1..]].concat();
        let score = against(&others);
        sum.exact += score.exact;
        sum.f1 += score.f1;
    }
    let n = answers.len() as f64;
    SpanScore {
        exact: sum.exact / n,
        f1: sum.f1 / n,
    }
}

/// Returns the text that is compared: in lower case, letters and digits only.
pub fn letters_and_digits(text: &str) -> String {
    let text = text.to_lowercase();
    text.chars()
        .filter(|c| is_letter(*c) || is_digit(*c))
        .collect()
}

fn score(answer: &str, prediction: &str) -> SpanScore {
    let answer: Vec<char> = letters_and_digits(answer).chars().collect();
    let prediction: Vec<char> = letters_and_digits(prediction).chars().collect();
    let exact = f64::from(answer == prediction);
    let is_empty = answer.is_empty() || prediction.is_empty();
    let f1 = if is_empty {
        exact
    } else {
        overlap(&answer, &prediction)
    };
    SpanScore { exact, f1 }
}
