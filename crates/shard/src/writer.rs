//! Writes a file of examples.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use arrow_ipc::writer::FileWriter;
use arrow_schema::ArrowError;
use repro::{AtomicFile, Sha256Writer};
use sop::Example;

use crate::columns::{BATCH_ROWS, MAX_LENGTH, PieceWidth, Row, record_batch, schema};
use crate::error::ShardError;
use crate::manifest::ShardFile;
use crate::split::Split;

/// Writes the examples of one file.
///
/// The file appears under its name when [`finish`](Self::finish) is called. A writer that is dropped before leaves
/// nothing behind.
pub struct ShardWriter {
    path: PathBuf,
    name: String,
    n_vocabulary: usize,
    aside: AtomicFile,
    writer: FileWriter<Sha256Writer<BufWriter<File>>>,
    /// Rows of the next record batch; at most [`BATCH_ROWS`].
    waiting: Vec<Row>,
    n_examples: u64,
    n_pieces: u64,
}

impl ShardWriter {
    /// Starts file `index` (from 0) of a side. The examples are of a vocabulary with `n_vocabulary` pieces.
    pub fn create(
        folder: &Path,
        split: Split,
        index: usize,
        n_vocabulary: usize,
    ) -> Result<Self, ShardError> {
        let name = format!("{}-{index:05}.arrow", split.name());
        let path = folder.join(&name);
        let open = || -> Result<_, ArrowError> {
            let aside = AtomicFile::create(&path)?;
            let file = Sha256Writer::new(BufWriter::new(aside.file().try_clone()?));
            let schema = schema(PieceWidth::of(n_vocabulary));
            Ok((aside, FileWriter::try_new(file, &schema)?))
        };
        let (aside, writer) = open().map_err(|error| failed(&path, &error))?;
        Ok(Self {
            path,
            name,
            n_vocabulary,
            aside,
            writer,
            waiting: Vec::with_capacity(BATCH_ROWS),
            n_examples: 0,
            n_pieces: 0,
        })
    }

    /// Appends an example. `path_index` is the document's file, as an index into the manifest's `paths`.
    pub fn push(&mut self, path_index: u32, example: Example) -> Result<(), ShardError> {
        self.check(&example)?;
        self.n_examples += 1;
        self.n_pieces += example.pieces().len() as u64;
        self.waiting.push(Row {
            path_index,
            example,
        });
        if self.waiting.len() == BATCH_ROWS {
            self.write_waiting()
        } else {
            Ok(())
        }
    }

    /// The number of examples so far.
    pub const fn n_examples(&self) -> u64 {
        self.n_examples
    }

    /// Writes the last rows, puts the file in its place, and describes it.
    pub fn finish(mut self) -> Result<ShardFile, ShardError> {
        self.write_waiting()?;
        let Self { path, writer, .. } = self;
        let close = || -> Result<_, ArrowError> {
            let (mut buffered, sha256, bytes) = writer.into_inner()?.finish();
            buffered.flush()?;
            self.aside.commit()?;
            Ok((sha256, bytes))
        };
        let (sha256, bytes) = close().map_err(|error| failed(&path, &error))?;
        Ok(ShardFile {
            name: self.name,
            n_examples: self.n_examples,
            n_pieces: self.n_pieces,
            bytes,
            sha256,
        })
    }

    /// Refuses an example whose lengths or ids do not fit into their columns, which would store other numbers.
    fn check(&self, example: &Example) -> Result<(), ShardError> {
        let refuse = |reason: String| {
            let key = example.key().get();
            Err(failed(&self.path, &format!("example {key:016x} {reason}")))
        };
        if example.pieces().len() > MAX_LENGTH {
            let n = example.pieces().len();
            return refuse(format!("has {n} pieces, at most {MAX_LENGTH} fit"));
        }
        let n_vocabulary = self.n_vocabulary;
        match example
            .pieces()
            .iter()
            .find(|id| id.index() >= n_vocabulary)
        {
            Some(id) => refuse(format!(
                "has the piece {}, but the vocabulary has {n_vocabulary}",
                id.get()
            )),
            None => Ok(()),
        }
    }

    fn write_waiting(&mut self) -> Result<(), ShardError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let batch = record_batch(&self.waiting, PieceWidth::of(self.n_vocabulary));
        let written = batch.and_then(|batch| self.writer.write(&batch));
        written.map_err(|error| failed(&self.path, &error))?;
        self.waiting.clear();
        Ok(())
    }
}

fn failed(path: &Path, reason: &dyn std::fmt::Display) -> ShardError {
    ShardError::Write {
        path: path.to_path_buf(),
        reason: reason.to_string(),
    }
}
