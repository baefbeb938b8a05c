//! Logits, losses and gradients of the heads of tasks are those of transformers, on every device.

use std::collections::BTreeMap;
use std::path::Path;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use fixtures::beside;
use model::{
    BertForTask, Implementation, LoadOptions, ModelInput, ParameterInfo, ParameterVisitor,
    SpanLabels, TaskHead, load_task, read_task, save_task, visit_parameters,
};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

use crate::numbers::{largest, values};
use crate::reference_folder::devices;

/// Ten times what float32 of PyTorch differs from float64.
const LOGITS: f64 = 1.9e-5;
const LOSSES: f64 = 4.3e-6;
const GRADIENTS: f64 = 4.2e-6;

/// The tensors of one case: `CASE.…`.
struct Case {
    bytes: Vec<u8>,
    name: &'static str,
}

impl Case {
    fn read(shared: &Path, name: &'static str) -> Self {
        let bytes = std::fs::read(shared.join("finetune/heads.safetensors")).unwrap();
        Self { bytes, name }
    }

    fn bytes_of(&self, name: &str) -> (Vec<u8>, Vec<usize>) {
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let tensor = tensors.tensor(&format!("{}.{name}", self.name)).unwrap();
        (tensor.data().to_vec(), tensor.shape().to_vec())
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        let (bytes, _) = self.bytes_of(name);
        let numbers = bytes.as_chunks::<4>().0.iter();
        numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    fn ints(&self, name: &str) -> Vec<i32> {
        let (bytes, _) = self.bytes_of(name);
        let numbers = bytes.as_chunks::<8>().0.iter();
        numbers
            .map(|bytes| i64::from_le_bytes(*bytes) as i32)
            .collect()
    }

    fn length(&self) -> usize {
        self.bytes_of("input_ids").1[1]
    }

    fn lengths(&self) -> Vec<u32> {
        let mask = self.ints("attention_mask");
        let rows = mask.chunks(self.length());
        rows.map(|row| row.iter().sum::<i32>() as u32).collect()
    }

    /// The padded indices of all pieces that are not padding.
    fn filled(&self) -> Vec<usize> {
        let mask = self.ints("attention_mask");
        (0..mask.len()).filter(|index| mask[*index] == 1).collect()
    }

    fn input(&self, device: &Device) -> ModelInput {
        let (ids, segments) = (self.ints("input_ids"), self.ints("token_type_ids"));
        ModelInput::new(&ids, &segments, &self.lengths(), self.length(), 0, device)
    }

    fn with_padding(&self, device: &Device) -> ModelInput {
        let (ids, segments) = (self.ints("input_ids"), self.ints("token_type_ids"));
        ModelInput::with_padding(&ids, &segments, &self.lengths(), self.length(), device)
    }

    /// The reference checkpoint with the head of the case.
    fn model(&self, shared: &Path, head: TaskHead, device: &Device) -> BertForTask {
        let name = if head == TaskHead::Span {
            "qa_outputs"
        } else {
            "classifier"
        };
        let bytes = std::fs::read(shared.join("checkpoint/model.safetensors")).unwrap();
        let of_checkpoint = SafeTensors::deserialize(&bytes).unwrap();
        let of_cases = SafeTensors::deserialize(&self.bytes).unwrap();
        let mut tensors: Vec<(String, TensorView<'_>)> = of_checkpoint.tensors();
        for part in ["weight", "bias"] {
            let tensor = of_cases
                .tensor(&format!("{}.head.{part}", self.name))
                .unwrap();
            tensors.push((format!("{name}.{part}"), tensor));
        }
        let folder = TempDir::new().unwrap();
        let config = shared.join("checkpoint/config.json");
        std::fs::copy(config, folder.path().join("config.json")).unwrap();
        let path = folder.path().join("model.safetensors");
        safetensors::serialize_to_file(tensors, None, &path).unwrap();
        let loaded = load_task(folder.path(), head, device, LoadOptions::default()).unwrap();
        assert!(loaded.report.is_complete(), "{}", loaded.report);
        loaded.model.with_dropout(0.0, 0.0)
    }

    #[track_caller]
    fn check(&self, what: &str, found: &[f32], expect: &[f32], bound: f64) {
        let difference = largest(found, expect);
        assert!(
            difference < bound,
            "{} {what} differs by {difference}",
            self.name
        );
    }

    #[track_caller]
    fn check_gradients(&self, model: &BertForTask, loss: &Tensor<1>) {
        let gradients = Gradients::of(model, loss);
        let tensors = SafeTensors::deserialize(&self.bytes).unwrap();
        let prefix = format!("{}.grad.", self.name);
        let names = tensors.names().into_iter();
        let names: Vec<&str> = names
            .filter_map(|name| name.strip_prefix(&prefix))
            .collect();
        assert!(names.len() > 5);
        for name in names {
            let expect = self.floats(&format!("grad.{name}"));
            let found = gradients.named(name);
            self.check(&format!("gradient of {name}"), found, &expect, GRADIENTS);
        }
        self.check(
            "norm",
            &[gradients.norm()],
            &self.floats("gradient_norm"),
            1e-5,
        );
    }
}

/// Gradients by their names in transformers; the head is `head`.
struct Gradients(BTreeMap<String, Vec<f32>>);

impl Gradients {
    fn of(model: &BertForTask, loss: &Tensor<1>) -> Self {
        let found = GradientsParams::from_grads(loss.backward(), model);
        let mut reader = Reader {
            found,
            gradients: BTreeMap::new(),
        };
        visit_parameters(model, &mut reader).unwrap();
        Self(reader.gradients)
    }

    fn named(&self, name: &str) -> &[f32] {
        let part = name.strip_prefix("head.");
        let is_named = |other: &&String| match part {
            Some(part) => {
                [format!("classifier.{part}"), format!("qa_outputs.{part}")].contains(other)
            }
            None => *other == name,
        };
        &self.0[self.0.keys().find(is_named).unwrap()]
    }

    fn norm(&self) -> f32 {
        let squares = self.0.values().flatten().map(|x| f64::from(*x).powi(2));
        squares.sum::<f64>().sqrt() as f32
    }
}

struct Reader {
    found: GradientsParams,
    gradients: BTreeMap<String, Vec<f32>>,
}

impl ParameterVisitor for Reader {
    fn visit<const D: usize>(&mut self, parameter: &ParameterInfo, _: Tensor<D>) {
        // The pooler has no gradient if the head does not read it.
        let Some(gradient) = self.found.get::<D>(parameter.id) else {
            return;
        };
        let is_linear = D == 2 && !parameter.name.contains("_embeddings");
        let gradient = if is_linear {
            gradient.swap_dims(0, 1)
        } else {
            gradient
        };
        self.gradients
            .insert(parameter.name.clone(), values(gradient));
    }
}

#[test]
fn labels_of_texts_and_pairs() {
    let Some(shared) = beside("reference") else {
        return;
    };
    for (name, n) in [("single2", 2), ("single3", 3), ("pair2", 2), ("pair3", 3)] {
        let case = Case::read(&shared, name);
        for device in devices() {
            let device = device.autodiff();
            let model = case.model(&shared, TaskHead::Classes(n), &device);
            let input = case.input(&device);
            case.check(
                "logits",
                &values(model.class_logits(&input)),
                &case.floats("logits"),
                LOGITS,
            );
            let labels = case.ints("labels");
            let loss = model.class_loss(&input, &labels, labels.len() as u64);
            case.check("loss", &values(loss.clone()), &case.floats("loss"), LOSSES);
            case.check_gradients(&model, &loss);
        }
    }
}

#[test]
fn tags_of_first_pieces() {
    let Some(shared) = beside("reference") else {
        return;
    };
    let case = Case::read(&shared, "tags");
    let labels = case.ints("labels");
    let positions: Vec<i32> = (0..labels.len() as i32)
        .filter(|index| labels[*index as usize] >= 0)
        .collect();
    let labels: Vec<i32> = positions
        .iter()
        .map(|index| labels[*index as usize])
        .collect();
    for device in devices() {
        let device = device.autodiff();
        let model = case.model(&shared, TaskHead::Tags(7), &device);
        let input = case.input(&device);
        let filled = case.filled();
        let all: Vec<i32> = filled.iter().map(|index| *index as i32).collect();
        let logits = case.floats("logits");
        let expect: Vec<f32> = filled
            .iter()
            .flat_map(|index| &logits[7 * index..7 * (index + 1)])
            .copied()
            .collect();
        case.check(
            "logits",
            &values(model.tag_logits(&input, &all)),
            &expect,
            LOGITS,
        );
        let loss = model.tag_loss(&input, &positions, &labels, labels.len() as u64);
        case.check("loss", &values(loss.clone()), &case.floats("loss"), LOSSES);
        case.check_gradients(&model, &loss);
    }
}

/// The labels of the span case: all rows, or with row 3 beyond its window.
fn span_labels<'a>(
    starts: &'a [usize],
    ends: &'a [usize],
    n: u64,
    allowed: Option<&'a [bool]>,
) -> SpanLabels<'a> {
    SpanLabels {
        starts,
        ends,
        allowed,
        n_of_step: n,
    }
}

