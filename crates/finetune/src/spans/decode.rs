//! Turns the logits of all windows of a question into a ranked list of answers and a prediction, as transformers' example script
//! does. Rules of Google's programs are options.

use segment::ByteSpan;
use serde::Serialize;

use crate::spans::best_context::best_window;
use crate::spans::features::Window;
use crate::spans::windows::WindowRange;

/// What stands in the list if no pair of start and end is allowed.
const NO_PAIR: &str = "empty";

/// How answers are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeOptions {
    /// The best starts and ends of each window that are paired, and the length of the list.
    pub n_best: usize,
    /// The most pieces of an answer.
    pub longest_answer: usize,
    /// Whether "no answer" may be predicted.
    pub no_answer: bool,
    /// Whether a start counts only in the window in which it has the most context (Google's rule).
    pub best_context: bool,
    /// Whether equal texts are kept once (Google's rule).
    pub unique_texts: bool,
}

/// The logits of a window, one for each position.
#[derive(Clone, Copy, Debug)]
pub struct WindowLogits<'l> {
    /// Of being the first piece of the answer.
    pub start: &'l [f32],
    /// Of being the last piece.
    pub end: &'l [f32],
}

/// An entry of the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Candidate {
    /// The text; empty for "no answer".
    pub text: String,
    /// The logit of the start.
    pub start_logit: f32,
    /// The logit of the end.
    pub end_logit: f32,
    /// The softmax over the list.
    pub probability: f32,
}

/// The decoded answers of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The best answers, best first.
    pub list: Vec<Candidate>,
    /// The predicted text.
    pub prediction: String,
    /// The score of "no answer" minus that of the best text; above 0 the prediction is empty. `None` if "no answer" may not be
    /// predicted.
    pub null_difference: Option<f32>,
}

/// A pair of start and end, before its text is cut out.
#[derive(Clone, Copy, Debug)]
struct Pair {
    /// The context pieces; `None` for "no answer".
    pieces: Option<[usize; 2]>,
    start_logit: f32,
    end_logit: f32,
}

impl Pair {
    fn score(&self) -> f32 {
        self.start_logit + self.end_logit
    }
}

/// Decodes the answers of a question. `spans` are the bytes of the context's pieces.
pub fn decode(
    context: &str,
    spans: &[ByteSpan],
    windows: &[Window],
    logits: &[WindowLogits<'_>],
    options: &DecodeOptions,
) -> Decoded {
    let mut pairs = pairs(windows, logits, options);
    let null = options.no_answer.then(|| smallest_null(logits)).flatten();
    pairs.extend(null);
    pairs.sort_by(|a, b| b.score().total_cmp(&a.score()));
    let text_of = |pair: &Pair| {
        let pieces = pair
            .pieces
            .map(|[first, last]| &context[spans[first].start as usize..spans[last].end as usize]);
        pieces.unwrap_or("").to_owned()
    };
    let mut list = Vec::new();
    let mut has_null = false;
    for pair in pairs {
        if list.len() == options.n_best {
            break;
        }
        let text = text_of(&pair);
        if options.unique_texts && list.iter().any(|(_, other)| *other == text) {
            continue;
        }
        has_null |= pair.pieces.is_none();
        list.push((pair, text));
    }
    if !has_null {
        list.extend(null.map(|null| (null, String::new())));
    }
    if list.is_empty() || matches!(&list[..], [(_, text)] if text.is_empty()) {
        let no_pair = Pair {
            pieces: None,
            start_logit: 0.0,
            end_logit: 0.0,
        };
        list.insert(0, (no_pair, NO_PAIR.to_owned()));
    }
    predicted(&list, null)
}

/// The allowed pairs of all windows, in the order of window, start and end, each from the best.
fn pairs(windows: &[Window], logits: &[WindowLogits<'_>], options: &DecodeOptions) -> Vec<Pair> {
    let ranges: Vec<WindowRange> = windows.iter().map(|window| window.range).collect();
    let mut pairs = Vec::new();
    for (index, (window, logits)) in windows.iter().zip(logits).enumerate() {
        let piece_at = |position: usize| {
            let is_context = window.is_context(position);
            is_context.then(|| position - window.context_at + window.range.first)
        };
        let ends = best_positions(logits.end, options.n_best);
        for start in best_positions(logits.start, options.n_best) {
            let Some(first) = piece_at(start) else {
                continue;
            };
            if options.best_context && best_window(&ranges, first) != Some(index) {
                continue;
            }
            let lasts = ends.iter().filter_map(|end| Some((*end, piece_at(*end)?)));
            let allowed =
                lasts.filter(|(_, last)| (first..first + options.longest_answer).contains(last));
            pairs.extend(allowed.map(|(end, last)| Pair {
                pieces: Some([first, last]),
                start_logit: logits.start[start],
                end_logit: logits.end[end],
            }));
        }
    }
    pairs
}

/// The positions of the `n` largest logits, best first.
fn best_positions(logits: &[f32], n: usize) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..logits.len()).collect();
    positions.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    positions.truncate(n);
    positions
}

/// "No answer": the logits at `[CLS]` of the window in which their sum is smallest.
fn smallest_null(logits: &[WindowLogits<'_>]) -> Option<Pair> {
    let nulls = logits.iter().map(|logits| Pair {
        pieces: None,
        start_logit: logits.start[0],
        end_logit: logits.end[0],
    });
    nulls.reduce(|least, null| {
        if null.score() < least.score() {
            null
        } else {
            least
        }
    })
}

fn predicted(list: &[(Pair, String)], null: Option<Pair>) -> Decoded {
    let largest = list
        .iter()
        .map(|(pair, _)| pair.score())
        .fold(f32::MIN, f32::max);
    let weights: Vec<f32> = list
        .iter()
        .map(|(pair, _)| (pair.score() - largest).exp())
        .collect();
    let sum: f32 = weights.iter().sum();
    let candidates = list
        .iter()
        .zip(&weights)
        .map(|((pair, text), weight)| Candidate {
            text: text.clone(),
            start_logit: pair.start_logit,
            end_logit: pair.end_logit,
            probability: weight / sum,
        });
    let best = list
        .iter()
        .find(|(_, text)| !text.is_empty() || null.is_none());
    let difference = null
        .zip(best)
        .map(|(null, (best, _))| null.score() - best.score());
    let is_null = difference.is_some_and(|difference| difference > 0.0);
    let prediction = best.filter(|_| !is_null).map_or("", |(_, text)| text);
    Decoded {
        list: candidates.collect(),
        prediction: prediction.to_owned(),
        null_difference: difference,
    }
}
