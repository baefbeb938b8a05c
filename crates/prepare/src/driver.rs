//! The driver: corpus to shards, whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use corpus::{Corpus, CorpusError, Document, DropReport};
use segment::Segmenter;
use shard::{
    Counts, MANIFEST, Manifest, PieceWidth, ShardError, ShardFile, ShardWriter, Split, TABLE,
    VOCABULARY, VocabularyBinding,
};
use sop::{Example, ExampleOptions};
use synonym::{FunctionWords, SimilarWords};

use crate::CHUNK_BYTES;
use crate::chunk::{Made, Worker};
use crate::folder::{State, aside, look, publish};

/// What goes into shards.
pub struct PrepareJob<'j> {
    /// The raw text.
    pub corpus: &'j Corpus,
    /// What cuts it.
    pub segmenter: &'j Segmenter,
    /// The similar-word table: copied into the folder, and its coverage is counted.
    pub table: Option<&'j SimilarWords>,
    /// Words left out of the coverage.
    pub function_words: &'j FunctionWords,
    /// Runs of sentences.
    pub examples: &'j ExampleOptions,
    /// The share of documents that is held out.
    pub held_out_share: f64,
    /// Everything random follows from it.
    pub seed: u64,
    /// Examples of a file.
    pub examples_per_shard: usize,
    /// The folder to write.
    pub folder: &'j Path,
    /// The resolved config, kept in the manifest.
    pub config: serde_json::Value,
}

/// How far a preparation is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Bytes of the corpus read so far.
    pub bytes: u64,
    /// Its bytes in all.
    pub total: u64,
    /// Documents so far.
    pub documents: u64,
}

/// A preparation that ended.
pub struct Finished {
    /// The manifest.
    pub manifest: Manifest,
    /// Whether the shards were there already.
    pub was_done: bool,
    /// Records that were dropped on reading.
    pub drops: DropReport,
    /// Time of the whole, of cutting (summed over threads), and of reading and writing.
    pub times: Times,
}

/// Where the time went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// From start to end.
    pub total: Duration,
    /// Cutting text, summed over threads.
    pub segment: Duration,
    /// Reading the corpus.
    pub read: Duration,
    /// Writing shards.
    pub write: Duration,
}

/// What went wrong with a preparation.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The corpus.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The shards.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// The folder.
    #[error("could not write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else is there.
    #[error(
        "{folder} is there already, and {what}; name another folder (shards.directory), or remove it"
    )]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// What is the matter.
        what: String,
    },
    /// A stop was asked for.
    #[error("stopped; nothing was written")]
    Stopped,
    /// No example came out.
    #[error(
        "the corpus gives no example to train on: {documents} documents, {sentences} sentences; an example needs two sentences of one document"
    )]
    NoExamples {
        /// Documents read.
        documents: u64,
        /// Their sentences.
        sentences: u64,
    },
}

/// Turns a corpus into a folder of shards.
///
/// The folder is written aside and renamed when it is whole; shards of the same settings are left as they are, others
/// refused. `stop` is looked at between chunks.
pub fn prepare(
    job: &PrepareJob<'_>,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
) -> Result<Finished, PrepareError> {
    let start = Instant::now();
    let mut manifest = empty_manifest(job);
    if let State::Done(found) = look(job.folder, &manifest)? {
        return Ok(Finished {
            manifest: *found,
            was_done: true,
            drops: DropReport::default(),
            times: Times::default(),
        });
    }
    let write = |path: &Path| {
        let path = path.to_path_buf();
        move |source| PrepareError::Write { path, source }
    };
    let folder = aside(job.folder).map_err(write(job.folder))?;
    let mut sink = Sink::new(&folder, job);
    let (drops, mut times) = run(job, &mut sink, progress, stop)?;
    manifest.counts = std::mem::take(&mut sink.counts);
    for (reason, count) in &drops.counts {
        let name = serde_json::to_value(reason)
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned));
        manifest
            .counts
            .dropped_records
            .insert(name.unwrap_or_default(), *count);
    }
    [manifest.train, manifest.held_out] = sink.finish()?;
    if manifest.train.iter().all(|file| file.n_examples == 0) {
        fs::remove_dir_all(&folder).map_err(write(&folder))?;
        return Err(PrepareError::NoExamples {
            documents: manifest.counts.documents,
            sentences: manifest.counts.sentences,
        });
    }
    write_rest(job, &folder, &manifest).map_err(write(&folder))?;
    publish(&folder, job.folder).map_err(write(job.folder))?;
    times.total = start.elapsed();
    Ok(Finished {
        manifest,
        was_done: false,
        drops,
        times,
    })
}

