//! What a Hugging Face folder holds beside weights and config, written and read.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use model::LoadReport;
use segment::{Vocabulary, special_tokens_map, tokenizer_config, tokenizer_json};

use crate::failure::wrong_call;
use crate::progress::note;

/// Names and texts of the tokenizer's files.
pub(crate) fn tokenizer_files(
    vocabulary: &Vocabulary,
    lower_case: bool,
    positions: usize,
) -> Vec<(String, String)> {
    [
        ("vocab.txt", vocabulary.to_text()),
        ("tokenizer.json", tokenizer_json(vocabulary, lower_case)),
        (
            "tokenizer_config.json",
            tokenizer_config(lower_case, positions),
        ),
        ("special_tokens_map.json", special_tokens_map()),
    ]
    .map(|(name, text)| (name.to_owned(), text))
    .to_vec()
}

/// Says what a checkpoint lacked or held beside the model.
pub(crate) fn note_report(report: &LoadReport) {
    for (what, names) in [
        ("not in the checkpoint, drawn anew", &report.missing),
        (
            "in the checkpoint, but no part of the model",
            &report.unexpected,
        ),
    ] {
        if !names.is_empty() {
            note(&format!("{what}: {}", names.join(", ")));
        }
    }
}

/// The vocabulary of a checkpoint, and whether it lower-cases.
pub(crate) fn tokenizer_of(checkpoint: &Path) -> Result<(Arc<Vocabulary>, bool)> {
    ensure!(
        checkpoint.exists(),
        wrong_call(anyhow::anyhow!(
            "no checkpoint at {}; give …/checkpoints/step-…, or a Hugging Face folder",
            checkpoint.display()
        ))
    );
    let folder = if checkpoint.is_dir() {
        checkpoint
    } else {
        checkpoint.parent().unwrap_or(Path::new("."))
    };
    let vocabulary = Vocabulary::read(&folder.join("vocab.txt")).with_context(|| {
        format!(
            "{} has no usable vocab.txt beside its weights",
            folder.display()
        )
    })?;
    let config = std::fs::read_to_string(folder.join("tokenizer_config.json")).ok();
    let config: Option<serde_json::Value> =
        config.and_then(|text| serde_json::from_str(&text).ok());
    let lower_case = config
        .and_then(|config| config["do_lower_case"].as_bool())
        .unwrap_or(true);
    Ok((Arc::new(vocabulary), lower_case))
}
