//! The driver: corpus to shards, whole or not at all.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Sender;
use std::time::Instant;

use corpus::DropReport;
use segment::{AsideFile, AsideFolder};
use shard::{Manifest, TABLE, VOCABULARY};

use crate::error::PrepareError;
use crate::folder::{State, look};
use crate::job::{Finished, PrepareJob, Progress, Times};
use crate::pipeline;
use crate::sink::Sink;
use crate::task::folder_for;

/// Turns a corpus into a folder of shards.
///
/// The folder is written aside and renamed when it is whole; shards of the same settings are left as they are, others
/// refused. `stop` is looked at between chunks. Work is shared out to the rayon pool that this is called in.
pub fn prepare(
    job: &PrepareJob<'_>,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
) -> Result<Finished, PrepareError> {
    let start = Instant::now();
    let mut manifest = job.manifest();
    let folder = match job.task {
        Some(share) => folder_for(job.folder, share)?,
        None => job.folder.to_path_buf(),
    };
    if let State::Done(found) = look(&folder, &manifest)? {
        return Ok(done_before(*found));
    }
    let failed = |source| PrepareError::Write {
        path: folder.clone(),
        source,
    };
    let aside = AsideFolder::create(&folder).map_err(failed)?;
    let mut sink = Sink::new(aside.path(), job);
    let (drops, mut times) = pipeline::run(job, &mut sink, progress, stop)?;
    manifest.counts = sink.counts(&drops);
    [manifest.train, manifest.held_out] = sink.finish()?;
    // Another task may have them; a merge looks again.
    if manifest.train.is_empty() && job.task.is_none() {
        return Err(PrepareError::NoExamples {
            documents: manifest.counts.documents,
            sentences: manifest.counts.sentences,
        });
    }
    write_rest(job, aside.path(), &manifest)?;
    if let Err(error) = aside.place() {
        // Another run of the same task may have been faster: its shards are the same.
        return match look(&folder, &job.manifest())? {
            State::Done(found) => Ok(done_before(*found)),
            State::Free => Err(failed(error)),
        };
    }
    times.total = start.elapsed();
    Ok(Finished {
        manifest,
        was_done: false,
        drops,
        times,
    })
}

fn done_before(manifest: Manifest) -> Finished {
    Finished {
        manifest,
        was_done: true,
        drops: DropReport::default(),
        times: Times::default(),
    }
}

/// The vocabulary and the table beside the shards, then the manifest.
fn write_rest(
    job: &PrepareJob<'_>,
    folder: &Path,
    manifest: &Manifest,
) -> Result<(), PrepareError> {
    let text = job.segmenter.vocabulary().to_text();
    copy(&mut text.as_bytes(), &folder.join(VOCABULARY))?;
    if let Some(table) = job.table {
        let file = fs::File::open(table.path());
        let mut file = file.map_err(|source| PrepareError::Write {
            path: table.path().to_path_buf(),
            source,
        })?;
        copy(&mut file, &folder.join(TABLE))?;
    }
    Ok(manifest.write(folder)?)
}

fn copy(from: &mut impl io::Read, path: &Path) -> Result<(), PrepareError> {
    let mut copy = || {
        let file = AsideFile::create(path)?;
        io::copy(from, &mut file.file())?;
        file.place()
    };
    copy().map_err(|source| PrepareError::Write {
        path: path.to_path_buf(),
        source,
    })
}
