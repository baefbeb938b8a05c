//! Merges the folders of tasks into one folder of shards. The manifests are joined; the files stay where they are.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use corpus::{CorpusError, Share};
use repro::AtomicFile;
use shard::{Counts, MANIFEST, Manifest, ShardError, ShardFile, Split, TABLE, VOCABULARY};

use crate::difference::shared_difference;
use crate::error::{PrepareError, check_unknown};
use crate::quality::duplicates::DuplicateSketch;
use crate::quality::near::search;
use crate::quality::report::{DROP_LIST, HASHES, Quality, SIGNATURES, Wrapped};
use crate::quality::unknown::Unknown;
use crate::records::{check_files, task_drops};
use crate::task::{TaskFolder, task_folders};

/// The most missing tasks that an error names.
const N_NAMED: usize = 20;

/// An error of a merge.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A manifest could not be read or written.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// The quality report could not be read or written, or the vocabulary does not fit the corpus.
    #[error(transparent)]
    Report(#[from] PrepareError),
    /// All records of a file are dropped.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A file or folder could not be read or written.
    #[error("could not read or write {path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The folder contains no tasks.
    #[error(
        "{folder} holds no task; write tasks with `macbert prepare CONFIG --task I --num-tasks N`"
    )]
    NoTasks {
        /// The folder.
        folder: PathBuf,
    },
    /// Tasks are missing.
    #[error(
        "{folder}: of {n_tasks} tasks, these are not done: {missing}; run them, then merge again"
    )]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The number of tasks that there should be.
        n_tasks: u64,
        /// The indices of the missing tasks.
        missing: String,
    },
    /// A task was not made like the others, or is damaged.
    #[error("{task} does not belong with the other tasks: {what}; remove it and run it again")]
    Stranger {
        /// The folder of the task.
        task: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The folder has the manifest of another merge.
    #[error("{folder} holds another manifest already; remove {MANIFEST} there and merge again")]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The tasks have no examples to train on.
    #[error("the tasks in {folder} hold no example to train on: {documents} documents")]
    NoExamples {
        /// The folder.
        folder: PathBuf,
        /// Documents read.
        documents: u64,
    },
}

/// A finished task.
struct Task {
    /// The name of its folder.
    name: String,
    manifest: Manifest,
}

/// Merges the tasks of a folder. All must be finished and agree.
///
/// The manifest that is written makes the folder a folder of shards. Its examples are those of one run without tasks, in
/// the same order. As in such a run, most pieces may only be `[UNK]` with `allow_unknown`, and all records of a file may not be
/// dropped.
pub fn merge(folder: &Path, allow_unknown: bool) -> Result<Manifest, MergeError> {
    let tasks = match read_tasks(folder) {
        Err(MergeError::NoTasks { .. }) if folder.join(MANIFEST).exists() => {
            return Ok(Manifest::read(folder)?); // made by one run without tasks
        }
        tasks => tasks?,
    };
    let first = tasks.first().expect("`read_tasks` found a task");
    let mut merged = joined(&tasks);
    check_files(&task_drops(folder)?)?;
    if !allow_unknown {
        check_unknown(merged.counts.unknown_pieces, merged.counts.pieces)?;
    }
    if merged.train.is_empty() && !merged.held_out.is_empty() {
        merged.train_on_all();
    }
    if merged.train.is_empty() {
        return Err(MergeError::NoExamples {
            folder: folder.to_path_buf(),
            documents: merged.counts.documents,
        });
    }
    if folder.join(MANIFEST).exists() {
        let same = Manifest::read(folder).is_ok_and(|found| found == merged);
        let occupied = || MergeError::Occupied {
            folder: folder.to_path_buf(),
        };
        return if same { Ok(merged) } else { Err(occupied()) };
    }
    for name in [VOCABULARY, TABLE] {
        let from = folder.join(&first.name).join(name);
        if from.exists() {
            copy(&from, &folder.join(name))?;
        }
    }
    if let Some(quality) = joined_quality(folder, &tasks)? {
        quality.write(folder)?;
    }
    merged.write(folder)?;
    Ok(merged)
}

/// The quality report that one run without tasks would have written. `None` if a task has no report of this version.
fn joined_quality(folder: &Path, tasks: &[Task]) -> Result<Option<Quality>, PrepareError> {
    let (mut unknown, mut sketch) = (Unknown::default(), DuplicateSketch::default());
    let mut wrapped: BTreeMap<String, Wrapped> = BTreeMap::new();
    let mut likeness = None;
    let folders = || tasks.iter().map(|task| folder.join(&task.name));
    for task in folders() {
        let Some(quality) = Quality::read(&task)? else {
            return Ok(None);
        };
        unknown.merge(&quality.unknown);
        likeness = quality.likeness;
        for (path, found) in quality.wrapped {
            let file = wrapped.entry(path).or_default();
            file.documents += found.documents;
            file.lines += found.lines;
        }
        let hashes = task.join(HASHES);
        let read = DuplicateSketch::read(&hashes);
        sketch.merge(&read.map_err(|source| PrepareError::report(&hashes, source))?);
    }
    let search = |threshold| {
        let signatures: Vec<PathBuf> = folders().map(|task| task.join(SIGNATURES)).collect();
        let list = folder.join(DROP_LIST);
        search(&signatures, &tasks[0].manifest.paths, threshold, &list)
    };
    Ok(Some(Quality {
        version: Quality::VERSION,
        unknown,
        wrapped,
        duplicates: sketch.duplicates(),
        likeness,
        near_duplicates: likeness.map(search).transpose()?,
    }))
}

