//! Reads, cuts and writes at the same time: one thread reads ahead, all cores cut, and one thread writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use corpus::{CorpusError, CorpusFile, Document, DropReport, FilePart, Share};

use crate::chunk::{Made, Worker, next_chunk};
use crate::error::PrepareError;
use crate::job::{PrepareJob, Progress, Times};
use crate::sink::Sink;

/// Chunks that may wait between two stages. One is enough to even out their speed, and takes little memory.
const AHEAD: usize = 1;

/// Some documents of one file, in order.
struct Chunk {
    /// The index of the file in the corpus.
    path_index: u32,
    documents: Vec<Document>,
    /// Bytes of the corpus read, up to the end of this chunk.
    bytes_read: u64,
}

/// The results of a chunk.
struct MadeChunk {
    path_index: u32,
    made: Vec<Made>,
    bytes_read: u64,
}

/// Takes all files through the stages, in order.
///
/// Queues connect the stages, so the order is kept for any number of threads. If a stage ends early, its queues close,
/// and the other stages end too. The records that were dropped are added to `drops`, also if the run fails.
pub(crate) fn run(
    job: &PrepareJob<'_>,
    sink: &mut Sink<'_>,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
    drops: &mut DropReport,
) -> Result<Times, PrepareError> {
    let files = job.corpus.files();
    let parts = job.corpus.parts(job.task.unwrap_or(Share::WHOLE))?;
    let total = parts.iter().map(|part| part.bytes).sum();
    let (to_cut, chunks) = sync_channel(AHEAD);
    let (to_write, made) = sync_channel(AHEAD);
    thread::scope(|scope| {
        let reader = scope.spawn(move || read(files, &parts, &to_cut, drops));
        let writer = scope.spawn(move || write(sink, &made, progress, total));
        let cut = cut(&Worker::new(job), chunks, &to_write, stop);
        drop(to_write); // closes the queue, so that the writer ends
        // If the writer failed, the cutter saw only a closed queue, so the writer's error goes first.
        let write_time = joined(writer)?;
        let mut times = cut?;
        times.read = joined(reader)?;
        times.write = write_time;
        Ok(times)
    })
}

/// Waits for a thread, and passes on its panic.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    let ended = thread.join();
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Reads parts of the files; returns the time. The records that were dropped are added to `drops`.
fn read(
    files: &[CorpusFile],
    parts: &[FilePart],
    to_cut: &SyncSender<Chunk>,
    drops: &mut DropReport,
) -> Result<Duration, CorpusError> {
    let (mut time, mut bytes_before) = (Duration::ZERO, 0);
    for part in parts {
        let mut reader = files[part.file_index].documents_in(&part.records)?;
        loop {
            let start = Instant::now();
            let documents = next_chunk(&mut reader);
            time += start.elapsed();
            let ends = documents.as_ref().map_or(true, Vec::is_empty);
            if ends {
                drops.merge(reader.drops());
            }
            let documents = documents?;
            if ends {
                break;
            }
            let chunk = Chunk {
                path_index: part.file_index as u32,
                documents,
                bytes_read: bytes_before + reader.bytes_read().min(part.bytes),
            };
            if to_cut.send(chunk).is_err() {
                drops.merge(reader.drops());
                return Ok(time); // another stage ended, and returns the error
            }
        }
        bytes_before += part.bytes;
    }
    Ok(time)
}

/// Cuts chunks until there are no more, or the writer has ended.
fn cut(
    worker: &Worker<'_>,
    chunks: Receiver<Chunk>,
    to_write: &SyncSender<MadeChunk>,
    stop: &AtomicBool,
) -> Result<Times, PrepareError> {
    let mut times = Times::default();
    for chunk in chunks {
        if stop.load(Ordering::Relaxed) {
            return Err(PrepareError::Stopped);
        }
        let made = worker.run(&chunk.documents);
        for made in &made {
            times.segment += made.segment_time;
            times.examples += made.examples_time;
        }
        let made = MadeChunk {
            path_index: chunk.path_index,
            made,
            bytes_read: chunk.bytes_read,
        };
        if to_write.send(made).is_err() {
            break;
        }
    }
    Ok(times)
}

/// Writes chunks in the order in which they arrive; returns the time.
fn write(
    sink: &mut Sink<'_>,
    made: &Receiver<MadeChunk>,
    progress: &Sender<Progress>,
    total: u64,
) -> Result<Duration, PrepareError> {
    let mut time = Duration::ZERO;
    for chunk in made {
        let start = Instant::now();
        sink.write(chunk.path_index, chunk.made)?;
        time += start.elapsed();
        // Progress that nobody receives is no reason to stop.
        let _ = progress.send(Progress {
            bytes: chunk.bytes_read,
            total,
            documents: sink.n_documents(),
        });
    }
    Ok(time)
}