#[test]
fn spans_without_padding_and_with_it() {
    let Some(shared) = beside("reference") else {
        return;
    };
    let case = Case::read(&shared, "span");
    let positions =
        |name: &str| -> Vec<usize> { case.ints(name).iter().map(|x| *x as usize).collect() };
    let (starts, ends) = (positions("start_positions"), positions("end_positions"));
    let mask = case.ints("span_mask");
    let allowed: Vec<bool> = case
        .filled()
        .iter()
        .map(|index| mask[*index] == 1)
        .collect();
    for device in devices() {
        let device = device.autodiff();
        let model = case.model(&shared, TaskHead::Span, &device);
        let input = case.input(&device);
        let logits = values(model.span_logits(&input));
        for (side, name) in ["start_logits", "end_logits"].into_iter().enumerate() {
            let found: Vec<f32> = logits.iter().skip(side).step_by(2).copied().collect();
            let expect = case.floats(name);
            let expect: Vec<f32> = case.filled().iter().map(|index| expect[*index]).collect();
            case.check(name, &found, &expect, LOGITS);
        }
        // The variant of MacBERT's authors masks padding, so it is the same without padding.
        let loss = model.span_loss(&input, &span_labels(&starts, &ends, 4, Some(&allowed)));
        case.check(
            "masked loss",
            &values(loss.clone()),
            &case.floats("loss_masked"),
            LOSSES,
        );
        let gradients = Gradients::of(&model, &loss);
        let expect = case.floats("grad_masked.head.weight");
        case.check(
            "masked gradient",
            gradients.named("head.weight"),
            &expect,
            GRADIENTS,
        );
        case.check(
            "masked norm",
            &[gradients.norm()],
            &case.floats("gradient_norm_masked"),
            1e-5,
        );
        // transformers has the logits of padding in its softmax.
        let model = model.with_implementation(Implementation::Reference);
        let padded = case.with_padding(&device);
        let loss = model.span_loss(&padded, &span_labels(&starts, &ends, 4, None));
        case.check("loss", &values(loss.clone()), &case.floats("loss"), LOSSES);
        case.check_gradients(&model, &loss);
        let beyond = |positions: &[usize]| [&positions[..3], &[case.length() + 5]].concat();
        let (starts, ends) = (beyond(&starts), beyond(&ends));
        let loss = model.span_loss(&padded, &span_labels(&starts, &ends, 3, None));
        case.check(
            "loss",
            &values(loss),
            &case.floats("loss_with_row_3_beyond"),
            LOSSES,
        );
    }
}

