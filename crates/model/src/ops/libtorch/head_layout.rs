//! Where the examples and heads of an attention lie.
//!
//! Dimensions: `s` pieces of an example, `h` hidden width, `n` heads, `d` width of a head.

use std::ops::Range;
use std::sync::Arc;

use tch::{Kind, Tensor};

use super::dropout::probabilities_mask;
use crate::layout::Layout;
use crate::ops::dropout::Site;

/// The examples and heads of an attention, and its dropout.
#[derive(Clone, Debug)]
pub(super) struct HeadLayout {
    pub(super) layout: Arc<Layout>,
    pub(super) n_heads: usize,
    /// Dropout of the probabilities.
    pub(super) dropout: Site,
}

impl HeadLayout {
    /// Views an example's rows of a matrix by head, `[n, s, d]`. The matrix is the `part`-th of `n_parts` that lie side by
    /// side in `x`.
    pub(super) fn part(
        &self,
        x: &Tensor,
        example: &Range<usize>,
        part: i64,
        n_parts: i64,
    ) -> Tensor {
        let (s, n) = (example.len() as i64, self.n_heads as i64);
        let h = x.size()[1] / n_parts;
        let x = x.narrow(0, example.start as i64, s).narrow(1, part * h, h);
        x.view([s, n, h / n]).transpose(0, 1)
    }

    /// Returns the factor of the scores, 1 / √d.
    pub(super) fn scale(&self, h: i64) -> f64 {
        (h as f64 / self.n_heads as f64).sqrt().recip()
    }

    /// Draws which of an example's probabilities are kept, 0 and 1, `[n, s, s]`; `None` if all are.
    pub(super) fn mask(&self, example: &Range<usize>, kind: Kind) -> Option<Tensor> {
        let is_on = self.dropout.is_on();
        is_on.then(|| probabilities_mask(self.dropout, example, self.n_heads).to_kind(kind))
    }

    /// Returns the factor of probabilities that are kept.
    pub(super) fn kept(&self) -> f64 {
        self.dropout.kept()
    }
}
