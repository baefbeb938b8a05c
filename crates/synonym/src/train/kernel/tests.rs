//! Compares the kernel with a reference that works pair by pair in f64.

#[cfg(target_arch = "x86_64")]
use super::Instructions::Avx2;
use super::{Instructions, Kernel, PANEL, Window};
use crate::train::draws::{Draws, Purpose};
use crate::train::rows::{Block, LANES};

const N_BLOCKS: usize = 3;

fn blocks(n_rows: usize, draws: &mut Draws) -> Vec<Block> {
    let mut block = || Block(std::array::from_fn(|_| draws.share() - 0.5));
    (0..n_rows * N_BLOCKS).map(|_| block()).collect()
}

fn numbers(row: usize, blocks: &[Block]) -> Vec<f64> {
    let blocks = &blocks[row * N_BLOCKS..][..N_BLOCKS];
    blocks.iter().flat_map(|b| b.0).map(f64::from).collect()
}

/// The updated inputs and outputs of a window, without panels, tables and lanes.
fn reference(inputs: &[Block], outputs: &[Block], rates: &[f32]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let rows = |blocks: &[Block]| -> Vec<Vec<f64>> {
        (0..blocks.len() / N_BLOCKS)
            .map(|row| numbers(row, blocks))
            .collect()
    };
    let (x, o) = (rows(inputs), rows(outputs));
    let (mut new_x, mut new_o) = (x.clone(), o.clone());
    for (i, rate) in rates.iter().enumerate() {
        for j in 0..o.len() {
            let score: f64 = x[i].iter().zip(&o[j]).map(|(a, b)| a * b).sum();
            let label = if j == 0 { 1.0 } else { 0.0 };
            let gain = (label - 1.0 / (1.0 + (-score).exp())) * f64::from(*rate);
            for index in 0..N_BLOCKS * LANES {
                new_x[i][index] += gain * o[j][index];
                new_o[j][index] += gain * x[i][index];
            }
        }
    }
    (new_x, new_o)
}

#[track_caller]
fn check(kernel: &Kernel, n_inputs: usize, n_outputs: usize) {
    let mut draws = Draws::new(1, Purpose::Stretch, n_inputs as u64, n_outputs as u64);
    let (mut inputs, mut outputs) = (blocks(n_inputs, &mut draws), blocks(n_outputs, &mut draws));
    let rates: Vec<f32> = (0..n_inputs).map(|i| 0.01 * (i + 1) as f32).collect();
    let (x, o) = reference(&inputs, &outputs, &rates);
    let mut window = Window {
        inputs: &mut inputs,
        outputs: &mut outputs,
        rates: &rates,
        n_blocks: N_BLOCKS,
    };
    kernel.update(&mut window, &mut Vec::new());
    for (expect, found) in [(x, &inputs), (o, &outputs)] {
        for (row, expect) in expect.iter().enumerate() {
            for (a, b) in expect.iter().zip(numbers(row, found)) {
                // The table of the sigmoid is exact to 0.0015, the rate is at most 0.05, a number at most 0.5, and a sum
                // has at most 6 terms.
                assert!((a - b).abs() < 3e-4, "{n_inputs} {n_outputs}: {a} {b}");
            }
        }
    }
}

#[test]
fn an_update_follows_the_gradient_of_all_pairs_on_any_instructions() {
    let mut kernel = Kernel::of_machine();
    for n_outputs in 1..=PANEL {
        for n_inputs in [1, 2, 5] {
            check(&kernel, n_inputs, n_outputs);
        }
    }
    kernel.instructions = Instructions::Portable;
    check(&kernel, 3, 4);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn avx2_and_avx512_give_the_same_bits() {
    let mut kernel = Kernel::of_machine();
    if !matches!(kernel.instructions, Instructions::Avx512) {
        return;
    }
    let mut draws = Draws::new(4, Purpose::Stretch, 0, 0);
    let (inputs, outputs) = (blocks(5, &mut draws), blocks(PANEL, &mut draws));
    let mut run = |instructions| {
        kernel.instructions = instructions;
        let (mut inputs, mut outputs) = (inputs.clone(), outputs.clone());
        let mut window = Window {
            inputs: &mut inputs,
            outputs: &mut outputs,
            rates: &[0.025; 5],
            n_blocks: N_BLOCKS,
        };
        kernel.update(&mut window, &mut Vec::new());
        (inputs, outputs)
    };
    assert_eq!(run(Avx2), run(Instructions::Avx512));
}

#[test]
fn outputs_beyond_a_panel_are_a_panel_of_their_own() {
    let kernel = Kernel::of_machine();
    let mut draws = Draws::new(3, Purpose::Stretch, 0, 0);
    let (inputs, outputs) = (blocks(2, &mut draws), blocks(PANEL + 2, &mut draws));
    let run = |inputs: &mut [Block], outputs: &mut [Block]| {
        let mut window = Window {
            inputs,
            outputs,
            rates: &[0.025, 0.025],
            n_blocks: N_BLOCKS,
        };
        kernel.update(&mut window, &mut Vec::new());
    };
    let (mut x, mut o) = (inputs.clone(), outputs.clone());
    run(&mut x, &mut o);
    let (mut first_x, mut first_o) = (inputs, outputs[..PANEL * N_BLOCKS].to_vec());
    run(&mut first_x, &mut first_o);
    assert_eq!(o[..PANEL * N_BLOCKS], first_o);
    assert_ne!(x, first_x, "the second panel moves them too");
}

#[test]
fn scores_beyond_the_table_give_0_or_1() {
    let kernel = Kernel::of_machine();
    let of = |score| super::sigmoid(&kernel.sigmoid, score);
    assert_eq!((of(6.0), of(-6.0), of(f32::NAN)), (1.0, 0.0, 0.0));
    assert!((of(0.0) - 0.5).abs() < 0.002 && (of(5.999) - 0.9975).abs() < 0.001);
}
