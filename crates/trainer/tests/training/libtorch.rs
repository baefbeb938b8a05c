//! The same run on LibTorch's CPU device: losses within float noise of the exact device's (method §7).

use std::path::Path;

use model::BertConfig;
use serde_json::Value;
use trainer::{Start, device};

use crate::material::{MATERIAL, finished, run};

/// The figures of training in `metrics.jsonl`: masked loss, order loss and gradient norm of each line.
fn figures(folder: &Path) -> Vec<f64> {
    let text = std::fs::read_to_string(folder.join("metrics.jsonl")).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines = lines.filter(|line| line["kind"] == "train");
    let keys = ["masked_loss", "order_loss", "gradient_norm"];
    lines
        .flat_map(|line| keys.map(|key| line[key].as_f64().unwrap()))
        .collect()
}

#[test]
fn a_run_on_libtorch_follows_the_exact_one_and_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let on = |name: &str| {
        let mut run = run(&folder.path().join(name.replace(':', "-")));
        run.device = device(name).unwrap();
        run.start = Start::Scratch(BertConfig {
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
            ..MATERIAL.bert()
        });
        run.options.checkpoint_every = 4;
        run
    };
    let (exact, mut libtorch) = (on("flex"), on("tch:cpu"));
    finished(&exact);
    finished(&libtorch);
    let whole = figures(&libtorch.folder);
    for (found, expected) in whole.iter().zip(figures(&exact.folder)) {
        assert!(
            (found - expected).abs() < 1e-3 * expected.max(1.0),
            "{found} {expected}"
        );
    }
    std::fs::remove_dir_all(libtorch.folder.join("checkpoints/step-00000012")).unwrap();
    libtorch.resume = true;
    finished(&libtorch);
    for (found, expected) in figures(&libtorch.folder).iter().zip(&whole) {
        assert!(
            (found - expected).abs() < 1e-4 * expected.max(1.0),
            "{found} {expected}"
        );
    }
}
