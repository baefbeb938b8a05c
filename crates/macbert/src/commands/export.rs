//! `macbert export`: a checkpoint as a Hugging Face folder.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, ensure};
use repro::AtomicFolder;
use segment::CheckpointTokenizer;

use crate::arguments::model::ExportArguments;
use crate::failure::usage_error;
use crate::progress::{note, print};
use crate::reports::load::load_remarks;

/// Reads a checkpoint of any form and writes it as a Hugging Face folder.
pub(crate) fn run(arguments: &ExportArguments) -> Result<ExitCode> {
    let out = &arguments.out;
    ensure!(
        !out.exists(),
        usage_error(anyhow!(
            "{} exists already; name another folder",
            out.display()
        ))
    );
    write(&arguments.checkpoint, out)?;
    print(&out.display().to_string());
    Ok(ExitCode::SUCCESS)
}

/// Writes the folder under a temporary name and renames it. A folder that is already there is replaced.
pub(super) fn write(checkpoint: &Path, out: &Path) -> Result<()> {
    let device = device::by_name("flex").or_else(|_| device::by_name("tch:cpu"))?;
    let loaded = model::load(checkpoint, &device, 0)?;
    let tokenizer = CheckpointTokenizer::read(checkpoint)?;
    let positions = loaded.config.max_position_embeddings;
    loaded
        .config
        .check_fits(tokenizer.vocabulary.len(), positions)?;
    for remark in load_remarks(&loaded.report) {
        note(&remark);
    }
    let could_not = || format!("could not write {}", out.display());
    let aside = AtomicFolder::create(out).with_context(could_not)?;
    model::save(&loaded.model, aside.path())?;
    for file in tokenizer.files(positions) {
        let path = aside.path().join(file.name);
        std::fs::write(&path, file.text)
            .with_context(|| format!("could not write {}", path.display()))?;
        std::fs::File::open(&path)?.sync_all()?;
    }
    aside.replace().with_context(could_not)
}
