//! The arithmetic of one step: the words of a window against the word in its middle and the words drawn against it.
//!
//! Dimensions: i inputs (words of the window), j outputs (the middle word, then those drawn), b blocks of 16 numbers.

use super::rows::Block;

#[cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "vector instructions of the machine, argued there"
    )
)]
mod lanes;

#[cfg(target_arch = "x86_64")]
use lanes::{Avx2, Avx512};
use lanes::{Lanes, Portable};

/// Outputs that are worked on together: their sums and changes stay in registers.
const PANEL: usize = 6;
/// Beyond it a score counts as certain (word2vec.c, `MAX_EXP`).
const CERTAIN: f32 = 6.0;
/// Steps of the sigmoid's table (word2vec.c, `EXP_TABLE_SIZE`).
const TABLE_STEPS: usize = 1000;

/// One step's vectors, copied out; the middle word is the first output.
pub(super) struct Step<'s> {
    /// `[i, b]`
    pub inputs: &'s mut [Block],
    /// `[j, b]`
    pub outputs: &'s mut [Block],
    /// Rate of each input, `[i]`: of a word that stands in the window twice, twice the rate.
    pub rates: &'s [f32],
    /// Blocks of a vector.
    pub n_blocks: usize,
}

/// The widest instructions of this machine, and what the arithmetic looks up.
pub(super) struct Kernel {
    instructions: Instructions,
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
        let score = |step| (2.0 * (step as f32 + 0.5) / TABLE_STEPS as f32 - 1.0) * CERTAIN;
        Self {
            instructions: Instructions::of_machine(),
            sigmoid: (0..TABLE_STEPS)
                .map(|step| 1.0 / (1.0 + (-score(step)).exp()))
                .collect(),
        }
    }

    /// Moves inputs and outputs one step along the gradient; `gains` is scratch.
    ///
    /// Each output is scored against each input as they stood when its panel began, and both sides move together: a
    /// small batch in place of single pairs (Ji et al. 2016, "Parallelizing `Word2Vec` in Shared and Distributed Memory").
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "calls code for instructions that were found")
    )]
    pub(super) fn step(&self, step: &mut Step<'_>, gains: &mut Vec<[f32; PANEL]>) {
        gains.resize(step.rates.len(), [0.0; PANEL]);
        match self.instructions {
            // SAFETY: `of_machine` found these instructions on this machine.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { step_avx512(step, gains, &self.sigmoid) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { step_avx2(step, gains, &self.sigmoid) },
            Instructions::Portable => run::<Portable>(step, gains, &self.sigmoid),
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
fn step_avx512(step: &mut Step<'_>, gains: &mut [[f32; PANEL]], sigmoid: &[f32]) {
    run::<Avx512>(step, gains, sigmoid);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn step_avx2(step: &mut Step<'_>, gains: &mut [[f32; PANEL]], sigmoid: &[f32]) {
    run::<Avx2>(step, gains, sigmoid);
}

/// The same for all instructions.
#[inline(always)]
fn run<L: Lanes>(step: &mut Step<'_>, gains: &mut [[f32; PANEL]], sigmoid: &[f32]) {
    let n_blocks = step.n_blocks;
    let inputs = &mut *step.inputs;
    for (index, outputs) in step.outputs.chunks_mut(PANEL * n_blocks).enumerate() {
        let panel = Panel {
            n_blocks,
            has_middle: index == 0,
            rates: step.rates,
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

struct Panel<'p> {
    n_blocks: usize,
    has_middle: bool,
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

    /// gain = (label − σ(input · output)) × rate, `[i, j]`.
    #[inline(always)]
    fn score<const J: usize, L: Lanes>(
        &self,
        inputs: &[Block],
        outputs: &[Block],
        gains: &mut [[f32; PANEL]],
    ) {
        // Rows of known length, so that nothing is checked in the loops below.
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
                let label = if self.has_middle && j == 0 { 1.0 } else { 0.0 };
                gains[j] = (label - sigmoid(self.sigmoid, sums[j].total())) * rate;
            }
        }
    }

    /// input += `Σ_j` gain × output, output += `Σ_i` gain × input, both from the old values.
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

#[inline(always)]
fn sigmoid(table: &[f32], score: f32) -> f32 {
    if score >= CERTAIN {
        1.0
    } else if score > -CERTAIN {
        let step = (score + CERTAIN) * (TABLE_STEPS as f32 / (2.0 * CERTAIN));
        table[(step as usize).min(TABLE_STEPS - 1)]
    } else {
        // Not a number, too: the run then shows it, and nothing is looked up beyond the table.
        0.0
    }
}

#[cfg(test)]
mod tests;
