//! Training steps on request, for `cargo xtask bench train`: `step DEVICE BODIES SIZE LENGTH EXAMPLES PRECISION PADDING`.
//!
//! BODIES is `native` (the device's own operations) or `plain` (burn's operations). PRECISION is `f32` or `bf16`. PADDING
//! is the share of the batch's positions that are padding, in percent.
//!
//! The program prints `ready`, the pieces of a step and its floating point operations. For each line with a number n on
//! its standard input it then runs n steps, and prints the seconds of each. These are n times the mean: a GPU only queues
//! the steps, and the program waits for it after the last one. Pieces, labels and weights are made up, because only the
//! time counts.
#![expect(clippy::print_stdout, reason = "another program reads what it prints")]

use std::io::{BufRead as _, Write as _};
use std::time::Instant;

use dataset::{Batch, StepBatch};
use model::{BertConfig, BertForPreTraining, Implementation, Precision};
use optimizer::{Optimizer, OptimizerName, OptimizerOptions, OptimizerState, QueuedStats};
use trainer::training_step;

/// Pieces of the published Chinese vocabulary.
const N_PIECES: usize = 21_128;
/// How many of 100 pieces are masked.
const MASKED: usize = 15;

fn main() {
    // Cargo adds `--bench` of its own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let [
        device,
        implementation,
        size,
        length,
        n_examples,
        precision,
        padding,
    ] = &arguments[..]
    else {
        println!(
            "step: give DEVICE, BODIES, SIZE, LENGTH, EXAMPLES, PRECISION and PADDING to run it"
        );
        return;
    };
    let device = device::by_name(device)
        .expect("a device of this build")
        .autodiff();
    let implementation = match implementation.as_str() {
        "native" => Implementation::Fused,
        "plain" => Implementation::Reference,
        other => panic!("expected native or plain, found {other}"),
    };
    if implementation == Implementation::Fused {
        // As the program does. With burn's operations, the process stays as users of burn have it.
        device::tune_process(&arguments[0]).expect("a program that can be started again");
    }
    let precision = match precision.as_str() {
        "f32" => Precision::F32,
        "bf16" => Precision::Bf16,
        other => panic!("expected f32 or bf16, found {other}"),
    };
    let model = BertForPreTraining::new(&config(size), &device, 1).expect("a sound config");
    let model = model
        .with_implementation(implementation)
        .with_precision(precision);
    let mut model = model.expect("a device that has the precision");
    let batch = step_batch(
        length.parse().expect("a length"),
        n_examples.parse().expect("a number"),
        padding.parse().expect("a share in percent"),
    );
    let optimizer = Optimizer::new(OptimizerOptions {
        name: OptimizerName::Adamw,
        peak_rate: 1e-4,
        warmup_steps: 0,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-6,
        momentum: None,
        weight_decay: 0.01,
        clip_norm: 1.0,
    });
    let mut state = OptimizerState::default();
    say(&format!(
        "ready {} {}",
        batch.n_tokens,
        trainer::step_flops(model.config(), &batch)
    ));
    for line in std::io::stdin().lock().lines() {
        let n_steps: usize = line
            .expect("a line")
            .trim()
            .parse()
            .expect("a number of steps");
        let start = Instant::now();
        let mut last = None;
        for _ in 0..n_steps {
            let (next, stats) = training_step(model, &batch, &optimizer, &mut state, 1e-4)
                .expect("a model with named parameters");
            (model, last) = (next, Some(stats));
        }
        let last = last.map(QueuedStats::read); // waits for the device
        let seconds = start.elapsed().as_secs_f64() / n_steps as f64;
        assert!(
            last.is_none_or(|step| !step.skipped),
            "a step came to numbers that are not finite"
        );
        say(&vec![format!("{seconds:.6}"); n_steps].join(" "));
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .expect("standard output");
}

fn config(size: &str) -> BertConfig {
    let (layers, width, heads) = match size {
        "mini" => (4, 256, 4),
        "base" => (12, 768, 12),
        "large" => (24, 1024, 16),
        other => panic!("expected mini, base or large, found {other}"),
    };
    BertConfig {
        num_attention_heads: heads,
        ..BertConfig::new(N_PIECES, layers, width)
    }
}

/// The number of pieces of each example: from the full length down in even steps, so that `padding` of 100 positions are
/// padding.
fn lengths(length: usize, n_examples: usize, padding: usize) -> Vec<usize> {
    let steps = (n_examples - 1).max(1);
    let cut = |example: usize| 2 * length * padding * example / (100 * steps);
    (0..n_examples)
        .map(|example| length - cut(example))
        .collect()
}

/// Makes a step of one micro-batch.
fn step_batch(length: usize, n_examples: usize, padding: usize) -> StepBatch {
    let piece = |at: usize| (700 + at * 7919 % 20_000) as i32;
    let lengths = lengths(length, n_examples, padding);
    let places = lengths.iter().enumerate().flat_map(|(example, &filled)| {
        let n_masked = filled * MASKED / 100;
        (0..n_masked).map(move |at| (example * length + 1 + at * (filled - 2) / n_masked) as i32)
    });
    let masked_indices: Vec<i32> = places.collect();
    let batch = Batch {
        n_examples,
        length,
        input_ids: (0..n_examples * length).map(piece).collect(),
        segment_ids: (0..n_examples * length)
            .map(|at| i32::from(at % length > length / 2))
            .collect(),
        lengths: lengths.iter().map(|filled| *filled as u32).collect(),
        masked_labels: masked_indices
            .iter()
            .map(|at| piece(*at as usize + 1))
            .collect(),
        masked_indices,
        order_labels: (0..n_examples)
            .map(|example| (example % 2) as i32)
            .collect(),
        dropout_seed: 1,
        ..Batch::default()
    };
    StepBatch::new(1, 0, vec![batch])
}
