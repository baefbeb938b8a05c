//! What a Hugging Face folder holds beside weights and config, written and read.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use model::LoadReport;
use segment::{
    PieceTokenizer, PunctuationMap, Vocabulary, special_tokens_map, tokenizer_config,
    tokenizer_json,
};

use crate::failure::wrong_call;
use crate::progress::note;

const CONFIG: &str = "tokenizer_config.json";

/// How a checkpoint's text is cut into pieces.
pub(crate) struct CheckpointTokenizer {
    /// Its vocabulary.
    pub vocabulary: Arc<Vocabulary>,
    /// Whether it lower-cases.
    pub lower_case: bool,
    /// Punctuation marks that are read as others.
    pub punctuation: PunctuationMap,
}

impl CheckpointTokenizer {
    /// What cuts text.
    pub(crate) fn pieces(&self) -> PieceTokenizer {
        PieceTokenizer::with_punctuation(&self.vocabulary, self.lower_case, &self.punctuation)
    }
}

/// Names and texts of the tokenizer's files.
pub(crate) fn tokenizer_files(
    tokenizer: &CheckpointTokenizer,
    positions: usize,
) -> Vec<(String, String)> {
    let CheckpointTokenizer {
        vocabulary,
        lower_case,
        punctuation,
    } = tokenizer;
    [
        ("vocab.txt", vocabulary.to_text()),
        (
            "tokenizer.json",
            tokenizer_json(vocabulary, *lower_case, punctuation),
        ),
        (
            CONFIG,
            tokenizer_config(*lower_case, punctuation, positions),
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

/// The tokenizer that lies beside a checkpoint's weights.
pub(crate) fn tokenizer_of(checkpoint: &Path) -> Result<CheckpointTokenizer> {
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
    let config = std::fs::read_to_string(folder.join(CONFIG)).ok();
    let config: Option<serde_json::Value> =
        config.and_then(|text| serde_json::from_str(&text).ok());
    let config = config.unwrap_or_default();
    let punctuation = config.get("punctuation").cloned();
    let punctuation = punctuation.map(serde_json::from_value).transpose();
    Ok(CheckpointTokenizer {
        vocabulary: Arc::new(vocabulary),
        lower_case: config["do_lower_case"].as_bool().unwrap_or(true),
        punctuation: punctuation
            .with_context(|| format!("{}, punctuation", folder.join(CONFIG).display()))?
            .unwrap_or_default(),
    })
}