fn empty_manifest(job: &PrepareJob<'_>) -> Manifest {
    let vocabulary = job.segmenter.vocabulary();
    Manifest {
        version: Manifest::VERSION,
        vocabulary: VocabularyBinding {
            sha256: vocabulary.sha256().to_owned(),
            n_pieces: vocabulary.len(),
        },
        segmenter: job.segmenter.fingerprint().clone(),
        table_sha256: job.table.map(|table| table.sha256().to_owned()),
        max_length: job.examples.max_length,
        seed: job.seed,
        config: job.config.clone(),
        paths: job
            .corpus
            .files()
            .iter()
            .map(|file| file.path().to_string())
            .collect(),
        counts: Counts::default(),
        train: Vec::new(),
        held_out: Vec::new(),
    }
}

/// Reads all files in order, a chunk of documents at a time.
fn run(
    job: &PrepareJob<'_>,
    sink: &mut Sink<'_>,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
) -> Result<(DropReport, Times), PrepareError> {
    let worker = Worker {
        segmenter: job.segmenter,
        options: job.examples,
        held_out_share: job.held_out_share,
        seed: job.seed,
        table: job.table,
        function_words: job.function_words,
    };
    let total = job
        .corpus
        .files()
        .iter()
        .map(corpus::CorpusFile::bytes)
        .sum();
    let (mut drops, mut times) = (DropReport::default(), Times::default());
    let mut bytes_before = 0;
    for (path, file) in job.corpus.files().iter().enumerate() {
        let mut reader = file.documents()?;
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(PrepareError::Stopped);
            }
            let start = Instant::now();
            let chunk = next_chunk(&mut reader)?;
            times.read += start.elapsed();
            if chunk.is_empty() {
                break;
            }
            let made = worker.run(&chunk);
            let start = Instant::now();
            times.segment += made.iter().map(|made| made.segment_time).sum::<Duration>();
            sink.write(path as u32, made)?;
            times.write += start.elapsed();
            // Nobody listening is no reason to stop.
            let _ = progress.send(Progress {
                bytes: bytes_before + reader.bytes_read(),
                total,
                documents: sink.counts.documents,
            });
        }
        drops.merge(reader.drops());
        bytes_before += file.bytes();
    }
    Ok((drops, times))
}

fn next_chunk(reader: &mut corpus::DocumentReader) -> Result<Vec<Document>, CorpusError> {
    let mut chunk = Vec::new();
    let mut n_bytes = 0;
    while n_bytes < CHUNK_BYTES {
        let Some(document) = reader.next() else { break };
        let document = document?;
        n_bytes += document.text.len();
        chunk.push(document);
    }
    Ok(chunk)
}

/// The files of both sides, written in order.
struct Sink<'f> {
    folder: &'f Path,
    width: PieceWidth,
    examples_per_shard: u64,
    open: [Option<ShardWriter>; 2],
    files: [Vec<ShardFile>; 2],
    counts: Counts,
}

impl<'f> Sink<'f> {
    fn new(folder: &'f Path, job: &PrepareJob<'_>) -> Self {
        Self {
            folder,
            width: PieceWidth::of(job.segmenter.vocabulary().len()),
            examples_per_shard: job.examples_per_shard as u64,
            open: [None, None],
            files: [Vec::new(), Vec::new()],
            counts: Counts::default(),
        }
    }

    fn write(&mut self, path: u32, made: Vec<Made>) -> Result<(), ShardError> {
        for made in made {
            self.counts += &made.counts;
            for example in made.examples {
                self.push(usize::from(made.held_out), path, example)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, side: usize, path: u32, example: Example) -> Result<(), ShardError> {
        let mut writer = match self.open[side].take() {
            Some(writer) => writer,
            None => {
                let split = [Split::Train, Split::HeldOut][side];
                ShardWriter::create(self.folder, split, self.files[side].len(), self.width)?
            }
        };
        writer.push(path, example)?;
        if writer.n_examples() == self.examples_per_shard {
            self.files[side].push(writer.finish()?);
        } else {
            self.open[side] = Some(writer);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<[Vec<ShardFile>; 2], ShardError> {
        for (side, writer) in self.open.into_iter().enumerate() {
            if let Some(writer) = writer {
                self.files[side].push(writer.finish()?);
            }
        }
        Ok(self.files)
    }
}

/// The vocabulary and the table beside the shards, then the manifest.
fn write_rest(job: &PrepareJob<'_>, folder: &Path, manifest: &Manifest) -> io::Result<()> {
    write_synced(
        &folder.join(VOCABULARY),
        job.segmenter.vocabulary().to_text().as_bytes(),
    )?;
    if let Some(table) = job.table {
        write_synced(&folder.join(TABLE), &fs::read(table.path())?)?;
    }
    let mut json = serde_json::to_vec_pretty(manifest)?;
    json.push(b'\n');
    write_synced(&folder.join(MANIFEST), &json)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::write(path, bytes)?;
    fs::File::open(path)?.sync_all()
}
