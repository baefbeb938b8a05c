//! Opens a checkpoint, and reads its variables.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::error::CheckpointError;
use super::find::{Found, find, index_of};
use super::table::{TableEntry, read_table};
use super::variable::{Part, Place, Variable, copy_part, n_bytes};
use super::{bundle, older};
use crate::record::is_checksum;

/// A checkpoint of TensorFlow 1.x: its variables, and the files that hold them.
#[derive(Debug)]
pub struct Checkpoint {
    /// The index, or the file of the older format.
    path: PathBuf,
    variables: Vec<Variable>,
    /// The data files, by their numbers.
    shards: Vec<PathBuf>,
}

impl Checkpoint {
    /// Opens a checkpoint by any of its names (see [`checkpoint_file`](crate::checkpoint_file)).
    ///
    /// The index is verified whole: its checksums, its header, and that every tensor lies inside its data file. The bytes
    /// of tensors are verified when they are read. Memory is bounded by the sizes of the files.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        match find(path)? {
            None => Err(CheckpointError::NotFound {
                path: path.to_path_buf(),
            }),
            Some(Found::Bundle { prefix }) => {
                let index = index_of(&prefix);
                let entries = entries(&index)?;
                let (variables, shards) = bundle::variables(&index, &prefix, entries)?;
                Ok(Self {
                    path: index,
                    variables,
                    shards,
                })
            }
            Some(Found::Older(file)) => Ok(Self {
                variables: older::variables(&file, entries(&file)?)?,
                path: file,
                shards: Vec::new(),
            }),
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
        let wrong = |what: &str| CheckpointError::entry(&self.path, &variable.name, what);
        let element = variable.data_type.n_bytes();
        let element = element.ok_or_else(|| wrong("elements of this type are not read"))?;
        let parts = variable.parts.iter();
        let mut parts: Vec<Vec<u8>> = parts
            .map(|part| self.part_bytes(variable, part))
            .collect::<Result<_, _>>()?;
        let size = |shape: &[u64]| n_bytes(shape, variable.data_type);
        let fits = |(part, bytes): (&Part, &Vec<u8>)| size(&part.shape) == Some(bytes.len() as u64);
        if !variable.parts.iter().zip(&parts).all(fits) {
            return Err(wrong("elements of this type are not read from this format"));
        }
        if parts.len() == 1 {
            return Ok(parts.swap_remove(0)); // a single part that tiles the variable is the variable
        }
        // The parts tile the variable, so all of them together have its size: nothing larger is allocated.
        let mut whole = vec![0; parts.iter().map(Vec::len).sum()];
        for (part, bytes) in variable.parts.iter().zip(&parts) {
            copy_part(part, bytes, &variable.shape, element as usize, &mut whole);
        }
        Ok(whole)
    }

    fn part_bytes(&self, variable: &Variable, part: &Part) -> Result<Vec<u8>, CheckpointError> {
        let (shard, offset, size, checksum) = match &part.place {
            Place::Memory(bytes) => return Ok(bytes.clone()),
            Place::File {
                shard,
                offset,
                size,
                checksum,
            } => (*shard, *offset, *size, *checksum),
        };
        let path = &self.shards[shard];
        let bytes = read_at(path, offset, size).map_err(CheckpointError::io(path))?;
        if bytes.len() as u64 == size && is_checksum(checksum, &bytes) {
            return Ok(bytes);
        }
        let what = format!(
            "its bytes {offset} to {} in {} do not have the checksum of the index: one of the two files is damaged; copy both again",
            offset + size,
            path.display()
        );
        Err(CheckpointError::entry(&self.path, &variable.name, what))
    }
}

/// Reads the table of an index, or of a file of the older format.
fn entries(file: &Path) -> Result<Vec<TableEntry>, CheckpointError> {
    let bytes = std::fs::read(file).map_err(CheckpointError::io(file))?;
    read_table(&bytes).map_err(|damage| CheckpointError::Table {
        path: file.to_path_buf(),
        what: damage.what,
        offset: damage.offset as u64,
    })
}

fn read_at(path: &Path, offset: u64, size: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}
