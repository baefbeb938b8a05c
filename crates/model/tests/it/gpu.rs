//! Operations of an NVIDIA GPU compared with those of the CPU.
//!
//! They need a GPU, so they are ignored unless asked for:
//! `cargo test -p model --features tch --test it gpu -- --ignored`.

use burn::tensor::Device;
use model::{BertConfig, BertForPreTraining, Implementation, Labels, ModelInput, Precision};

use crate::numbers::Step;

/// Sizes of the vocabulary: a multiple of 8, and none, as a user's may be.
const N_PIECES: [usize; 2] = [1000, 1003];
/// Pieces of each example.
const LENGTHS: [u32; 7] = [64, 9, 33, 2, 128, 50, 17];
const LENGTH: usize = 128;

#[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
fn cpu() -> Device {
    Device::libtorch().autodiff()
}

#[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
fn gpu() -> Device {
    Device::libtorch_cuda(0).autodiff()
}

/// Two layers with heads of width 64, as BERT's are.
fn model(n_pieces: usize, device: &Device) -> BertForPreTraining {
    let config = BertConfig {
        num_attention_heads: 3,
        // Large weights, so that a mistake in any operation shows.
        initializer_range: 0.1,
        ..BertConfig::new(n_pieces, 2, 192)
    };
    BertForPreTraining::new(&config, device, 3).expect("a sound config")
}

/// Loss and gradients of a batch of examples of unequal length.
fn step(model: &BertForPreTraining) -> Step {
    let piece = |at: usize| (1 + at * 37 % 990) as i32;
    let ids: Vec<i32> = (0..LENGTHS.len() * LENGTH).map(piece).collect();
    let segments: Vec<i32> = (0..ids.len())
        .map(|at| i32::from(at % LENGTH > 4))
        .collect();
    let input = ModelInput::new(&ids, &segments, &LENGTHS, LENGTH, 5, &model.device());
    let examples = LENGTHS.iter().enumerate();
    let masked: Vec<i32> = examples
        .flat_map(|(example, &length)| {
            (1..length as i32)
                .step_by(6)
                .map(move |at| (example * LENGTH) as i32 + at)
        })
        .collect();
    let labels: Vec<i32> = masked.iter().map(|&at| piece(at as usize + 1)).collect();
    let order: Vec<i32> = (0..LENGTHS.len()).map(|i| (i % 2) as i32).collect();
    let labels = Labels {
        masked_indices: &masked,
        masked: &labels,
        order: &order,
        n_of_step: masked.len() as u64,
        n_order_of_step: order.len() as u64,
    };
    Step::of(model, &model.losses(&input, &labels).total().unwrap())
}

#[test]
#[ignore = "needs an NVIDIA GPU"]
fn a_gpu_in_f32_matches_the_reference_operations() {
    let expected = step(
        &model(N_PIECES[0], &cpu())
            .with_dropout(0.0, 0.0)
            .with_implementation(Implementation::Reference),
    );
    let found = step(&model(N_PIECES[0], &gpu()).with_dropout(0.0, 0.0));
    let loss_error = found.loss_error(&expected);
    assert!(loss_error < 1e-5, "the loss is off by {loss_error}");
    let distance = found.distance(&expected);
    let each = found.distances(&expected);
    assert!(distance < 1e-5, "gradients are off by {distance}: {each:?}");
}

/// Dropout masks of hidden states are the same on every device; a GPU draws those of attention probabilities by itself.
#[test]
#[ignore = "needs an NVIDIA GPU"]
fn a_gpu_in_bf16_is_as_close_to_f32_as_the_cpu() {
    for n_pieces in N_PIECES {
        for dropout in [0.0, 0.1] {
            let run = |device: &Device, precision| {
                let model = model(n_pieces, device).with_dropout(dropout, 0.0);
                step(&model.with_precision(precision).expect("LibTorch has it"))
            };
            let expected = run(&cpu(), Precision::F32);
            let cpu = run(&cpu(), Precision::Bf16).distance(&expected);
            let found = run(&gpu(), Precision::Bf16);
            let loss_error = found.loss_error(&expected);
            assert!(loss_error < 2e-3, "the loss is off by {loss_error}");
            let (gpu, each) = (found.distance(&expected), found.distances(&expected));
            assert!(
                gpu < 1.5 * cpu,
                "gradients are off by {gpu}, on the CPU by {cpu}: {each:?}"
            );
            for (name, distance) in each {
                // The gradient of the keys' bias is 0 but for rounding.
                assert!(
                    name.contains("key.bias") || distance < 0.05,
                    "{name} is off by {distance}"
                );
            }
        }
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU"]
fn dropout_on_a_gpu_follows_from_its_seed() {
    for precision in [Precision::F32, Precision::Bf16] {
        let model = model(N_PIECES[0], &gpu()).with_dropout(0.1, 0.1);
        let model = model.with_precision(precision).expect("LibTorch has it");
        let (first, again) = (step(&model).loss, step(&model).loss);
        assert!((first / again - 1.0).abs() < 1e-5, "{first} {again}");
        let without = step(&model.with_dropout(0.0, 0.0)).loss;
        assert!((first / without - 1.0).abs() > 1e-4, "{first} {without}");
    }
}
