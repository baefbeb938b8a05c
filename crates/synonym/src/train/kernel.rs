//! The arithmetic of one window: updates the context words against the centre word and the negative samples.
//!
//! Dimensions: i inputs (context words), j outputs (the centre word, then the negative samples), b blocks of 16 numbers.

use crate::train::rows::Block;

#[cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "vector intrinsics; the file says why they are sound"
    )
)]
mod lanes;

#[cfg(target_arch = "x86_64")]
use lanes::{Avx2, Avx512};
use lanes::{Lanes, Portable};

/// Outputs per panel. Outputs of a panel are updated together, so that their sums stay in registers.
pub(super) const PANEL: usize = 6;
/// The score from which the sigmoid counts as 0 or 1 (word2vec.c, `MAX_EXP`).
const CERTAIN: f32 = 6.0;
/// The size of the sigmoid's table (word2vec.c, `EXP_TABLE_SIZE`).
const TABLE_SIZE: usize = 1000;

/// Copies of the vectors of one window.
pub(super) struct Window<'s> {
    /// The vectors of the context words, `[i, b]`.
    pub inputs: &'s mut [Block],
    /// The vectors of the centre word and of the negative samples, `[j, b]`.
    pub outputs: &'s mut [Block],
    /// The learning rate of each context word, `[i]`; a word that occurs twice has twice the rate.
    pub rates: &'s [f32],
    /// Blocks per vector.
    pub n_blocks: usize,
}

/// Updates windows with the widest vector instructions of the machine.
pub(super) struct Kernel {
    instructions: Instructions,
    /// The sigmoid of scores from `-CERTAIN` to `CERTAIN`, `[TABLE_SIZE]`.
    sigmoid: Vec<f32>,
}

#[derive(Clone, Copy, Debug)]
enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Kernel {
    pub(super) fn of_machine() -> Self {
        let score = |index| (2.0 * (index as f32 + 0.5) / TABLE_SIZE as f32 - 1.0) * CERTAIN;
        Self {
            instructions: Instructions::of_machine(),
            sigmoid: (0..TABLE_SIZE)
                .map(|index| 1.0 / (1.0 + (-score(index)).exp()))
                .collect(),
        }
    }

    /// Moves inputs and outputs along the gradient; `gains` is a buffer.
    ///
    /// All pairs of a panel are scored with the vectors from before the panel, then both sides move together. So a panel
    /// is a small batch (Ji et al. 2016, "Parallelizing `Word2Vec` in Shared and Distributed Memory"). word2vec.c updates
    /// after each pair.
    #[cfg_attr(
        target_arch = "x86_64",
        expect(
            unsafe_code,
            reason = "calls functions that enable instructions the machine has"
        )
    )]
    pub(super) fn update(&self, window: &mut Window<'_>, gains: &mut Vec<[f32; PANEL]>) {
        gains.resize(window.rates.len(), [0.0; PANEL]);
        match self.instructions {
            // SAFETY: `of_machine` found these instructions on this machine.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { update_avx512(window, gains, &self.sigmoid) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { update_avx2(window, gains, &self.sigmoid) },
            Instructions::Portable => update::<Portable>(window, gains, &self.sigmoid),
        }
    }
}

