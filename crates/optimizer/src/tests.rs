//! Every implementation of the formulas against recorded traces of three parameters over eight steps.

use burn::tensor::{Device, Tensor, TensorData};
use device::numbers;
use safetensors::tensor::SafeTensors;

use crate::host;
use crate::optimizer::Optimizer;
use crate::options::{OptimizerName, OptimizerOptions};
use crate::schedule::learning_rate;
use crate::update::{Moments, Update};

const PARAMETERS: [(&str, bool); 3] = [("matrix", true), ("bias", false), ("norm", false)];
const NAMES: [(OptimizerName, &str); 4] = [
    (OptimizerName::Adamw, "adamw"),
    (OptimizerName::Lamb, "lamb"),
    (OptimizerName::LambClipped, "lamb_clipped"),
    (OptimizerName::LambNvidia, "lamb_nvidia"),
];

/// An update: the optimizer, the learning rate, and the number of the update.
struct At {
    options: OptimizerOptions,
    learning_rate: f64,
    t: u64,
}

impl At {
    fn new(name: OptimizerName, learning_rate: f64, t: u64) -> Self {
        let options = options(name);
        Self {
            options,
            learning_rate,
            t,
        }
    }

    fn update(&self) -> Update {
        Update::new(&self.options, self.learning_rate, self.t)
    }
}

/// Takes the update, parameter, gradient, the gradient's factor, moments, and whether the parameter decays.
type Apply = fn(&At, Tensor<1>, Tensor<1>, f64, Moments, bool) -> (Tensor<1>, Moments);

fn by_operations(
    at: &At,
    parameter: Tensor<1>,
    gradient: Tensor<1>,
    factor: f64,
    moments: Moments,
    decays: bool,
) -> (Tensor<1>, Moments) {
    at.update()
        .apply(parameter, gradient * factor, moments, decays)
}

fn by_host(
    at: &At,
    parameter: Tensor<1>,
    gradient: Tensor<1>,
    factor: f64,
    moments: Moments,
    decays: bool,
) -> (Tensor<1>, Moments) {
    host::apply(&at.update(), parameter, gradient, factor, moments, decays)
}

/// An implementation of the formulas, and a device that it runs on.
struct Implementation {
    name: &'static str,
    device: fn() -> Device,
    apply: Apply,
}

const IMPLEMENTATIONS: &[Implementation] = &[
    Implementation {
        name: "operations",
        device: Device::flex,
        apply: by_operations,
    },
    Implementation {
        name: "host",
        device: Device::flex,
        apply: by_host,
    },
    #[cfg(feature = "tch")]
    Implementation {
        name: "LibTorch",
        device: libtorch_device,
        apply: by_libtorch,
    },
];

#[cfg(feature = "tch")]
#[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
fn libtorch_device() -> Device {
    Device::libtorch()
}

#[cfg(feature = "tch")]
fn by_libtorch(
    at: &At,
    parameter: Tensor<1>,
    gradient: Tensor<1>,
    factor: f64,
    moments: Moments,
    decays: bool,
) -> (Tensor<1>, Moments) {
    let mut groups = crate::libtorch::Groups::default();
    let updated = groups.add(decays, parameter, gradient, moments);
    if at.options.name == OptimizerName::Adamw {
        let number = |number: f64| tch::Tensor::from_slice(&[number as f32]);
        let decision = ::libtorch::update::Decision {
            t: number(at.t as f64),
            scale: number(1.0 / factor),
            skipped: number(0.0),
        };
        groups.adamw(&at.options, at.learning_rate, &decision);
    } else {
        groups.lamb(&at.update(), factor);
    }
    updated
}

fn stored(file: &SafeTensors<'_>, name: &str) -> Vec<f64> {
    let data = file.tensor(name).expect(name).data();
    data.as_chunks::<8>()
        .0
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect()
}

fn options(name: OptimizerName) -> OptimizerOptions {
    OptimizerOptions {
        name,
        peak_rate: 0.01,
        warmup_steps: 3,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-6,
        momentum: None,
        weight_decay: 0.01,
        clip_norm: 1.0,
    }
}

fn tensor(values: &[f64], device: &Device) -> Tensor<1> {
    let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    let length = values.len();
    Tensor::from_data(TensorData::new(values, [length]), device)
}

