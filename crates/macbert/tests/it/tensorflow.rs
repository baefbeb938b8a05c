//! A checkpoint of TensorFlow 1.x is taken wherever a checkpoint is: exported, evaluated, asked and continued.

use std::fs;
use std::path::Path;

use fixtures::{TensorFlowTensor, rewrite, tensorflow_checkpoint};
use safetensors::SafeTensors;
use tempfile::TempDir;

use crate::small_job::{DONE, run};

/// A folder with the model of the job as Google's programs save it in training, with `bert_config.json` and `vocab.txt`.
fn released() -> TempDir {
    let folder = TempDir::new().unwrap();
    let export = DONE.path("pretrain/export");
    fs::copy(export.join("vocab.txt"), folder.path().join("vocab.txt")).unwrap();
    let config = folder.path().join("bert_config.json");
    fs::copy(export.join("config.json"), config).unwrap();
    let bytes = fs::read(export.join("model.safetensors")).unwrap();
    let read = SafeTensors::deserialize(&bytes).unwrap();
    let parameters = read.tensors().into_iter();
    let mut tensors: Vec<TensorFlowTensor> = parameters
        .map(|(name, view)| TensorFlowTensor::of_parameter(&name, view.shape(), view.data()))
        .collect();
    tensors.extend(tensors.clone().into_iter().map(|tensor| TensorFlowTensor {
        name: format!("{}/adam_m", tensor.name),
        ..tensor
    }));
    tensors.push(TensorFlowTensor::scalar("global_step"));
    tensorflow_checkpoint(folder.path(), "model.ckpt-20", tensors);
    let newest = "model_checkpoint_path: \"model.ckpt-20\"\n";
    fs::write(folder.path().join("checkpoint"), newest).unwrap();
    folder
}

fn named(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

fn weights(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("model.safetensors")).unwrap()
}

#[test]
fn every_name_of_a_tensorflow_checkpoint_is_exported_as_what_it_was_saved_from() {
    let folder = released();
    let data = "model.ckpt-20.data-00000-of-00001";
    for name in ["", "model.ckpt-20", "model.ckpt-20.index", data] {
        let out = TempDir::new().unwrap();
        let out = out.path().join("out");
        let ended = run(&[
            "export",
            &named(&folder, name),
            "--out",
            &out.display().to_string(),
        ]);
        ended.succeeds();
        for expect in [
            "model.ckpt-20.index: ",
            "31 of an optimizer",
            "30 adam_m, 1 global_step",
        ] {
            assert!(ended.err().contains(expect), "{}", ended.err());
        }
        assert!(
            weights(&out) == weights(&DONE.path("pretrain/export")),
            "{name}"
        );
    }
}

#[test]
fn a_tensorflow_checkpoint_is_evaluated_and_asked_like_its_export() {
    let folder = released();
    let prefix = named(&folder, "model.ckpt-20");
    let export = DONE.path("pretrain/export").display().to_string();
    let shards = DONE.shards();
    let evaluated = [&prefix, &export].map(|one| run(&["evaluate", one, &shards]).succeeds());
    assert_eq!(evaluated[0], evaluated[1]);
    let text = "我每天早上喝一杯牛奶。";
    let asked = [&prefix, &export].map(|one| run(&["correct", one, text, "--all"]).succeeds());
    assert_eq!(asked[0], asked[1]);
}

#[test]
fn a_job_starts_from_a_tensorflow_checkpoint() {
    let folder = released();
    let prefix = named(&folder, "model.ckpt-20");
    let out = TempDir::new().unwrap();
    let ended = DONE.continued(&prefix, &out.path().join("pretrain"));
    ended.succeeds();
    assert!(
        ended.err().contains("31 of an optimizer left out"),
        "{}",
        ended.err()
    );
    let started = weights(&out.path().join("pretrain/export"));
    assert!(started != weights(&DONE.path("pretrain/export")));
}

#[test]
fn a_damaged_tensorflow_checkpoint_is_refused_by_file_and_tensor() {
    let folder = released();
    let out = TempDir::new().unwrap();
    let refused = || {
        let to = out.path().join("out");
        let to = to.display().to_string();
        let ended = run(&["export", &named(&folder, ""), "--out", &to]);
        assert_eq!(ended.status(), 1, "{}", ended.err());
        assert!(fs::read_dir(out.path()).unwrap().next().is_none());
        ended.err()
    };
    let data = folder.path().join("model.ckpt-20.data-00000-of-00001");
    rewrite(&data, |bytes| bytes[140] ^= 1);
    let error = refused();
    let names = [
        "model.ckpt-20.index",
        "`bert/embeddings/LayerNorm/gamma`",
        "checksum",
    ];
    assert!(names.iter().all(|name| error.contains(name)), "{error}");
    fs::remove_file(&data).unwrap();
    let error = refused();
    assert!(error.contains(&data.display().to_string()), "{error}");
}
