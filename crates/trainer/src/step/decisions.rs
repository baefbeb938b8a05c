//! Clipping and skipping: decided on the host, or on the device by LibTorch's `AdamW`.

use burn::tensor::{Device, Tensor};
use model::{
    BertForPreTraining, ParameterInfo, ParameterMapper, ParameterVisitor, map_parameters,
    visit_parameters,
};
use optimizer::{
    Optimizer, OptimizerName, OptimizerOptions, OptimizerState, QueuedStats, StepStats,
};

use super::tiny::{model, step};
use super::training_step;

/// Names of devices: the host decides on the first, and the second decides by itself.
const DEVICES: &[&str] = &[
    "flex",
    #[cfg(feature = "tch")]
    "tch:cpu",
];

fn device(name: &str) -> Device {
    device::by_name(name).expect("a device of this build")
}

/// An optimizer with a large ε.
///
/// Some gradients are 0 but for rounding, such as those of the biases of keys, and m / √v would turn that noise into full
/// updates. ε is above the noise. It also makes updates depend on the clipping.
fn adamw(clip_norm: f64) -> Optimizer {
    optimizer(OptimizerName::Adamw, clip_norm)
}

fn optimizer(name: OptimizerName, clip_norm: f64) -> Optimizer {
    Optimizer::new(OptimizerOptions {
        name,
        peak_rate: 0.01,
        warmup_steps: 0,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-3,
        momentum: None,
        weight_decay: 0.01,
        clip_norm,
    })
}

struct Run {
    model: BertForPreTraining,
    state: OptimizerState,
    steps: Vec<StepStats<2>>,
}

impl Run {
    fn start(device: &str) -> Self {
        Self {
            model: model(0.0, self::device(device)),
            state: OptimizerState::default(),
            steps: Vec::new(),
        }
    }

    fn step(mut self, optimizer: &Optimizer) -> Self {
        let (model, stats) =
            training_step(self.model, &step(4), optimizer, &mut self.state, 0.01).expect("a step");
        self.model = model;
        self.steps.push(stats.read());
        self
    }

    /// Does a step with an order head so large that the loss is not finite.
    fn bad_step(mut self, optimizer: &Optimizer) -> Self {
        let good = self.model.clone();
        self.model = map_parameters(self.model, &mut Overflow).expect("named parameters");
        let before = weights(&self.model);
        let mut run = self.step(optimizer);
        assert_eq!(weights(&run.model), before);
        run.model = good;
        run
    }

    /// Weights and moments.
    fn values(&self) -> Vec<f32> {
        let mut values = weights(&self.model);
        values.extend(self.state.snapshot().values());
        values
    }
}

struct Overflow;

impl ParameterMapper for Overflow {
    fn map<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) -> Tensor<D> {
        if parameter.name == "cls.seq_relationship.weight" {
            tensor * f32::MAX
        } else {
            tensor
        }
    }
}

struct Weights(Vec<f32>);

impl ParameterVisitor for Weights {
    fn visit<const D: usize>(&mut self, _: &ParameterInfo, tensor: Tensor<D>) {
        self.0.extend(tensor.into_data().iter::<f32>());
    }
}

fn weights(model: &BertForPreTraining) -> Vec<f32> {
    let mut weights = Weights(Vec::new());
    visit_parameters(model, &mut weights).expect("named parameters");
    weights.0
}

fn assert_close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{a} {b}");
    }
}

#[test]
fn a_skipped_step_leaves_no_trace() {
    let optimizer = adamw(1.0);
    let runs = DEVICES.iter().map(|device| {
        let with = Run::start(device).step(&optimizer);
        let with = with.bad_step(&optimizer).step(&optimizer);
        let without = Run::start(device).step(&optimizer).step(&optimizer);
        let skipped: Vec<bool> = with.steps.iter().map(|step| step.skipped).collect();
        assert_eq!(skipped, [false, true, false], "{device}");
        assert_eq!(with.state.n_updates(), 2, "{device}");
        assert_eq!(with.values(), without.values(), "{device}");
        with
    });
    let runs: Vec<Run> = runs.collect();
    for run in &runs {
        assert_close(&run.values(), &runs[0].values());
    }
}

#[test]
fn a_skipped_step_leaves_no_trace_in_the_momenta_of_muon() {
    let muon = optimizer(OptimizerName::Muon, 1.0);
    for device in DEVICES {
        let with = Run::start(device).step(&muon).bad_step(&muon).step(&muon);
        let without = Run::start(device).step(&muon).step(&muon);
        assert!(with.steps[1].skipped, "{device}");
        assert_eq!(with.state.n_updates(), 2, "{device}");
        assert_eq!(with.values(), without.values(), "{device}");
    }
}

#[test]
fn gradients_are_clipped_alike_wherever_it_is_decided() {
    // The norm is above the first and below the second.
    for clip_norm in [0.05, 50.0] {
        let optimizer = adamw(clip_norm);
        let run = |device: &&str| Run::start(device).step(&optimizer).step(&optimizer);
        let runs: Vec<Run> = DEVICES.iter().map(run).collect();
        for run in &runs {
            let norms = run.steps.iter().map(|step| step.gradient_norm);
            assert!(
                norms
                    .clone()
                    .all(|norm| (norm > clip_norm) == (clip_norm < 1.0))
            );
            assert_close(&run.values(), &runs[0].values());
        }
    }
}

/// After the first step the first moment is (1 − β₁) g, where g is clipped.
#[test]
fn the_norm_of_the_applied_gradients_is_the_clip_norm() {
    let optimizer = adamw(0.05);
    for device in DEVICES {
        let run = Run::start(device).step(&optimizer);
        let first = run.state.snapshot().first_values();
        let squares = first.iter().map(|m| f64::from(*m / 0.1).powi(2));
        let norm = squares.sum::<f64>().sqrt();
        assert!((norm - 0.05).abs() < 1e-6, "{device}: {norm}");
    }
}

/// If the host decides, it has read the statistics. LibTorch's `AdamW` leaves them on the device.
#[test]
fn nothing_is_read_if_the_device_decides() {
    for device in DEVICES {
        let mut state = OptimizerState::default();
        let model = model(0.0, self::device(device));
        let (_, stats) =
            training_step(model, &step(4), &adamw(1.0), &mut state, 0.01).expect("a step");
        let is_read = matches!(stats, QueuedStats::Read(_));
        assert_eq!(is_read, *device == "flex", "{device}");
    }
}