/// Runs the eight steps of a trace, and returns the largest difference from it.
fn difference(
    file: &SafeTensors<'_>,
    name: OptimizerName,
    trace: &str,
    implementation: &Implementation,
) -> f64 {
    let device = &(implementation.device)();
    let optimizer = Optimizer::new(options(name));
    let norms = stored(file, "gradient_norm");
    let mut worst: f64 = 0.0;
    for (parameter, decays) in PARAMETERS {
        let gradients = stored(file, &format!("grad.{parameter}"));
        let expected = stored(file, &format!("{trace}.{parameter}"));
        let size = expected.len() / 9;
        let mut value = tensor(&expected[..size], device);
        let mut moments = Moments {
            first: value.zeros_like(),
            second: value.zeros_like(),
        };
        for t in 1..=8 {
            let gradient = tensor(&gradients[(t - 1) * size..t * size], device);
            let factor = optimizer.clip_factor(norms[t - 1]);
            let learning_rate = learning_rate(t as u64, 0.01, 3, 10);
            let at = At::new(name, learning_rate, t as u64);
            let apply = implementation.apply;
            (value, moments) = apply(&at, value, gradient, factor, moments, decays);
            let found = numbers(value.clone());
            for (found, expected) in found.iter().zip(&expected[t * size..]) {
                worst = worst.max((found - expected).abs());
            }
        }
    }
    worst
}

fn check(path: &str) -> bool {
    let Ok(bytes) = std::fs::read(path) else {
        return false;
    };
    let file = SafeTensors::deserialize(&bytes).expect("safetensors");
    for (name, trace) in NAMES {
        for implementation in IMPLEMENTATIONS {
            let worst = difference(&file, name, trace, implementation);
            assert!(worst < 1e-6, "{trace} by {}: {worst}", implementation.name);
        }
    }
    true
}

#[test]
fn updates_follow_the_projects_own_traces() {
    assert!(check(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/optimizer.safetensors"
    )));
}

#[test]
#[expect(clippy::print_stderr, reason = "says that it checked nothing")]
fn updates_follow_the_reference_traces_where_they_are_there() {
    let there = check(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/reference/optimizer.safetensors"
    ));
    if !there {
        eprintln!("the reference traces are not there: not checked");
    }
}

/// One update computed by hand: g = 0.8 · 0.5 = 0.4, m = 0.5 · 0.2 + 0.5 · 0.4 = 0.3, v = 0.75 · 0.28 + 0.25 · 0.16 = 0.25. The
/// moments are not divided by 1 − βᵗ, so the direction is 0.3 ÷ (√0.25 + 0.1) = 0.5, and with decay 0.5 + 0.5 · 2 = 1.5.
#[test]
fn google_s_adam_does_not_correct_its_moments_and_decays_weights() {
    let at = At {
        options: OptimizerOptions {
            beta1: 0.5,
            beta2: 0.75,
            epsilon: 0.1,
            weight_decay: 0.5,
            ..options(OptimizerName::BertAdam)
        },
        learning_rate: 0.1,
        t: 3,
    };
    for implementation in IMPLEMENTATIONS {
        let device = &(implementation.device)();
        let one = |value: f64| tensor(&[value], device);
        for (decays, expected) in [(true, 1.85), (false, 1.95)] {
            let moments = Moments {
                first: one(0.2),
                second: one(0.28),
            };
            let (value, moments) =
                (implementation.apply)(&at, one(2.0), one(0.8), 0.5, moments, decays);
            let found = [value, moments.first, moments.second].map(|tensor| numbers(tensor)[0]);
            for (a, b) in found.iter().zip([expected, 0.3, 0.25]) {
                assert!((a - b).abs() < 1e-6, "{}: {found:?}", implementation.name);
            }
        }
    }
}

fn uneven(n: usize, scale: f64) -> Tensor<1> {
    let values: Vec<f64> = (0..n)
        .map(|i| (i as f64 * 0.7).sin() * scale * (1.0 + i as f64 / 1e4))
        .collect();
    tensor(&values, &Device::flex())
}

