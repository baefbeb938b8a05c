//! Writing a file of examples. It lies in a folder that is itself aside until it is complete.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use arrow::datatypes::Schema;
use arrow::ipc::writer::FileWriter;
use segment::Sha256Writer;
use sop::Example;

use crate::columns::{PieceWidth, rows};
use crate::error::ShardError;
use crate::manifest::{ShardFile, Split};

/// Rows of a record batch: what is read at once.
pub(crate) const BATCH_ROWS: usize = 1024;

/// Writes the examples of one file.
pub struct ShardWriter {
    path: PathBuf,
    name: String,
    width: PieceWidth,
    writer: FileWriter<Sha256Writer<BufWriter<File>>>,
    waiting: Vec<(u32, Example)>,
    n_examples: u64,
    n_pieces: u64,
}

impl ShardWriter {
    /// A file of a side, numbered from 0.
    pub fn create(
        folder: &Path,
        split: Split,
        index: usize,
        width: PieceWidth,
    ) -> Result<Self, ShardError> {
        let name = format!("{}-{index:05}.arrow", split.name());
        let path = folder.join(&name);
        let open = || -> Result<_, arrow::error::ArrowError> {
            let schema: Schema = rows(&[], width)?.schema().as_ref().clone();
            let file = Sha256Writer::new(BufWriter::new(File::create(&path)?));
            FileWriter::try_new(file, &schema)
        };
        let writer = open().map_err(|error| write(&path, &error))?;
        Ok(Self {
            path,
            name,
            width,
            writer,
            waiting: Vec::with_capacity(BATCH_ROWS),
            n_examples: 0,
            n_pieces: 0,
        })
    }

    /// Appends an example; `path` is its file as a place in the manifest's `paths`.
    pub fn push(&mut self, path: u32, example: Example) -> Result<(), ShardError> {
        self.n_examples += 1;
        self.n_pieces += example.pieces().len() as u64;
        self.waiting.push((path, example));
        if self.waiting.len() == BATCH_ROWS {
            self.write_waiting()
        } else {
            Ok(())
        }
    }

    /// How many examples the file has.
    pub const fn n_examples(&self) -> u64 {
        self.n_examples
    }

    /// Writes what is left, syncs the file, and says what it holds.
    pub fn finish(mut self) -> Result<ShardFile, ShardError> {
        self.write_waiting()?;
        let failed = |error: &dyn std::fmt::Display| write(&self.path, error);
        self.writer.finish().map_err(|error| failed(&error))?;
        let inner = self.writer.into_inner().map_err(|error| failed(&error))?;
        let (mut buffered, sha256, bytes) = inner.finish();
        buffered.flush().map_err(|error| failed(&error))?;
        buffered
            .get_ref()
            .sync_all()
            .map_err(|error| failed(&error))?;
        Ok(ShardFile {
            name: self.name,
            n_examples: self.n_examples,
            n_pieces: self.n_pieces,
            bytes,
            sha256,
        })
    }

    fn write_waiting(&mut self) -> Result<(), ShardError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let examples: Vec<(u32, &Example)> = self
            .waiting
            .iter()
            .map(|(path, example)| (*path, example))
            .collect();
        let batch = rows(&examples, self.width).and_then(|batch| self.writer.write(&batch));
        batch.map_err(|error| write(&self.path, &error))?;
        self.waiting.clear();
        Ok(())
    }
}

fn write(path: &Path, reason: &dyn std::fmt::Display) -> ShardError {
    ShardError::Write {
        path: path.to_path_buf(),
        reason: reason.to_string(),
    }
}

/// Makes renames in a folder last.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
