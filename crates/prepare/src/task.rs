//! A task's folder: its name, and what must not lie beside it.

use std::fs;
use std::path::{Path, PathBuf};

use corpus::Share;
use shard::{MANIFEST, TaskMark};

use crate::error::PrepareError;

/// What writes the shards: another version may cut other examples, so its tasks are not mixed with this one's.
const PROGRAM: &str = concat!("prepare ", env!("CARGO_PKG_VERSION"));
const PREFIX: &str = "task-";
const BETWEEN: &str = "-of-";

/// The mark of a task in its manifest.
pub(crate) fn mark(share: Share) -> TaskMark {
    TaskMark {
        index: share.index(),
        n_tasks: share.n_tasks(),
        program: PROGRAM.to_owned(),
    }
}

/// The name of a task's folder.
pub(crate) fn name(share: Share) -> String {
    let (index, n_tasks) = (share.index(), share.n_tasks());
    format!("{PREFIX}{index:05}{BETWEEN}{n_tasks:05}")
}

/// The share that a folder's name stands for.
fn parse(name: &str) -> Option<Share> {
    let (index, n_tasks) = name.strip_prefix(PREFIX)?.split_once(BETWEEN)?;
    Share::new(index.parse().ok()?, n_tasks.parse().ok()?).ok()
}

/// The tasks' folders in a folder, in their order.
pub(crate) fn folders(folder: &Path) -> std::io::Result<Vec<(Share, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(share) = entry.file_name().to_str().and_then(parse) {
            found.push((share, entry.path()));
        }
    }
    found.sort_by_key(|(share, _)| (share.n_tasks(), share.index()));
    Ok(found)
}

/// The folder of a task inside that of the shards; tasks of another number, or shards of a run without tasks, are
/// refused: joined, they would hold documents twice.
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
    let others = folders(folder).map_err(|source| PrepareError::Write {
        path: folder.to_path_buf(),
        source,
    })?;
    let other = others
        .iter()
        .find(|(other, _)| other.n_tasks() != share.n_tasks());
    if let Some((other, _)) = other {
        let (there, here) = (other.n_tasks(), share.n_tasks());
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
    fn a_name_says_which_task_it_is() {
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