/// 40,001 elements are several blocks, the last of which is not full.
#[test]
fn the_host_agrees_with_the_operations_at_any_size() {
    for (name, _) in NAMES {
        for n in [1, 7, 40_001] {
            let at = At::new(name, 0.01, 2);
            let run = |apply: Apply| {
                let moments = Moments {
                    first: uneven(n, 0.1),
                    second: uneven(n, 0.1).abs(),
                };
                let (value, gradient) = (uneven(n, 1.0), uneven(n, 3.0));
                let (parameter, moments) = apply(&at, value, gradient, 0.4, moments, true);
                [parameter, moments.first, moments.second].map(numbers)
            };
            for (operations, host) in run(by_operations).into_iter().zip(run(by_host)) {
                for (a, b) in operations.iter().zip(&host) {
                    assert!(
                        (a - b).abs() <= 2e-6 * a.abs().max(0.1),
                        "{name:?}: {a} {b}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_host_gives_the_same_bits_for_any_number_of_threads() {
    let run = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
        pool.build().expect("a pool").install(|| {
            let n = 100_003;
            let moments = Moments {
                first: uneven(n, 0.1),
                second: uneven(n, 0.1).abs(),
            };
            let at = At::new(OptimizerName::Lamb, 0.01, 2);
            let (value, gradient) = (uneven(n, 1.0), uneven(n, 3.0));
            let (parameter, _) = by_host(&at, value, gradient, 0.4, moments, true);
            (numbers(parameter), host::squares(uneven(n, 3.0)).0)
        })
    };
    assert_eq!(run(1), run(4));
}

#[test]
fn the_global_norm_is_clipped_and_small_gradients_are_left() {
    let factor = |name, norm| Optimizer::new(options(name)).clip_factor(norm);
    assert!((factor(OptimizerName::Adamw, 4.0) - 0.25).abs() < 1e-12);
    assert!((factor(OptimizerName::LambNvidia, 0.5) - 1.0).abs() < 1e-12);
    assert!((factor(OptimizerName::Adamw, 0.0) - 1.0).abs() < 1e-12);
    assert!((factor(OptimizerName::Lamb, 4.0) - 1.0).abs() < 1e-12);
}

/// Updates are written in place, but never into memory that something else refers to.
#[cfg(feature = "tch")]
#[test]
fn tensors_that_others_hold_are_not_written() {
    let device = libtorch_device();
    let values = [0.5, -0.25, 1.0];
    let [parameter, gradient, first, second] = [(); 4].map(|()| tensor(&values, &device));
    let held = [&parameter, &gradient, &first, &second].map(Tensor::clone);
    for (name, _) in NAMES {
        let at = At::new(name, 0.01, 1);
        let moments = Moments {
            first: first.clone(),
            second: second.clone(),
        };
        let gradient = gradient.clone();
        let (updated, _) = by_libtorch(&at, parameter.clone(), gradient, 0.5, moments, true);
        assert_ne!(numbers(updated), values);
        for held in &held {
            assert_eq!(numbers(held.clone()), values);
        }
    }
}

/// Trains a tensor that starts at zero for 1,000 steps, as a bias, with gradients that always have the same sign, and returns
/// its root mean square after the last step, in multiples of the learning rate.
fn growth(name: OptimizerName, implementation: &Implementation) -> f64 {
    let (rate, n) = (1e-4, 5);
    let device = (implementation.device)();
    let mut value = tensor(&vec![0.0; n], &device);
    let mut moments = Moments {
        first: value.zeros_like(),
        second: value.zeros_like(),
    };
    for t in 1..=1000 {
        let gradient = tensor(&vec![0.01; n], &device);
        let at = At::new(name, rate, t);
        (value, moments) = (implementation.apply)(&at, value, gradient, 1.0, moments, false);
    }
    let squares = numbers(value).into_iter().map(|x| x * x).sum::<f64>();
    (squares / n as f64).sqrt() / rate
}

/// A tensor without decay that starts at zero, such as a bias. With the published LAMB the first step is 1 × the rate, because
/// a norm is 0, and each later one is at most the rate × the norm: 1,000 steps at 1e-4 give at most 1.1 × the first. Without
/// the trust ratio every step has the length of the rate.
#[test]
fn a_tensor_that_starts_at_zero_grows_only_without_the_trust_ratio() {
    for implementation in IMPLEMENTATIONS {
        for (name, least, most) in [
            (OptimizerName::Lamb, 1.0, 1.11),
            (OptimizerName::LambClipped, 1.0, 1.11),
            (OptimizerName::LambNvidia, 990.0, 1001.0),
        ] {
            let found = growth(name, implementation);
            let form = format!("{name:?} by {}", implementation.name);
            assert!((least..=most).contains(&found), "{form}: {found}");
        }
    }
}
