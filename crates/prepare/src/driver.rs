//! The driver: turns a corpus into a folder of shards, whole or not at all.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::Sender;
use std::time::Instant;

use corpus::{CorpusError, DropReport};
use repro::{AtomicFile, AtomicFolder};
use shard::{Counts, Manifest, TABLE, VOCABULARY};

use crate::error::{Failure, PrepareError, check_unknown};
use crate::folder::{State, state};
use crate::job::{Finished, PrepareJob, Progress, Times};
use crate::pipeline;
use crate::quality::near::search;
use crate::quality::report::{DROP_LIST, Quality, SIGNATURES};
use crate::quality::tally::Tally;
use crate::records::write_drops;
use crate::sink::Sink;
use crate::task::folder_for;

/// Turns a corpus into a folder of shards.
///
/// The folder is written under another name and renamed when it is complete. If it exists already, shards of the same job
/// are left as they are, and anything else is an error. `stop` is read between chunks. The work runs on the rayon pool
/// that this is called in.
pub fn prepare(
    job: &PrepareJob<'_>,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
) -> Result<Finished, Failure> {
    let mut drops = DropReport::default();
    let finished = prepare_shards(job, progress, stop, &mut drops);
    with_drops(finished, drops)
}

/// A preparation with the records that were dropped, whether it failed or not.
fn with_drops(
    finished: Result<Finished, PrepareError>,
    drops: DropReport,
) -> Result<Finished, Failure> {
    match finished {
        Ok(finished) => Ok(Finished { drops, ..finished }),
        Err(error) => Err(Failure {
            error,
            drops: Box::new(drops),
        }),
    }
}

fn prepare_shards(
    job: &PrepareJob<'_>,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
    drops: &mut DropReport,
) -> Result<Finished, PrepareError> {
    let start = Instant::now();
    let mut manifest = job.manifest();
    let folder = match job.task {
        Some(share) => folder_for(job.folder, share)?,
        None => job.folder.to_path_buf(),
    };
    if let State::Done(found) = state(&folder, &manifest)? {
        return done_before(*found, &folder);
    }
    let failed = |source| PrepareError::Write {
        path: folder.clone(),
        source,
    };
    let aside = AtomicFolder::create(&folder).map_err(failed)?;
    let mut sink = Sink::new(aside.path(), true, job)?;
    let mut times = pipeline::run(job, &mut sink, progress, stop, drops)?;
    manifest.counts = sink.counts(drops);
    let holds_out_all = sink.holds_out_all();
    let tally;
    ([manifest.train, manifest.held_out], tally) = sink.finish()?;
    // Another task may have what this one lacks; the merge decides for all of them together.
    if job.task.is_none() {
        check_counts(job, &manifest.counts, drops)?;
        if holds_out_all {
            manifest.train_on_all();
        }
        check_examples(&manifest)?;
    }
    let quality = finish_quality(job, tally, aside.path(), &manifest.paths, &mut times)?;
    quality.write(aside.path())?;
    if job.task.is_some() {
        write_drops(aside.path(), drops)?;
    }
    write_rest(job, aside.path(), &manifest)?;
    if let Err(error) = aside.commit() {
        // Another run of the same job may have finished first; its shards are the same.
        return match state(&folder, &job.manifest())? {
            State::Done(found) => done_before(*found, &folder),
            State::Free => Err(failed(error)),
        };
    }
    times.total = start.elapsed();
    Ok(Finished {
        manifest,
        was_done: false,
        quality: Some(quality),
        drops: DropReport::default(),
        times,
    })
}

/// Refuses shards without an example to train on.
fn check_examples(manifest: &Manifest) -> Result<(), PrepareError> {
    if manifest.train.is_empty() {
        return Err(PrepareError::NoExamples {
            documents: manifest.counts.documents,
            sentences: manifest.counts.sentences,
        });
    }
    Ok(())
}

/// Refuses a corpus without a document, and a vocabulary that does not fit it.
fn check_counts(
    job: &PrepareJob<'_>,
    counts: &Counts,
    drops: &DropReport,
) -> Result<(), PrepareError> {
    if counts.documents == 0 {
        return Err(PrepareError::Corpus(CorpusError::NoDocument {
            n_files: job.corpus.files().len(),
            n_dropped: drops.total(),
        }));
    }
    if job.allow_unknown {
        return Ok(());
    }
    check_unknown(counts.unknown_pieces, counts.pieces)
}

/// Counts what a preparation would write. The only file that it writes is the list of near duplicates, if `drop_list`
/// names one and the job searches them.
///
/// The job's folder is ignored; everything else is as for [`prepare`].
pub fn survey(
    job: &PrepareJob<'_>,
    drop_list: Option<&Path>,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
) -> Result<Finished, Failure> {
    let mut drops = DropReport::default();
    let finished = survey_corpus(job, drop_list, progress, stop, &mut drops);
    with_drops(finished, drops)
}

fn survey_corpus(
    job: &PrepareJob<'_>,
    drop_list: Option<&Path>,
    progress: &Sender<Progress>,
    stop: &AtomicBool,
    drops: &mut DropReport,
) -> Result<Finished, PrepareError> {
    let start = Instant::now();
    let mut manifest = job.manifest();
    let folder = tempfile::tempdir()
        .map_err(|source| PrepareError::report(&std::env::temp_dir(), source))?;
    let mut sink = Sink::new(folder.path(), false, job)?;
    let mut times = pipeline::run(job, &mut sink, progress, stop, drops)?;
    manifest.counts = sink.counts(drops);
    if sink.holds_out_all() {
        manifest.train_on_all();
    }
    let (_, tally) = sink.finish()?;
    let quality = finish_quality(job, tally, folder.path(), &manifest.paths, &mut times)?;
    if let (Some(to), Some(_)) = (drop_list, job.near_duplicates) {
        let list = folder.path().join(DROP_LIST);
        let found = fs::File::open(&list);
        let mut found = found.map_err(|source| PrepareError::report(&list, source))?;
        copy(&mut found, to)?;
    }
    times.total = start.elapsed();
    Ok(Finished {
        manifest,
        was_done: false,
        quality: Some(quality),
        drops: DropReport::default(),
        times,
    })
}

/// Finishes the quality report. A task leaves the search for near duplicates to the merge.
fn finish_quality(
    job: &PrepareJob<'_>,
    tally: Tally,
    folder: &Path,
    paths: &[String],
    times: &mut Times,
) -> Result<Quality, PrepareError> {
    let mut quality = tally.finish(folder, paths, job.task.is_some())?;
    if let (Some(threshold), None) = (job.near_duplicates, job.task) {
        let start = Instant::now();
        let signatures = folder.join(SIGNATURES);
        let list = folder.join(DROP_LIST);
        let found = search(std::slice::from_ref(&signatures), paths, threshold, &list)?;
        fs::remove_file(&signatures).map_err(|source| PrepareError::report(&signatures, source))?;
        quality.near_duplicates = Some(found);
        times.near_duplicates = start.elapsed();
    }
    Ok(quality)
}

fn done_before(manifest: Manifest, folder: &Path) -> Result<Finished, PrepareError> {
    Ok(Finished {
        manifest,
        was_done: true,
        quality: Quality::read(folder)?,
        drops: DropReport::default(),
        times: Times::default(),
    })
}

/// Writes the vocabulary and the table beside the shards, then the manifest, which makes the folder complete.
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
        let file = AtomicFile::create(path)?;
        io::copy(from, &mut file.file())?;
        file.commit()
    };
    copy().map_err(|source| PrepareError::Write {
        path: path.to_path_buf(),
        source,
    })
}
