//! `macbert export`: a checkpoint as a Hugging Face folder.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, ensure};
use model::LoadOptions;
use repro::AtomicFolder;
use segment::{CheckpointTokenizer, PretrainedError};

use crate::arguments::model::ExportArguments;
use crate::failure::usage_error;
use crate::progress::{note, print};
use crate::reports::load::{
    added_remark, load_remarks, load_summary, untrained_remarks, untrained_section,
};

/// The model card, which model hubs show.
const CARD: &str = "README.md";

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
    write(&arguments.checkpoint, out, arguments.partial)?;
    print(&out.display().to_string());
    Ok(ExitCode::SUCCESS)
}

/// Writes the folder under a temporary name and renames it. A folder that is already there is replaced. `partial` says
/// whether the encoder may be incomplete.
pub(super) fn write(checkpoint: &Path, out: &Path, partial: bool) -> Result<()> {
    let device = device::by_name("flex").or_else(|_| device::by_name("tch:cpu"))?;
    let tokenizer = read_tokenizer(checkpoint)?;
    let options = LoadOptions {
        seed: 0,
        n_pieces: Some(tokenizer.n_pieces()),
        partial,
    };
    let loaded = model::load_with(checkpoint, &device, options)?;
    let positions = loaded.config.max_position_embeddings;
    note(&load_summary(&loaded.report));
    let remarks = load_remarks(&loaded.report).into_iter();
    let remarks = remarks.chain(added_remark(&tokenizer.added));
    for remark in remarks.chain(untrained_remarks(&loaded.config)) {
        note(&remark);
    }
    let could_not = || format!("could not write {}", out.display());
    let aside = AtomicFolder::create(out).with_context(could_not)?;
    model::save(&loaded.model, aside.path())?;
    for file in tokenizer.files(positions) {
        write_text(&aside.path().join(file.name), &file.text)?;
    }
    append_to_card(aside.path(), &untrained_section(&loaded.config))?;
    aside.replace().with_context(could_not)
}

/// Reads the tokenizer of a checkpoint, after its config: an error about the wrong kind of checkpoint says more than one
/// about its vocabulary.
fn read_tokenizer(checkpoint: &Path) -> Result<CheckpointTokenizer> {
    let tokenizer = CheckpointTokenizer::read(checkpoint);
    if !matches!(tokenizer, Err(PretrainedError::NoCheckpoint { .. })) {
        model::read_config(checkpoint)?;
    }
    Ok(tokenizer?)
}

/// Adds a section to the model card of a folder.
fn append_to_card(folder: &Path, section: &str) -> Result<()> {
    if section.is_empty() {
        return Ok(());
    }
    let path = folder.join(CARD);
    let card = if path.exists() {
        std::fs::read_to_string(&path)?
    } else {
        "# BERT, pre-trained with macbert\n".to_owned()
    };
    write_text(&path, &(card + section))
}

fn write_text(path: &Path, text: &str) -> Result<()> {
    let write = || {
        std::fs::write(path, text)?;
        std::fs::File::open(path)?.sync_all()
    };
    write().with_context(|| format!("could not write {}", path.display()))
}
