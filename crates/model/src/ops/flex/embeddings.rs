//! The three embeddings, their norm and dropout as one operation.
//!
//! Dimensions: `t` pieces of all examples, `h` hidden width.

use burn::tensor::{Int, Tensor};
use burn_flex::FlexTensor;
use rayon::prelude::*;

use super::node::{Argument, Saved, guards, leaf, numbers, result_beside};
use super::rows::{Drops, NormSlices, Normed, dropped, norm, norm_backward};
use crate::input::ModelInput;
use crate::ops::{Dropout, EmbeddingParameters, Place, Site};

const N_ARGUMENTS: usize = EmbeddingParameters::N_ARGUMENTS;
/// Rows that a thread sums up at once.
const BLOCK: usize = 32;

struct SavedEmbeddings {
    arguments: [FlexTensor; N_ARGUMENTS],
    /// Rows of the three tables, `[t]` each.
    ids: [Vec<usize>; 3],
    dropout: Site,
    normed: Normed,
    h: usize,
}

/// [`crate::ops::Operations::embeddings`].
pub(super) fn embeddings(
    parameters: EmbeddingParameters,
    input: &ModelInput,
    dropout: &Dropout,
) -> Tensor<2> {
    let [_, h] = parameters.word.dims();
    let (t, eps) = (input.n_rows(), parameters.norm.eps as f32);
    let ids = [&input.input_ids, &input.position_ids, &input.segment_ids].map(rows_of);
    let tied = leaf(&parameters.word);
    let mut arguments = parameters.arguments(Argument::new, Argument::new);
    let guards = guards(&mut arguments);
    let [word, position, segment, weight, bias] = arguments.each_ref().map(Argument::slice);
    let tables = [word, position, segment];
    let mut sums = vec![0.0; t * h];
    sums.par_chunks_mut(BLOCK * h)
        .enumerate()
        .for_each(|(block, sums)| {
            for (at, sum) in sums.chunks_mut(h).enumerate() {
                for (table, ids) in tables.iter().zip(&ids) {
                    let row = &table[ids[block * BLOCK + at] * h..][..h];
                    for (sum, x) in sum.iter_mut().zip(row) {
                        *sum += x;
                    }
                }
            }
        });
    let (after, normed) = norm(sums, NormSlices { weight, bias, eps });
    let site = dropout.at(Place::Embeddings);
    let after = dropped(after, h, Drops::all(site));
    let save = || SavedEmbeddings {
        arguments: arguments.map(|argument| argument.tensor),
        ids,
        dropout: site,
        normed,
        h,
    };
    result_beside(after, [t, h], guards, tied, save)
}

fn rows_of(ids: &Tensor<1, Int>) -> Vec<usize> {
    let ids = ids.clone().into_data();
    ids.iter::<i64>().map(|id| id as usize).collect()
}

impl Saved<N_ARGUMENTS> for SavedEmbeddings {
    fn backward(self, gradient: &[f32], head: Option<Vec<f32>>) -> [Vec<f32>; N_ARGUMENTS] {
        let [word, position, segment, weight, _] = self.arguments.each_ref().map(numbers);
        let gradient = dropped(gradient.to_vec(), self.h, Drops::all(self.dropout));
        let norm = norm_backward(&self.normed, &gradient, weight);
        let zeros = |table: &[f32]| vec![0.0; table.len()];
        // The masked head, which is tied to the word embeddings, has given them a gradient already: rows are added to it.
        let word = head.unwrap_or_else(|| zeros(word));
        let mut tables = [word, zeros(position), zeros(segment)];
        // Each table's rows are added by one thread, in the order of the pieces.
        tables
            .par_iter_mut()
            .zip(&self.ids)
            .for_each(|(table, ids)| {
                for (row, id) in norm.before.chunks(self.h).zip(ids) {
                    for (sum, x) in table[id * self.h..][..self.h].iter_mut().zip(row) {
                        *sum += x;
                    }
                }
            });
        let [word, position, segment] = tables;
        [word, position, segment, norm.weight, norm.bias]
    }

    fn arguments(&self) -> [&FlexTensor; N_ARGUMENTS] {
        self.arguments.each_ref()
    }
}