#[test]
fn a_written_model_has_its_class_and_its_labels_and_is_read_again() {
    let Some(shared) = beside("reference") else {
        return;
    };
    let case = Case::read(&shared, "tags");
    let device = devices().remove(0);
    let model = case.model(&shared, TaskHead::Tags(7), &device);
    let labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"].map(String::from);
    let folder = TempDir::new().unwrap();
    save_task(&model, &labels, folder.path()).unwrap();
    let task = read_task(folder.path()).unwrap();
    assert_eq!(task.class, "BertForTokenClassification");
    assert_eq!(task.labels, labels);
    let bytes = std::fs::read(folder.path().join("model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    assert!(
        !tensors
            .names()
            .iter()
            .any(|name| name.contains("pooler") || name.starts_with("cls."))
    );
    assert_eq!(tensors.len(), 39);
    let loaded = load_task(
        folder.path(),
        TaskHead::Tags(7),
        &device,
        LoadOptions::default(),
    )
    .unwrap();
    assert_eq!(
        loaded.report.missing,
        ["bert.pooler.dense.bias", "bert.pooler.dense.weight"]
    );
    assert!(loaded.report.unexpected.is_empty());
    let input = case.input(&device);
    let [before, after] =
        [&model, &loaded.model].map(|model| values(model.tag_logits(&input, &[1, 2])));
    assert_eq!(before, after);
}
