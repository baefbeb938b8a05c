//! `macbert export`: a checkpoint as a Hugging Face folder.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use repro::AtomicFolder;

use crate::arguments::ExportArguments;
use crate::failure::wrong_call;
use crate::progress::print;

use super::hub_folder;

/// Reads a checkpoint of any form and writes it as a Hugging Face folder.
pub(crate) fn run(arguments: &ExportArguments) -> Result<ExitCode> {
    let out = &arguments.out;
    let there = || anyhow::anyhow!("{} is there already; name another folder", out.display());
    ensure!(!out.exists(), wrong_call(there()));
    write(&arguments.checkpoint, out)?;
    print(&out.display().to_string());
    Ok(ExitCode::SUCCESS)
}

/// Writes the folder aside and puts it in its place, instead of one that may be there.
pub(crate) fn write(checkpoint: &Path, out: &Path) -> Result<()> {
    let device = device::by_name("flex").or_else(|_| device::by_name("tch:cpu"))?;
    let loaded = model::load(checkpoint, &device, 0)?;
    let tokenizer = hub_folder::tokenizer_of(checkpoint)?;
    loaded.config.check_fits(
        tokenizer.vocabulary.len(),
        loaded.config.max_position_embeddings,
    )?;
    hub_folder::note_report(&loaded.report);
    let aside =
        AtomicFolder::create(out).with_context(|| format!("could not write {}", out.display()))?;
    model::save(&loaded.model, aside.path())?;
    let positions = loaded.config.max_position_embeddings;
    for (name, text) in hub_folder::tokenizer_files(&tokenizer, positions) {
        let path = aside.path().join(name);
        std::fs::write(&path, text)
            .with_context(|| format!("could not write {}", path.display()))?;
        std::fs::File::open(&path)?.sync_all()?;
    }
    aside
        .replace()
        .with_context(|| format!("could not write {}", out.display()))
}
