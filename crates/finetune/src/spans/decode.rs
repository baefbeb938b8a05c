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
    let ranked = Ranked::of(context, spans, windows, logits, options);
    Decoded {
        list: ranked.candidates(),
        prediction: ranked.prediction().to_owned(),
        null_difference: ranked.null_difference(),
    }
}

/// Decodes the predicted text of a question: that of [`decode`], without its list.
pub(crate) fn decode_answer<'c>(
    context: &'c str,
    spans: &[ByteSpan],
    windows: &[Window],
    logits: &[WindowLogits<'_>],
    options: &DecodeOptions,
) -> &'c str {
    Ranked::of(context, spans, windows, logits, options).prediction()
}

/// The best pairs with their texts, best first.
struct Ranked<'c> {
    list: Vec<(Pair, &'c str)>,
    null: Option<Pair>,
}

impl<'c> Ranked<'c> {
    fn of(
        context: &'c str,
        spans: &[ByteSpan],
        windows: &[Window],
        logits: &[WindowLogits<'_>],
        options: &DecodeOptions,
    ) -> Self {
        let mut pairs = pairs(windows, logits, options);
        let null = options.no_answer.then(|| smallest_null(logits)).flatten();
        pairs.extend(null);
        pairs.sort_by(|a, b| b.score().total_cmp(&a.score()));
        pairs.truncate(options.n_best);
        let has_null = pairs.iter().any(|pair| pair.pieces.is_none());
        pairs.extend(null.filter(|_| !has_null));
        let text_of = |pair: Pair| {
            let text = pair.pieces.map_or("", |[first, last]| {
                &context[spans[first].start as usize..spans[last].end as usize]
            });
            (pair, text)
        };
        let mut list: Vec<(Pair, &str)> = pairs.into_iter().map(text_of).collect();
        if list.is_empty() || matches!(&list[..], [(_, "")]) {
            let no_pair = Pair {
                pieces: None,
                start_logit: 0.0,
                end_logit: 0.0,
            };
            list.insert(0, (no_pair, NO_PAIR));
        }
        Self { list, null }
    }

    /// The list with its softmax.
    fn candidates(&self) -> Vec<Candidate> {
        let scores = self.list.iter().map(|(pair, _)| pair.score());
        let largest = scores.clone().fold(f32::MIN, f32::max);
        let weights: Vec<f32> = scores.map(|score| (score - largest).exp()).collect();
        let sum: f32 = weights.iter().sum();
        let candidates = self.list.iter().zip(&weights);
        candidates
            .map(|((pair, text), weight)| Candidate {
                text: (*text).to_owned(),
                start_logit: pair.start_logit,
                end_logit: pair.end_logit,
                probability: weight / sum,
            })
            .collect()
    }

    /// The best pair, which has a text if "no answer" may be predicted.
    fn best(&self) -> Option<&(Pair, &'c str)> {
        let is_best = |(_, text): &&(Pair, &str)| !text.is_empty() || self.null.is_none();
        self.list.iter().find(is_best)
    }

    fn null_difference(&self) -> Option<f32> {
        let (null, (best, _)) = self.null.zip(self.best())?;
        Some(null.score() - best.score())
    }

    fn prediction(&self) -> &'c str {
        let is_null = self
            .null_difference()
            .is_some_and(|difference| difference > 0.0);
        self.best()
            .filter(|_| !is_null)
            .map_or("", |(_, text)| *text)
    }
}

/// The allowed pairs of all windows, in the order of window, start and end, each from the best.
fn pairs(windows: &[Window], logits: &[WindowLogits<'_>], options: &DecodeOptions) -> Vec<Pair> {
    let ranges: Vec<WindowRange> = windows.iter().map(|window| window.range).collect();
    let mut pairs = Vec::new();
    for (index, (window, logits)) in windows.iter().zip(logits).enumerate() {
        let piece_at = |position: usize| {
            let is_context = window.context().contains(&position);
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
