//! Reads a corpus, and says what of it is left out: files, and records that are dropped or mended.

use std::path::Path;

use anyhow::Result;
use corpus::{Corpus, CorpusError, CorpusFile, CorpusOptions, DocumentReader, DropReport};

use crate::numbers::grouped;
use crate::progress::{Bar, say};

/// Files that are listed with what was dropped of them.
const N_FILES: usize = 20;

/// Opens a corpus, and says which files of its folders are not read.
pub(crate) fn open_corpus(base: &Path, options: &CorpusOptions) -> Result<Corpus> {
    let corpus = Corpus::open(base, options)?;
    if corpus.skipped().total() > 0 {
        say(&format!(
            "  not read, because the names do not say that they hold text: {}",
            corpus.skipped()
        ));
    }
    Ok(corpus)
}

/// A file that is being read.
pub(crate) struct Reading<'f> {
    pub(crate) file: &'f CorpusFile,
    pub(crate) reader: DocumentReader,
    pub(crate) bar: &'f mut Bar,
    /// Bytes of the files before this one.
    pub(crate) bytes_before: u64,
}

/// Calls `each` for every file of a corpus. At the end it says what was dropped, also if reading failed. A corpus without a
/// document is an error.
pub(crate) fn read_files(
    corpus: &Corpus,
    what: &'static str,
    mut each: impl FnMut(&mut Reading<'_>) -> Result<()>,
) -> Result<()> {
    let mut bar = Bar::new(what, corpus.files().iter().map(CorpusFile::bytes).sum());
    let mut drops = DropReport::default();
    let mut bytes_before = 0;
    let mut read = || -> Result<()> {
        for file in corpus.files() {
            let mut reading = Reading {
                file,
                reader: file.documents()?,
                bar: &mut bar,
                bytes_before,
            };
            let done = each(&mut reading);
            drops.merge(reading.reader.drops());
            done?;
            bytes_before += file.bytes();
        }
        Ok(())
    };
    let done = read();
    bar.finish();
    say_drops(&drops);
    done?;
    if drops.n_kept() == 0 {
        return Err(CorpusError::NoDocument {
            n_files: corpus.files().len(),
            n_dropped: drops.total(),
        }
        .into());
    }
    Ok(())
}

/// Says how many records were dropped or mended, in which files, and where the first of them are.
pub(crate) fn say_drops(drops: &DropReport) {
    if drops.total() > 0 {
        let n_records = drops.total() + drops.n_kept();
        say(&format!(
            "  dropped {} of {} records: {}",
            grouped(drops.total()),
            grouped(n_records),
            drops.reasons()
        ));
        let dropped = drops.files.iter().filter(|(_, file)| file.n_dropped() > 0);
        say_files(dropped.map(|(path, file)| {
            let n_records = grouped(file.n_dropped() + file.kept);
            let mut lines = vec![format!("{path}: {} of {n_records}", file.reasons())];
            let first = drops.first.iter().filter(|dropped| dropped.path == *path);
            lines.extend(first.map(|dropped| format!("  {dropped}")));
            lines
        }));
    }
    if drops.n_mended() > 0 {
        say(&format!(
            "  mended {} documents: U+FFFD stands for half a surrogate pair",
            grouped(drops.n_mended())
        ));
        let mended = drops.files.iter().filter(|(_, file)| file.mended > 0);
        say_files(mended.map(|(path, file)| vec![format!("{path}: {}", grouped(file.mended))]));
    }
}

/// Says the lines about the first files, and how many there are more.
fn say_files(mut files: impl Iterator<Item = Vec<String>>) {
    for lines in files.by_ref().take(N_FILES) {
        for line in lines {
            say(&format!("    {line}"));
        }
    }
    let n_more = files.count();
    if n_more > 0 {
        say(&format!("    and {n_more} more files"));
    }
}
