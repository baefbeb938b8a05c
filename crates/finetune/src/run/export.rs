//! The folder of a fine-tuned model, as transformers reads it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use model::{BertForTask, save_task};
use repro::AtomicFolder;

use crate::error::FinetuneError;
use crate::tasks::task::Task;

/// Writes a Hugging Face folder. A folder that is already there is replaced. `files` are the contents, by name, of the files
/// beside weights and config.
pub(crate) fn export(
    task: &Task,
    model: &BertForTask,
    files: &BTreeMap<String, String>,
    path: &Path,
) -> Result<(), FinetuneError> {
    let could_not = FinetuneError::file;
    let aside = AtomicFolder::create(path).map_err(could_not(path))?;
    save_task(model, task.labels(), aside.path())?;
    for (name, text) in files {
        let file = aside.path().join(name);
        fs::write(&file, text)
            .and_then(|()| fs::File::open(&file)?.sync_all())
            .map_err(could_not(&file))?;
    }
    aside.replace().map_err(could_not(path))
}
