//! The three embeddings, their norm and dropout as one operation.
//!
//! Dimensions: `t` pieces of all examples, `h` hidden width.

use burn::tensor::{Int, Tensor};
use burn_flex::FlexTensor;
use rayon::prelude::*;

use super::node::{Argument, Saved, leaf, result_accumulating, values};
use super::rows::{NormSlices, Normed, RowDropout, dropped, norm, norm_backward};
use crate::input::ModelInput;
use crate::ops::contract::EmbeddingParameters;
use crate::ops::dropout::{Dropout, Place, Site};
use crate::ops::tensors::{EmbeddingTensors, N_EMBEDDING_TENSORS};

/// Rows that a thread looks up at a time.
const BLOCK: usize = 32;

struct SavedEmbeddings {
    arguments: EmbeddingTensors<FlexTensor>,
    ids: TableRows,
    dropout: Site,
    normed: Normed,
    h: usize,
}

/// The row of each table that each piece looks up, `[t]` each.
struct TableRows {
    word: Vec<usize>,
    position: Vec<usize>,
    segment: Vec<usize>,
}

/// [`crate::ops::contract::Operations::embeddings`].
pub(super) fn embeddings(
    parameters: EmbeddingParameters,
    input: &ModelInput,
    dropout: &Dropout,
) -> Tensor<2> {
    let [_, h] = parameters.word.dims();
    let (t, eps) = (input.n_rows(), parameters.norm.eps as f32);
    let ids = TableRows::of(input);
    let tied = leaf(&parameters.word);
    let arguments = parameters.tensors(Argument::new, Argument::new);
    let slices = arguments.each_ref().map(Argument::slice);
    let (after, normed) = norm(
        sums(&slices, &ids, t, h),
        NormSlices {
            weight: slices.norm_weight,
            bias: slices.norm_bias,
            eps,
        },
    );
    let site = dropout.at(Place::Embeddings);
    let after = dropped(after, h, RowDropout::of_all(site));
    let save = |arguments| SavedEmbeddings {
        arguments: EmbeddingTensors::from_array(arguments),
        ids,
        dropout: site,
        normed,
        h,
    };
    result_accumulating(after, [t, h], arguments.into_array(), tied, save)
}

/// Adds the three embeddings of each piece, `[t, h]`.
fn sums(tables: &EmbeddingTensors<&[f32]>, ids: &TableRows, t: usize, h: usize) -> Vec<f32> {
    let lookups = [
        (tables.word, &ids.word),
        (tables.position, &ids.position),
        (tables.segment, &ids.segment),
    ];
    let mut sums = vec![0.0; t * h];
    sums.par_chunks_mut(BLOCK * h)
        .enumerate()
        .for_each(|(block, sums)| {
            for (at, sum) in sums.chunks_mut(h).enumerate() {
                for (table, ids) in lookups {
                    let row = &table[ids[block * BLOCK + at] * h..][..h];
                    for (sum, x) in sum.iter_mut().zip(row) {
                        *sum += x;
                    }
                }
            }
        });
    sums
}

impl TableRows {
    fn of(input: &ModelInput) -> Self {
        let rows = |ids: &Tensor<1, Int>| {
            let ids = ids.clone().into_data();
            ids.iter::<i64>().map(|id| id as usize).collect()
        };
        Self {
            word: rows(&input.input_ids),
            position: rows(&input.position_ids),
            segment: rows(&input.segment_ids),
        }
    }
}

impl Saved<N_EMBEDDING_TENSORS> for SavedEmbeddings {
    fn backward(
        self,
        gradient: &[f32],
        accumulated: Option<Vec<f32>>,
    ) -> [Vec<f32>; N_EMBEDDING_TENSORS] {
        let arguments = self.arguments.each_ref().map(values);
        let gradient = dropped(gradient.to_vec(), self.h, RowDropout::of_all(self.dropout));
        let norm = norm_backward(&self.normed, &gradient, arguments.norm_weight);
        let zeros = |table: &[f32]| vec![0.0; table.len()];
        // The masked head, which is tied to the word embeddings, has given them a gradient already: rows are added to it.
        let mut word = accumulated.unwrap_or_else(|| zeros(arguments.word));
        let mut position = zeros(arguments.position);
        let mut segment = zeros(arguments.segment);
        // Each table's rows are added by one thread, in the order of the pieces.
        let tables = [
            (&mut word, &self.ids.word),
            (&mut position, &self.ids.position),
            (&mut segment, &self.ids.segment),
        ];
        tables.into_par_iter().for_each(|(table, ids)| {
            for (row, id) in norm.before.chunks(self.h).zip(ids) {
                for (sum, x) in table[id * self.h..][..self.h].iter_mut().zip(row) {
                    *sum += x;
                }
            }
        });
        EmbeddingTensors {
            word,
            position,
            segment,
            norm_weight: norm.weight,
            norm_bias: norm.bias,
        }
        .into_array()
    }

    fn arguments(&self) -> [&FlexTensor; N_EMBEDDING_TENSORS] {
        self.arguments.each_ref().into_array()
    }
}
