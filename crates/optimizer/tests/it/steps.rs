//! Twenty steps of fine-tuning with three optimizers are those of transformers, on every device.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use fixtures::beside;
use model::{
    BertForTask, Implementation, LoadOptions, ModelInput, ParameterInfo, ParameterVisitor,
    SpanLabels, TaskHead, load_task, visit_parameters,
};
use optimizer::{Gradients, Optimizer, OptimizerName, OptimizerOptions, OptimizerState, Schedule};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use serde_json::Value;
use tempfile::TempDir;

/// Ten times what float32 of PyTorch differs from float64.
const LOSSES: f64 = 1e-5;
const NORMS: f64 = 2.3e-4;
const PARAMETERS: f64 = 6.1e-6;

const RUNS: [(&str, OptimizerName, f64, Schedule); 3] = [
    ("adamw", OptimizerName::Adamw, 1e-6, Schedule::FromOne),
    (
        "adamw_transformers",
        OptimizerName::Adamw,
        1e-8,
        Schedule::FromZero,
    ),
    ("bert_adam", OptimizerName::BertAdam, 1e-6, Schedule::Google),
];

/// Every device that this build has.
fn devices() -> Vec<Device> {
    vec![
        #[cfg(feature = "flex")]
        Device::flex(),
        #[cfg(feature = "tch")]
        #[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
        Device::libtorch(),
    ]
}

/// `steps.safetensors`.
struct Steps {
    bytes: Vec<u8>,
    task: &'static str,
}

