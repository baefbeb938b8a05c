//! Exact match and F1 of CMRC 2018, as its evaluation program (version 6) computes them.
//!
//! MacBERT's authors score DRCD with the same program.

use crate::scores::cmrc_words::cut_run;
use crate::scores::span_score::{SpanScore, best};
use crate::scores::unicode::strip;

/// Marks that are removed from both texts. Others, such as `‘ … —` and most of ASCII, stay.
const REMOVED: &str = "-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』";
/// The characters that are a segment each.
const CHINESE: std::ops::RangeInclusive<char> = '\u{4e00}'..='\u{9fa5}';

/// Scores a prediction against all answers of a question: exact match and F1 are each the best over the answers.
pub fn cmrc_score(answers: &[&str], prediction: &str) -> SpanScore {
    best(answers, |answer| SpanScore {
        exact: f64::from(without_marks(answer) == without_marks(prediction)),
        f1: f1(&segments(answer), &segments(prediction)),
    })
}

/// Returns the text in lower case, without white space at its ends.
fn lower_case(text: &str) -> String {
    strip(&text.to_lowercase()).to_owned()
}

fn is_removed(c: char) -> bool {
    REMOVED.contains(c)
}

/// Returns the text that exact match compares.
pub fn without_marks(text: &str) -> String {
    lower_case(text).replace(is_removed, "")
}

/// Cuts a text into segments: Chinese characters, and the words of what stands between them. A mark that is removed does
/// not cut: `2008-2012` is one word.
pub fn segments(text: &str) -> Vec<String> {
    let (mut segments, mut run) = (Vec::new(), String::new());
    for c in without_marks(text).chars() {
        if CHINESE.contains(&c) {
            segments.append(&mut cut_run(&std::mem::take(&mut run)));
            segments.push(c.to_string());
        } else {
            run.push(c);
        }
    }
    segments.append(&mut cut_run(&run));
    segments
}

/// F1 of the longest common run of segments. Two empty texts have none, so their F1 is 0.
fn f1(answer: &[String], prediction: &[String]) -> f64 {
    let common = longest_common_run(answer, prediction);
    if common == 0 {
        return 0.0;
    }
    let precision = common as f64 / prediction.len() as f64;
    let recall = common as f64 / answer.len() as f64;
    2.0 * precision * recall / (precision + recall)
}

/// The length of the longest contiguous sequence of segments that both texts have.
fn longest_common_run(a: &[String], b: &[String]) -> usize {
    let (mut before, mut longest) = (vec![0; b.len() + 1], 0);
    for of_a in a {
        let mut row = vec![0; b.len() + 1];
        for (j, of_b) in b.iter().enumerate() {
            if of_a == of_b {
                row[j + 1] = before[j] + 1;
                longest = longest.max(row[j + 1]);
            }
        }
        before = row;
    }
    longest
}
