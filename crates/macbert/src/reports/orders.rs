//! How well order labels can be predicted from what should not reveal them (method §3.4).

use sop::{Clue, OrderAudit, PairObjective};

use super::inspect::{AuditRow, ExpectedText};
use crate::numbers::percent;

/// How far above one half the share may be that is predicted from the lengths and the ends of texts (method §3.4).
const MOST_PREDICTED: f64 = 0.02;
/// How many standard errors of chance are allowed on top of that.
const STANDARD_ERRORS: f64 = 3.0;

/// The rows of an audit about order labels: none if there are no labels.
///
/// Under `sop` the shares are shown without a judgement. A part of them is the text's own: a title has no end mark and
/// stands before its text, and the items of an enumeration end with semicolons before the last ends with a stop. Another
/// part follows from the grouping of sentences into examples (method §3.1): in laws, the kinds of end marks predict 56 to
/// 58 % of the labels, and still 55 % where both texts have a mark.
pub(crate) fn order_rows(orders: &OrderAudit, pairs: PairObjective) -> Vec<AuditRow> {
    let clues: &[_] = match pairs {
        PairObjective::Sop => &[
            (
                Clue::MissingEnds,
                "order labels predicted from missing end marks",
            ),
            (
                Clue::Ends,
                "order labels predicted from the kinds of end marks",
            ),
        ],
        PairObjective::Nsp => &[(
            Clue::LengthsAndEnds,
            "order labels predicted from the texts' lengths and end marks",
        )],
        PairObjective::None => &[],
    };
    let mut rows = Vec::new();
    for (clue, name) in clues {
        let Some(predicted) = orders.predicted(*clue) else {
            continue;
        };
        let error = 0.5 / (predicted.n_pairs as f64).sqrt();
        let tolerance = MOST_PREDICTED + STANDARD_ERRORS * error;
        let expected = ExpectedText {
            text: format!("at most {}", percent(0.5 + tolerance)),
            is_met: predicted.share <= 0.5 + tolerance,
        };
        rows.push(AuditRow {
            name: (*name).to_owned(),
            realised: percent(predicted.share),
            expected: (pairs == PairObjective::Nsp).then_some(expected),
        });
    }
    rows
}
