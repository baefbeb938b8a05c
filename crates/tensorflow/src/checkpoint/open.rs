//! Finds a checkpoint by any of its names, opens it, and reads its variables.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::error::CheckpointError;
use super::table::is_table;
use super::variable::{Place, Variable, copy_part};
use super::{bundle, older};
use crate::record::masked;

/// A checkpoint of TensorFlow 1.x: its variables, and the files that hold them.
#[derive(Debug)]
pub struct Checkpoint {
    /// The index, or the file of the older format.
    path: PathBuf,
    variables: Vec<Variable>,
    shards: Vec<PathBuf>,
}

/// Where a checkpoint is.
enum Found {
    /// `PREFIX.index` and data files beside it.
    Bundle(PathBuf),
    /// One file of the older format.
    Older(PathBuf),
}

/// The file of a checkpoint that a path names: `PREFIX.index`, or the file of the older format; None if it names none.
///
/// The path may be a prefix, its `.index`, one of its `.data-…` or `.meta` files, a file of the older format, or a folder. In a
/// folder, the file `checkpoint` names the newest; without it, the folder must hold one checkpoint.
pub fn checkpoint_file(path: &Path) -> Result<Option<PathBuf>, CheckpointError> {
    Ok(find(path)?.map(|found| match found {
        Found::Bundle(prefix) => with_end(&prefix, ".index"),
        Found::Older(file) => file,
    }))
}

fn find(path: &Path) -> Result<Option<Found>, CheckpointError> {
    if path.is_dir() {
        return in_folder(path);
    }
    let prefix = prefix_of(path);
    if with_end(&prefix, ".index").is_file() {
        return Ok(Some(Found::Bundle(prefix)));
    }
    let older = path.is_file() && ends_as_table(path)?;
    Ok(older.then(|| Found::Older(path.to_path_buf())))
}

/// A path without the end that TensorFlow gave it.
fn prefix_of(path: &Path) -> PathBuf {
    let name = path.to_string_lossy();
    let without = name
        .strip_suffix(".index")
        .or_else(|| name.strip_suffix(".meta"))
        .or_else(|| Some(name.rsplit_once(".data-")?.0));
    without.map_or_else(|| path.to_path_buf(), PathBuf::from)
}

fn with_end(prefix: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(prefix);
    name.push(end);
    PathBuf::from(name)
}

fn in_folder(folder: &Path) -> Result<Option<Found>, CheckpointError> {
    let io = |source| CheckpointError::Io {
        path: folder.to_path_buf(),
        source,
    };
    if let Some(named) = newest(folder)
        && let Some(found) = find(&named)?
    {
        return Ok(Some(found));
    }
    let mut prefixes = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "index")
            && path.is_file()
        {
            prefixes.push(prefix_of(&path));
        }
    }
    prefixes.sort();
    match prefixes.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(Found::Bundle(one.clone()))),
        several => Err(CheckpointError::Several {
            folder: folder.to_path_buf(),
            prefixes: several
                .iter()
                .map(|prefix| prefix.display().to_string())
                .collect(),
        }),
    }
}

/// What the file `checkpoint` names as the newest. Only a name inside the folder counts: the path of another machine means
/// nothing here.
fn newest(folder: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(folder.join("checkpoint")).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("model_checkpoint_path:"))?;
    let name = line.trim().trim_matches('"');
    Some(folder.join(Path::new(name).file_name()?))
}

fn ends_as_table(path: &Path) -> Result<bool, CheckpointError> {
    let io = |source| CheckpointError::Io {
        path: path.to_path_buf(),
        source,
    };
    let mut file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    if length < 48 {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(length - 48)).map_err(io)?;
    let mut end = Vec::new();
    file.take(48).read_to_end(&mut end).map_err(io)?;
    Ok(is_table(&end))
}

impl Checkpoint {
    /// Opens a checkpoint by any of its names (see [`checkpoint_file`]).
    ///
    /// The index is verified whole: its checksums, its header, and that every tensor lies inside its data file. The bytes
    /// of tensors are verified when they are read.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let found = find(path)?;
        let found = found.ok_or_else(|| CheckpointError::NotFound {
            path: path.to_path_buf(),
        })?;
        let read = |path: &Path| {
            std::fs::read(path).map_err(|source| CheckpointError::Io {
                path: path.to_path_buf(),
                source,
            })
        };
        match found {
            Found::Bundle(prefix) => {
                let index = with_end(&prefix, ".index");
                let (variables, shards) = bundle::read(&index, &read(&index)?, &prefix)?;
                Ok(Self {
                    path: index,
                    variables,
                    shards,
                })
            }
            Found::Older(file) => {
                let variables = older::read(&file, &read(&file)?)?;
                Ok(Self {
                    path: file,
                    variables,
                    shards: Vec::new(),
                })
            }
        }
    }

    /// The index, or the file of the older format.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The variables, by name.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Reads the bytes of a variable: little-endian, row-major. Checksums are verified.
    ///
    /// # Errors
    /// If a file cannot be read, a checksum does not match, or the elements are texts or of an unknown type.
    pub fn bytes(&self, variable: &Variable) -> Result<Vec<u8>, CheckpointError> {
        let wrong = |what: &str| CheckpointError::Entry {
            path: self.path.clone(),
            name: variable.name.clone(),
            what: what.to_owned(),
        };
        let element = variable.data_type.n_bytes();
        let element = element.ok_or_else(|| wrong("elements of this type are not read"))?;
        let n = super::variable::n_elements(&variable.shape);
        let size = n
            .and_then(|n| n.checked_mul(element))
            .and_then(|size| usize::try_from(size).ok());
        let mut whole =
            vec![0; size.ok_or_else(|| wrong("the variable does not fit into memory"))?];
        for part in &variable.parts {
            let bytes = match &part.place {
                Place::Memory(bytes) => bytes.clone(),
                Place::File {
                    shard,
                    offset,
                    size,
                    checksum,
                } => {
                    let bytes = read_at(&self.shards[*shard], *offset, *size)?;
                    if masked(crc32c::crc32c(&bytes)) != *checksum {
                        return Err(wrong(
                            "the checksum does not match: the data file is damaged",
                        ));
                    }
                    bytes
                }
            };
            if bytes.len() as u64 != super::variable::n_elements(&part.shape).unwrap_or(0) * element
            {
                return Err(wrong(
                    "elements of this type are not read from the older format",
                ));
            }
            copy_part(part, &bytes, &variable.shape, element as usize, &mut whole);
        }
        Ok(whole)
    }
}

fn read_at(path: &Path, offset: u64, size: u64) -> Result<Vec<u8>, CheckpointError> {
    let io = |source| CheckpointError::Io {
        path: path.to_path_buf(),
        source,
    };
    let mut file = File::open(path).map_err(io)?;
    file.seek(SeekFrom::Start(offset)).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}
