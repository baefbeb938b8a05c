//! The traces of the reference: three parameters, eight steps.

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::SafeTensors;

use super::Optimizer;
use super::update::{Moments, Update};
use crate::options::{OptimizerName, OptimizerOptions};
use crate::schedule::learning_rate;

const PARAMETERS: [(&str, bool); 3] = [("matrix", true), ("bias", false), ("norm", false)];

fn numbers(file: &SafeTensors<'_>, name: &str) -> Vec<f64> {
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
        weight_decay: 0.01,
        clip_norm: 1.0,
    }
}

/// Runs the eight steps and returns the largest difference from the trace.
fn difference(file: &SafeTensors<'_>, name: OptimizerName, trace: &str) -> f64 {
    let device = Device::flex();
    let tensor = |values: &[f64]| {
        let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
        let length = values.len();
        Tensor::<1>::from_data(TensorData::new(values, [length]), &device)
    };
    let optimizer = Optimizer::new(options(name));
    let norms = numbers(file, "gradient_norm");
    let mut worst: f64 = 0.0;
    for (parameter, decays) in PARAMETERS {
        let gradients = numbers(file, &format!("grad.{parameter}"));
        let expected = numbers(file, &format!("{trace}.{parameter}"));
        let size = expected.len() / 9;
        let mut value = tensor(&expected[..size]);
        let mut moments = Moments {
            first: value.zeros_like(),
            second: value.zeros_like(),
        };
        for t in 1..=8 {
            let gradient =
                tensor(&gradients[(t - 1) * size..t * size]) * optimizer.clip_factor(norms[t - 1]);
            let update = Update::new(
                &options(name),
                learning_rate(t as u64, 0.01, 3, 10),
                t as u64,
            );
            (value, moments) = update.apply(value, gradient, moments, decays);
            let found: Vec<f64> = value.clone().into_data().iter::<f64>().collect();
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
    for (name, trace) in [
        (OptimizerName::Adamw, "adamw"),
        (OptimizerName::Lamb, "lamb"),
        (OptimizerName::LambClipped, "lamb_clipped"),
        (OptimizerName::LambNvidia, "lamb_nvidia"),
    ] {
        let worst = difference(&file, name, trace);
        assert!(worst < 1e-6, "{trace}: {worst}");
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
fn updates_follow_the_reference_traces_where_they_are_there() {
    check(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/reference/optimizer.safetensors"
    ));
}
