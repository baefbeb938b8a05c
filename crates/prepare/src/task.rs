//! The folders of tasks: their names, and which of them may lie side by side.

use std::fs;
use std::path::{Path, PathBuf};

use corpus::Share;
use shard::{MANIFEST, TaskMark};

use crate::error::PrepareError;

/// The program and version in a task's manifest. Another version may make other examples, so tasks of two versions are
/// not merged.
const PROGRAM: &str = concat!("prepare ", env!("CARGO_PKG_VERSION"));
const PREFIX: &str = "task-";
const BETWEEN: &str = "-of-";

/// Identifies a task in its manifest.
pub(crate) fn mark(share: Share) -> TaskMark {
    TaskMark {
        index: share.index(),
        n_tasks: share.n_tasks(),
        program: PROGRAM.to_owned(),
    }
}

/// The name of a task's folder.
fn name(share: Share) -> String {
    let (index, n_tasks) = (share.index(), share.n_tasks());
    format!("{PREFIX}{index:05}{BETWEEN}{n_tasks:05}")
}

/// The part of the corpus that a folder's name stands for.
fn parse(name: &str) -> Option<Share> {
    let (index, n_tasks) = name.strip_prefix(PREFIX)?.split_once(BETWEEN)?;
    Share::new(index.parse().ok()?, n_tasks.parse().ok()?).ok()
}

/// The folder of a task.
pub(crate) struct TaskFolder {
    /// The task's part of the corpus.
    pub share: Share,
    pub path: PathBuf,
}

/// Finds the folders of tasks inside a folder, in the order of the tasks.
pub(crate) fn task_folders(folder: &Path) -> std::io::Result<Vec<TaskFolder>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(share) = entry.file_name().to_str().and_then(parse) {
            let path = entry.path();
            found.push(TaskFolder { share, path });
        }
    }
    found.sort_by_key(|task| (task.share.n_tasks(), task.share.index()));
    Ok(found)
}

/// The folder to write a task to, inside the folder of the shards.
///
/// Refuses a folder with tasks of another number of tasks, or with the shards of a run without tasks. Merged with this
/// task, they would contain documents twice.
pub(crate) fn folder_for(folder: &Path, share: Share) -> Result<PathBuf, PrepareError> {
    let refuse = |what: String| {
        Err(PrepareError::Occupied {
            folder: folder.to_path_buf(),
            what,
        })
    };
    let mine = folder.join(name(share));
    if !folder.exists() {
        return Ok(mine);
    }
    let others = task_folders(folder).map_err(|source| PrepareError::Write {
        path: folder.to_path_buf(),
        source,
    })?;
    let other = others
        .iter()
        .find(|other| other.share.n_tasks() != share.n_tasks());
    if let Some(other) = other {
        let (there, here) = (other.share.n_tasks(), share.n_tasks());
        return refuse(format!(
            "it holds a task of {there}, but this is one of {here}"
        ));
    }
    if folder.join(MANIFEST).exists() && !mine.exists() {
        return refuse("it holds finished shards without this task".to_owned());
    }
    Ok(mine)
}

#[cfg(test)]
mod tests {
    use corpus::Share;

    use super::{name, parse};

    #[test]
    fn a_task_is_parsed_from_the_name_of_its_folder() {
        let share = Share::new(3, 16).expect("a share");
        assert_eq!(name(share), "task-00003-of-00016");
        assert_eq!(parse(&name(share)), Some(share));
        for other in [
            "task-3",
            "task-00016-of-00016",
            "train-00000.arrow",
            "task-a-of-b",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