/// Reads the manifests of all tasks of a folder, and checks that none is missing and all agree.
fn read_tasks(folder: &Path) -> Result<Vec<Task>, MergeError> {
    let found = task_folders(folder).map_err(|source| MergeError::File {
        path: folder.to_path_buf(),
        source,
    })?;
    let Some(first) = found.first() else {
        return Err(MergeError::NoTasks {
            folder: folder.to_path_buf(),
        });
    };
    let n_tasks = first.share.n_tasks();
    let exists = |index: &u64| found.iter().any(|task| task.share.index() == *index);
    let missing: Vec<u64> = (0..n_tasks).filter(|index| !exists(index)).collect();
    if !missing.is_empty() {
        return Err(MergeError::Missing {
            folder: folder.to_path_buf(),
            n_tasks,
            missing: named(&missing),
        });
    }
    let mut tasks: Vec<Task> = Vec::with_capacity(found.len());
    for TaskFolder { share, path } in found {
        let manifest = Manifest::read(&path)?;
        if let Some(what) = stranger(share, &path, &manifest, tasks.first()) {
            return Err(MergeError::Stranger { task: path, what });
        }
        let name = path.file_name().unwrap_or_default();
        tasks.push(Task {
            name: name.to_string_lossy().into_owned(),
            manifest,
        });
    }
    Ok(tasks)
}

/// A list of the missing tasks; the first [`N_NAMED`] are named.
fn named(missing: &[u64]) -> String {
    let first: Vec<String> = missing.iter().take(N_NAMED).map(u64::to_string).collect();
    let more = missing.len().saturating_sub(N_NAMED);
    match more {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// The reason why a task cannot be merged with the first, if there is one.
fn stranger(
    share: Share,
    path: &Path,
    manifest: &Manifest,
    first: Option<&Task>,
) -> Option<String> {
    let Some(mark) = &manifest.task else {
        return Some("its manifest is not that of a task".to_owned());
    };
    if (mark.index, mark.n_tasks) != (share.index(), share.n_tasks()) {
        return Some(format!("it is task {} of {}", mark.index, mark.n_tasks));
    }
    if let Some(first) = first {
        let (there, here) = (&first.manifest, manifest);
        let programs = [there, here].map(|m| m.task.as_ref().map(|task| task.program.as_str()));
        if programs[0] != programs[1] {
            let [there, here] = programs.map(Option::unwrap_or_default);
            return Some(format!("the program: there {there}, here {here}"));
        }
        if let Some(difference) = shared_difference(there, here) {
            return Some(difference);
        }
    }
    let whole = |file: &&ShardFile| {
        let length = fs::metadata(path.join(&file.name)).map_or(0, |metadata| metadata.len());
        length == file.bytes
    };
    let files = Split::ALL.map(|split| manifest.files(split));
    let broken = files.into_iter().flatten().find(|file| !whole(file));
    broken.map(|file| format!("its shard {} is missing or cut short", file.name))
}

fn without_task(manifest: &Manifest) -> Manifest {
    Manifest {
        task: None,
        ..manifest.clone()
    }
}

/// Joins the manifests: files in the order of the tasks, counts added up.
fn joined(tasks: &[Task]) -> Manifest {
    let mut merged = Manifest {
        counts: Counts::default(),
        train: Vec::new(),
        held_out: Vec::new(),
        ..without_task(&tasks[0].manifest)
    };
    for task in tasks {
        merged.counts += &task.manifest.counts;
        let moved = |file: &ShardFile| ShardFile {
            name: format!("{}/{}", task.name, file.name),
            ..file.clone()
        };
        merged.train.extend(task.manifest.train.iter().map(moved));
        merged
            .held_out
            .extend(task.manifest.held_out.iter().map(moved));
    }
    merged
}

fn copy(from: &Path, to: &Path) -> Result<(), MergeError> {
    let copy = || {
        let file = AtomicFile::create(to)?;
        io::copy(&mut fs::File::open(from)?, &mut file.file())?;
        file.commit()
    };
    copy().map_err(|source| MergeError::File {
        path: to.to_path_buf(),
        source,
    })
}
