//! Exact match and F1 by the rules of SQuAD, for English: a Chinese answer is one word, so F1 is nearly exact match.

use crate::scores::bag::overlap;
use crate::scores::span_score::{SpanScore, best};
use crate::scores::unicode::{is_word_character, split_at_spaces};

/// Scores a prediction against all answers of a question by SQuAD's rules: ASCII punctuation and English articles are
/// removed, words are cut at white space, and F1 compares bags of words.
pub fn squad_score(answers: &[&str], prediction: &str) -> SpanScore {
    let prediction = words(prediction);
    best(answers, |answer| {
        let answer = words(answer);
        let f1 = if answer.is_empty() || prediction.is_empty() {
            f64::from(answer == prediction)
        } else {
            overlap(&answer, &prediction)
        };
        SpanScore {
            exact: f64::from(answer == prediction),
            f1,
        }
    })
}

fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let text = text.replace(|c: char| c.is_ascii_punctuation(), "");
    let text = without_articles(&text);
    split_at_spaces(&text).map(str::to_owned).collect()
}

/// Replaces *a*, *an* and *the* by a space where they are no part of a longer word. Chinese characters belong to words.
fn without_articles(text: &str) -> String {
    let (mut kept, mut word) = (String::new(), String::new());
    for c in text.chars() {
        if is_word_character(c) {
            word.push(c);
        } else {
            kept.push_str(kept_word(&word));
            word.clear();
            kept.push(c);
        }
    }
    kept.push_str(kept_word(&word));
    kept
}

fn kept_word(word: &str) -> &str {
    match word {
        "a" | "an" | "the" => " ",
        word => word,
    }
}
