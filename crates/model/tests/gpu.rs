//! Operations of an NVIDIA GPU against those of the CPU. Needs one: `cargo test -p model --features tch -- --ignored`.
#![cfg(feature = "tch")]

mod common;

use std::collections::BTreeMap;

use burn::optim::GradientsParams;
use burn::tensor::Device;
use common::{gradients, values};
use model::{BertConfig, BertForPreTraining, Implementation, Labels, ModelInput, Precision};

/// Pieces of the vocabulary: no multiple of 8, as users' may be.
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

/// Two layers with heads of 64, as BERT's are.
fn model(n_pieces: usize, device: &Device) -> BertForPreTraining {
    let config = BertConfig {
        num_attention_heads: 3,
        // Wide, so that a mistake in any part shows.
        initializer_range: 0.1,
        ..BertConfig::new(n_pieces, 2, 192)
    };
    BertForPreTraining::new(&config, device, 3).expect("a sound config")
}

type Outcome = (f64, BTreeMap<String, Vec<f32>>);

/// Loss and gradients of a batch of unequal examples.
fn outcome(model: &BertForPreTraining) -> Outcome {
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
    let loss = model.losses(&input, &labels).total;
    let found = GradientsParams::from_grads(loss.backward(), model);
    (f64::from(values(loss)[0]), gradients(model, found))
}

/// ‖found − expected‖ / ‖expected‖ of each parameter's gradient, and of all.
fn distances((_, found): &Outcome, (_, expected): &Outcome) -> (BTreeMap<String, f64>, f64) {
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>();
    let (mut all, mut whole) = (0.0, 0.0);
    let each = expected.iter().map(|(name, expected)| {
        let pairs = || found[name].iter().zip(expected);
        let apart = norm(&mut pairs().map(|(x, y)| f64::from(x - y)));
        let size = norm(&mut expected.iter().map(|x| f64::from(*x)));
        all += apart;
        whole += size;
        (name.clone(), (apart / size.max(1e-12)).sqrt())
    });
    let each = each.collect();
    (each, (all / whole).sqrt())
}

#[test]
#[ignore = "needs an NVIDIA GPU"]
fn a_gpu_in_f32_is_the_plain_operations() {
    let expected = outcome(
        &model(N_PIECES[0], &cpu())
            .with_dropout(0.0, 0.0)
            .with_implementation(Implementation::Reference),
    );
    let found = outcome(&model(N_PIECES[0], &gpu()).with_dropout(0.0, 0.0));
    assert!(
        (found.0 / expected.0 - 1.0).abs() < 1e-5,
        "{} {}",
        found.0,
        expected.0
    );
    let (each, all) = distances(&found, &expected);
    assert!(all < 1e-5, "gradients are off by {all}: {each:?}");
}

/// Masks of hidden states are a value, on every device; those of attention shares are LibTorch's own on a GPU.
#[test]
#[ignore = "needs an NVIDIA GPU"]
fn a_gpu_in_bf16_is_as_near_as_the_cpu() {
    for n_pieces in N_PIECES {
        for dropout in [0.0, 0.1] {
            let run = |device: &Device, precision| {
                let model = model(n_pieces, device).with_dropout(dropout, 0.0);
                outcome(&model.with_precision(precision).expect("LibTorch has it"))
            };
            let expected = run(&cpu(), Precision::F32);
            let (_, cpu) = distances(&run(&cpu(), Precision::Bf16), &expected);
            let found = run(&gpu(), Precision::Bf16);
            assert!(
                (found.0 / expected.0 - 1.0).abs() < 2e-3,
                "{} {}",
                found.0,
                expected.0
            );
            let (each, all) = distances(&found, &expected);
            assert!(
                all < 1.5 * cpu,
                "gradients are off by {all}, on the CPU by {cpu}: {each:?}"
            );
            for (name, apart) in each {
                // The gradient of the keys' bias is 0 but for rounding.
                assert!(
                    name.contains("key.bias") || apart < 0.05,
                    "{name} is off by {apart}"
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
        let (first, again) = (outcome(&model).0, outcome(&model).0);
        assert!((first / again - 1.0).abs() < 1e-5, "{first} {again}");
        let without = outcome(&model.with_dropout(0.0, 0.0)).0;
        assert!((first / without - 1.0).abs() > 1e-4, "{first} {without}");
    }
}
