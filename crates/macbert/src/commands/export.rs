//! `macbert export`: a checkpoint as a Hugging Face folder.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};

use crate::arguments::ExportArguments;
use crate::failure::wrong_call;
use crate::progress::{note, print};

use super::hub_folder;

/// Reads a checkpoint of any form and writes it as a Hugging Face folder.
pub(crate) fn run(arguments: &ExportArguments) -> Result<ExitCode> {
    write(&arguments.checkpoint, &arguments.out)?;
    print(&format!("{}", arguments.out.display()));
    Ok(ExitCode::SUCCESS)
}

/// Writes the folder aside and puts it in its place.
pub(crate) fn write(checkpoint: &Path, out: &Path) -> Result<()> {
    let there = || anyhow::anyhow!("{} is there already; name another folder", out.display());
    ensure!(!out.exists(), wrong_call(there()));
    let device = trainer::device("flex").or_else(|_| trainer::device("tch:cpu"))?;
    let loaded = model::load(checkpoint, &device, 0)?;
    let (vocabulary, lower_case) = hub_folder::tokenizer_of(checkpoint)?;
    loaded
        .config
        .check_fits(vocabulary.len(), loaded.config.max_position_embeddings)?;
    let report = &loaded.report;
    if !report.missing.is_empty() {
        note(&format!(
            "not in the checkpoint, drawn anew: {}",
            report.missing.join(", ")
        ));
    }
    if !report.unexpected.is_empty() {
        note(&format!(
            "in the checkpoint, but no part of the model: {}",
            report.unexpected.join(", ")
        ));
    }
    let parent = out
        .parent()
        .filter(|parent| *parent != Path::new(""))
        .unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)
        .with_context(|| format!("could not make {}", parent.display()))?;
    let aside = tempfile::Builder::new()
        .prefix(".export-")
        .tempdir_in(parent)?;
    model::save(&loaded.model, aside.path())?;
    let positions = loaded.config.max_position_embeddings;
    for (name, text) in hub_folder::tokenizer_files(&vocabulary, lower_case, positions) {
        let path = aside.path().join(name);
        std::fs::write(&path, text)
            .with_context(|| format!("could not write {}", path.display()))?;
        std::fs::File::open(&path)?.sync_all()?;
    }
    let aside = aside.keep();
    std::fs::rename(&aside, out).with_context(|| format!("could not write {}", out.display()))?;
    shard::sync_folder(parent)?;
    Ok(())
}