impl Steps {
    fn tensors(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.bytes).unwrap()
    }

    fn view(&self, name: &str) -> (Vec<u8>, Vec<usize>) {
        let tensors = self.tensors();
        let tensor = tensors.tensor(&format!("{}.{name}", self.task)).unwrap();
        (tensor.data().to_vec(), tensor.shape().to_vec())
    }

    fn ints(&self, name: &str) -> Vec<i32> {
        let (bytes, _) = self.view(name);
        let numbers = bytes.as_chunks::<8>().0.iter();
        numbers
            .map(|bytes| i64::from_le_bytes(*bytes) as i32)
            .collect()
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        let (bytes, _) = self.view(name);
        let numbers = bytes.as_chunks::<4>().0.iter();
        numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    /// The reference checkpoint with the head of the task.
    fn model(&self, head: TaskHead, device: &Device) -> BertForTask {
        let name = if head == TaskHead::Span {
            "qa_outputs"
        } else {
            "classifier"
        };
        let checkpoint = beside("reference/checkpoint").unwrap();
        let bytes = std::fs::read(checkpoint.join("model.safetensors")).unwrap();
        let of_checkpoint = SafeTensors::deserialize(&bytes).unwrap();
        let of_steps = self.tensors();
        let mut tensors: Vec<(String, TensorView<'_>)> = of_checkpoint.tensors();
        for part in ["weight", "bias"] {
            let tensor = of_steps
                .tensor(&format!("{}.head.{part}", self.task))
                .unwrap();
            tensors.push((format!("{name}.{part}"), tensor));
        }
        let folder = TempDir::new().unwrap();
        std::fs::copy(
            checkpoint.join("config.json"),
            folder.path().join("config.json"),
        )
        .unwrap();
        let path = folder.path().join("model.safetensors");
        safetensors::serialize_to_file(tensors, None, &path).unwrap();
        let loaded = load_task(folder.path(), head, device, LoadOptions::default()).unwrap();
        let model = loaded.model.with_dropout(0.0, 0.0);
        match head {
            // transformers has the logits of padding in the softmax; only the reference computes padding.
            TaskHead::Span => model.with_implementation(Implementation::Reference),
            _ => model,
        }
    }

    fn loss(&self, model: &BertForTask, batch: usize) -> Tensor<1> {
        let ints = |name: &str| self.ints(&format!("batch.{batch}.{name}"));
        let (ids, segments, mask) = (
            ints("input_ids"),
            ints("token_type_ids"),
            ints("attention_mask"),
        );
        let (_, shape) = self.view(&format!("batch.{batch}.input_ids"));
        let length = shape[1];
        let lengths = mask
            .chunks(length)
            .map(|row| row.iter().sum::<i32>() as u32);
        let (lengths, device) = (lengths.collect::<Vec<u32>>(), model.device());
        if model.head() == TaskHead::Span {
            let input = ModelInput::with_padding(&ids, &segments, &lengths, length, &device);
            let positions =
                |name: &str| -> Vec<usize> { ints(name).iter().map(|x| *x as usize).collect() };
            let (starts, ends) = (positions("start_positions"), positions("end_positions"));
            let labels = SpanLabels {
                starts: &starts,
                ends: &ends,
                allowed: None,
                n_of_step: starts.len() as u64,
            };
            return model.span_loss(&input, &labels);
        }
        let input = ModelInput::new(&ids, &segments, &lengths, length, 0, &device);
        let labels = ints("labels");
        model.class_loss(&input, &labels, labels.len() as u64)
    }
}

fn number(tensor: Tensor<1>) -> f64 {
    f64::from(tensor.without_autodiff().into_scalar::<f32>())
}

#[track_caller]
fn check(what: &str, found: f64, expect: &Value, bound: f64) {
    let expect = expect.as_f64().unwrap();
    assert!(
        (found - expect).abs() < bound,
        "{what}: {found}, expected {expect}"
    );
}

#[test]
fn twenty_steps_of_each_optimizer() {
    let Some(folder) = beside("reference/finetune") else {
        return;
    };
    let report = std::fs::read_to_string(folder.join("steps.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    for (task, head) in [("pair3", TaskHead::Classes(3)), ("span", TaskHead::Span)] {
        let bytes = std::fs::read(folder.join("steps.safetensors")).unwrap();
        let steps = Steps { bytes, task };
        for (run, name, epsilon, schedule) in RUNS {
            for device in devices() {
                let expect = &report["runs"][format!("{task}.{run}")];
                let rates = &report["rates"][run];
                let what = format!("{task} {run} {device:?}");
                let options = options(name, epsilon);
                let model = steps.model(head, &device.autodiff());
                check_run(&what, &steps, model, &options, schedule, expect, rates);
            }
        }
    }
}

fn options(name: OptimizerName, epsilon: f64) -> OptimizerOptions {
    OptimizerOptions {
        name,
        peak_rate: 1e-3,
        warmup_steps: 2,
        beta1: 0.9,
        beta2: 0.999,
        epsilon,
        momentum: None,
        weight_decay: 0.01,
        clip_norm: 1.0,
    }
}

fn check_run(
    what: &str,
    steps: &Steps,
    mut model: BertForTask,
    options: &OptimizerOptions,
    schedule: Schedule,
    expect: &Value,
    rates: &Value,
) {
    let (optimizer, mut state) = (Optimizer::new(options.clone()), OptimizerState::default());
    for step in 1..=20 {
        let loss = steps.loss(&model, (step - 1) % 4);
        let mut gradients = Gradients::default();
        gradients.add(&loss, &model).unwrap();
        let rate = schedule.rate(step as u64, options.peak_rate, options.warmup_steps, 20);
        check(
            &format!("{what} rate {step}"),
            rate,
            &rates[step - 1],
            1e-12,
        );
        let losses = [loss.without_autodiff()];
        let (updated, stats) = optimizer
            .step(model, gradients, losses, rate, &mut state)
            .unwrap();
        model = updated;
        let stats = stats.read();
        check(
            &format!("{what} loss {step}"),
            stats.losses[0],
            &expect["losses"][step - 1],
            LOSSES,
        );
        let norm = &expect["gradient_norms"][step - 1];
        check(
            &format!("{what} norm {step}"),
            stats.gradient_norm,
            norm,
            NORMS,
        );
    }
    for batch in 0..4 {
        let loss = number(steps.loss(&model, batch));
        check(
            &format!("{what} loss after"),
            loss,
            &expect["losses_after"][batch],
            LOSSES,
        );
    }
    check_parameters(what, steps, &model);
}

/// Compares the parameters that are stored, but for those whose gradient is 0 but for rounding.
fn check_parameters(what: &str, steps: &Steps, model: &BertForTask) {
    let run = what.split(' ').nth(1).unwrap();
    let prefix = format!("{}.{run}.final.", steps.task);
    let mut read = Read(BTreeMap::new());
    visit_parameters(model, &mut read).unwrap();
    let tensors = steps.tensors();
    let names = tensors.names().into_iter();
    let names: Vec<&str> = names
        .filter_map(|name| name.strip_prefix(&prefix))
        .collect();
    assert!(names.len() > 4, "{what}");
    for name in names {
        let adds_to_all = [
            "qa_outputs.bias",
            "bert.encoder.layer.1.output.LayerNorm.bias",
        ];
        if name.ends_with("key.bias") || steps.task == "span" && adds_to_all.contains(&name) {
            continue;
        }
        let expect = steps.floats(&format!("{run}.final.{name}"));
        let pairs = read.0[name].iter().zip(&expect);
        let difference = pairs
            .map(|(x, y)| f64::from((x - y).abs()))
            .fold(0.0, f64::max);
        assert!(
            difference < PARAMETERS,
            "{what} {name} differs by {difference}"
        );
    }
}

/// The numbers of each parameter, in the layout of transformers.
struct Read(BTreeMap<String, Vec<f32>>);

impl ParameterVisitor for Read {
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, tensor: Tensor<D>) {
        let is_linear = D == 2 && !parameter.name.contains("_embeddings");
        let tensor = if is_linear {
            tensor.swap_dims(0, 1)
        } else {
            tensor
        };
        let numbers = tensor.into_data().iter::<f32>().collect();
        self.0.insert(parameter.name.clone(), numbers);
    }
}