impl Instructions {
    fn of_machine() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Self::Avx2;
            }
        }
        Self::Portable
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn update_avx512(window: &mut Window<'_>, gains: &mut [[f32; PANEL]], sigmoid: &[f32]) {
    update::<Avx512>(window, gains, sigmoid);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn update_avx2(window: &mut Window<'_>, gains: &mut [[f32; PANEL]], sigmoid: &[f32]) {
    update::<Avx2>(window, gains, sigmoid);
}

/// Updates a window panel by panel, with any vector instructions.
#[inline(always)]
fn update<L: Lanes>(window: &mut Window<'_>, gains: &mut [[f32; PANEL]], sigmoid: &[f32]) {
    let n_blocks = window.n_blocks;
    let inputs = &mut *window.inputs;
    for (index, outputs) in window.outputs.chunks_mut(PANEL * n_blocks).enumerate() {
        let panel = Panel {
            n_blocks,
            has_centre: index == 0,
            rates: window.rates,
            sigmoid,
        };
        match outputs.len() / n_blocks {
            1 => panel.run::<1, L>(inputs, outputs, gains),
            2 => panel.run::<2, L>(inputs, outputs, gains),
            3 => panel.run::<3, L>(inputs, outputs, gains),
            4 => panel.run::<4, L>(inputs, outputs, gains),
            5 => panel.run::<5, L>(inputs, outputs, gains),
            _ => panel.run::<PANEL, L>(inputs, outputs, gains),
        }
    }
}

/// Up to [`PANEL`] outputs that are updated together.
struct Panel<'p> {
    n_blocks: usize,
    /// Whether the first output is the centre word.
    has_centre: bool,
    rates: &'p [f32],
    sigmoid: &'p [f32],
}

impl Panel<'_> {
    #[inline(always)]
    fn run<const J: usize, L: Lanes>(
        &self,
        inputs: &mut [Block],
        outputs: &mut [Block],
        gains: &mut [[f32; PANEL]],
    ) {
        self.score::<J, L>(inputs, outputs, gains);
        self.update::<J, L>(inputs, outputs, gains);
    }

    /// Computes gain = (label − σ(input · output)) × rate, `[i, j]`.
    #[inline(always)]
    fn score<const J: usize, L: Lanes>(
        &self,
        inputs: &[Block],
        outputs: &[Block],
        gains: &mut [[f32; PANEL]],
    ) {
        // Slices of a known length, so that the loops below need no bounds checks.
        let n_blocks = self.n_blocks;
        let outputs: [&[Block]; J] = std::array::from_fn(|j| &outputs[j * n_blocks..][..n_blocks]);
        let inputs = inputs.chunks_exact(n_blocks);
        for ((input, gains), rate) in inputs.zip(gains).zip(self.rates) {
            let mut sums = [L::splat(0.0); J];
            for b in 0..n_blocks {
                let x = L::load(&input[b]);
                for j in 0..J {
                    sums[j] = sums[j].add_product(x, L::load(&outputs[j][b]));
                }
            }
            for j in 0..J {
                let label = if self.has_centre && j == 0 { 1.0 } else { 0.0 };
                gains[j] = (label - sigmoid(self.sigmoid, sums[j].total())) * rate;
            }
        }
    }

    /// Adds `Σ_j` gain × output to each input and `Σ_i` gain × input to each output, both from the old values.
    #[inline(always)]
    fn update<const J: usize, L: Lanes>(
        &self,
        inputs: &mut [Block],
        outputs: &mut [Block],
        gains: &[[f32; PANEL]],
    ) {
        for b in 0..self.n_blocks {
            let old: [L; J] = std::array::from_fn(|j| L::load(&outputs[j * self.n_blocks + b]));
            let mut new = old;
            let rows = inputs.chunks_exact_mut(self.n_blocks);
            for (input, gains) in rows.zip(gains) {
                let x = L::load(&input[b]);
                let mut moved = x;
                for j in 0..J {
                    let gain = L::splat(gains[j]);
                    moved = moved.add_product(gain, old[j]);
                    new[j] = new[j].add_product(gain, x);
                }
                moved.store(&mut input[b]);
            }
            for (j, new) in new.into_iter().enumerate() {
                new.store(&mut outputs[j * self.n_blocks + b]);
            }
        }
    }
}

/// The sigmoid of a score, from the table. NaN gives 0, so that no look-up goes beyond the table; the vectors themselves
/// show that a run diverged.
#[inline(always)]
fn sigmoid(table: &[f32], score: f32) -> f32 {
    if score >= CERTAIN {
        1.0
    } else if score > -CERTAIN {
        let index = (score + CERTAIN) * (TABLE_SIZE as f32 / (2.0 * CERTAIN));
        table[(index as usize).min(TABLE_SIZE - 1)]
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests;
