//! Scaled dot-product attention on the CPU with a backward pass of its own: LibTorch's has no kernel with dropout there.
//!
//! An example at a time: its shares stay in the processor's cache, and nothing is computed for padding.
//!
//! Dimensions: `s` pieces of an example, `t` pieces of all, `h` hidden width, `n` heads, `d` width of a head.

use std::ops::Range;
use std::sync::Arc;

use tch::{Kind, Tensor};

use super::dropout::shares_mask;
use crate::input::Layout;
use crate::ops::Site;

/// What the backward pass needs.
#[derive(Debug)]
pub(super) struct HostAttention {
    heads: Partition,
    /// Query, key and value side by side, `[t, 3h]`.
    projected: Tensor,
    /// Of each example before dropout, `[n, s, s]`.
    shares: Vec<Tensor>,
}

/// Where examples and heads lie.
#[derive(Clone, Debug)]
pub(super) struct Partition {
    pub(super) layout: Arc<Layout>,
    pub(super) n_heads: usize,
    /// On the shares.
    pub(super) dropout: Site,
}

impl HostAttention {
    /// Mixtures of the values, `[t, h]`, and what the backward pass needs.
    pub(super) fn forward(projected: Tensor, heads: Partition) -> (Tensor, Self) {
        let (t, width) = projected.size2().expect("rows");
        let context = Tensor::empty([t, width / 3], (projected.kind(), projected.device()));
        let mut all = Vec::with_capacity(heads.layout.n_examples());
        for rows in heads.layout.examples() {
            let [query, key, value] =
                [0, 1, 2].map(|part| heads.part(&projected, &rows, (part, 3)));
            let scores = product(&query, &key.transpose(1, 2), heads.scale(width / 3));
            let shares = scores.softmax(-1, None::<Kind>); // [n, s, s]
            let mask = heads.mask(&rows, shares.kind());
            let dropped = mask.map_or_else(|| shares.shallow_clone(), |mask| &shares * mask);
            let mixed = product(&dropped, &value, heads.kept()); // [n, s, d]
            heads.part(&context, &rows, (0, 1)).copy_(&mixed);
            all.push(shares);
        }
        let saved = Self {
            heads,
            projected,
            shares: all,
        };
        (context, saved)
    }

    /// The gradient of query, key and value side by side, `[t, 3h]`, from the mixtures'.
    pub(super) fn backward(self, gradient: &Tensor) -> Tensor {
        let Self {
            heads,
            projected,
            shares,
        } = self;
        let found = projected.empty_like();
        let scale = heads.scale(gradient.size()[1]);
        for (rows, shares) in heads.layout.examples().zip(shares) {
            let [query, key, value] =
                [0, 1, 2].map(|part| heads.part(&projected, &rows, (part, 3)));
            let put = |part, x: &Tensor| heads.part(&found, &rows, (part, 3)).copy_(x);
            let gradient = heads.part(gradient, &rows, (0, 1));
            let mut slopes = product(&gradient, &value.transpose(1, 2), heads.kept()); // [n, s, s]
            let mut dropped = shares.shallow_clone();
            if let Some(mask) = heads.mask(&rows, shares.kind()) {
                dropped = &shares * &mask;
                slopes *= mask;
            }
            put(
                2,
                &product(&dropped.transpose(1, 2), &gradient, heads.kept()),
            );
            let slopes =
                Tensor::internal_softmax_backward_data(&slopes, &shares, -1, shares.kind());
            put(0, &product(&slopes, &key, scale));
            put(1, &product(&slopes.transpose(1, 2), &query, scale));
        }
        found
    }
}

impl Partition {
    /// One of several matrices of width h that lie side by side, an example's rows by head, `[n, s, d]`: a view.
    fn part(&self, x: &Tensor, rows: &Range<usize>, (part, of): (i64, i64)) -> Tensor {
        let (s, n, h) = (rows.len() as i64, self.n_heads as i64, x.size()[1] / of);
        let x = x.narrow(0, rows.start as i64, s).narrow(1, part * h, h);
        x.view([s, n, h / n]).transpose(0, 1)
    }

    /// 1 / √d.
    fn scale(&self, h: i64) -> f64 {
        (h as f64 / self.n_heads as f64).sqrt().recip()
    }

    fn mask(&self, rows: &Range<usize>, kind: Kind) -> Option<Tensor> {
        let is_on = self.dropout.is_on();
        is_on.then(|| shares_mask(self.dropout, rows, self.n_heads).to_kind(kind))
    }

    fn kept(&self) -> f64 {
        self.dropout.kept()
    }
}

/// `scale · a · b`, matrix by matrix.
fn product(a: &Tensor, b: &Tensor, scale: f64) -> Tensor {
    let nothing = Tensor::zeros([1, 1, 1], (a.kind(), a.device()));
    nothing.baddbmm(a, b, 0.0, scale)
}
