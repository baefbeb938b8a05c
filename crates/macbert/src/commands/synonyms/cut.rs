//! Reads a corpus as documents and as lines of words, on all cores. Vectors are trained on these lines, and a table is
//! measured on these documents.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use corpus::{CorpusFile, Document};
use rayon::prelude::*;
use segment::{WordSegmenter, join_wrapped_lines};

use crate::commands::reading::{open_corpus, read_files};
use crate::config::words::WordsConfig;
use crate::numbers::bytes;
use crate::reports::dictionary::note_dictionary;

/// The size of the chunks that are cut into words in parallel, in bytes.
const CHUNK_BYTES: usize = 8 << 20;

/// Which documents of each file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Documents to train on.
    Train,
    /// Documents for `eval`.
    HeldOut,
}

/// Cuts lines of text into words.
pub(super) struct Cutter<'c> {
    config: &'c WordsConfig,
    /// `None` if the text is already cut, with white space between words.
    segmenter: Option<WordSegmenter>,
}

impl<'c> Cutter<'c> {
    pub(super) fn new(config: &'c WordsConfig) -> Result<Self> {
        let options = config.segment_options();
        let segmenter = (!options.is_cut)
            .then(|| WordSegmenter::new(options.hmm, options.dictionary.as_deref()))
            .transpose()?;
        note_dictionary(
            segmenter
                .as_ref()
                .and_then(WordSegmenter::dictionary_report),
        );
        Ok(Self { config, segmenter })
    }

    /// The words of a line, without white space.
    fn words<'t>(&self, line: &'t str) -> Vec<Cow<'t, str>> {
        let lower = |word: &'t str| {
            if self.config.segment.lower_case && word.chars().any(char::is_uppercase) {
                Cow::Owned(word.to_lowercase())
            } else {
                Cow::Borrowed(word)
            }
        };
        match &self.segmenter {
            Some(segmenter) => {
                let words = segmenter.words(line).into_iter().map(|word| word.text);
                words
                    .filter(|word| !word.trim().is_empty())
                    .map(lower)
                    .collect()
            }
            None => line.split_whitespace().map(lower).collect(),
        }
    }

    /// The lines of a document as words. Wrapped lines are joined first if the config says so.
    fn lines<'t>(&self, text: &'t str) -> Vec<Vec<Cow<'t, str>>> {
        if self.config.segment.join_wrapped_lines
            && let Cow::Owned(joined) = join_wrapped_lines(text)
        {
            let owned = |word: Cow<'_, str>| Cow::Owned(word.into_owned());
            let words = |line| self.words(line).into_iter().map(owned).collect();
            return joined.lines().map(words).collect();
        }
        text.lines().map(|line| self.words(line)).collect()
    }

    /// Calls `each` with the words of every line of one side, in the order of the corpus.
    ///
    /// The context of a word does not reach beyond its line. A line is a paragraph in most corpora.
    pub(super) fn run(
        &self,
        side: Side,
        stop: &AtomicBool,
        mut each: impl FnMut(Vec<Cow<'_, str>>) -> Result<()>,
    ) -> Result<()> {
        documents(self.config, side, "words", stop, |chunk| {
            let cut: Vec<Vec<Vec<Cow<'_, str>>>> = chunk
                .par_iter()
                .map(|document| self.lines(&document.text))
                .collect();
            cut.into_iter().flatten().try_for_each(&mut each)
        })
    }
}

/// Calls `each` with chunks of the documents of one side of a config's corpus, in the order of the corpus.
pub(super) fn documents(
    config: &WordsConfig,
    side: Side,
    what: &'static str,
    stop: &AtomicBool,
    mut each: impl FnMut(&[Document]) -> Result<()>,
) -> Result<()> {
    let corpus = open_corpus(&config.base, &config.corpus)?;
    let total: u64 = corpus.files().iter().map(CorpusFile::bytes).sum();
    read_files(&corpus, what, |reading| {
        let mut number = 0;
        loop {
            let is_wanted = |number| is_on(side, number, config.text.held_out_every);
            let chunk = next_chunk(&mut reading.reader, &mut number, is_wanted)?;
            if chunk.is_empty() {
                return Ok(());
            }
            if stop.load(Ordering::Relaxed) {
                bail!("stopped while reading the text; nothing was written");
            }
            each(&chunk)?;
            let read = reading.bytes_before + reading.reader.bytes_read();
            let more = format!("{} of {}", bytes(read), bytes(total));
            reading.bar.set(read, &more);
        }
    })
}

/// Whether document `number` of a file, counted from 1, is on a side. If none are held out, all are on both sides.
fn is_on(side: Side, number: u64, every: u64) -> bool {
    every == 0 || number.is_multiple_of(every) == (side == Side::HeldOut)
}

/// Reads the next chunk of the wanted documents of a file. The chunk is empty at the end of the file.
fn next_chunk(
    reader: &mut corpus::DocumentReader,
    number: &mut u64,
    is_wanted: impl Fn(u64) -> bool,
) -> Result<Vec<Document>> {
    let mut chunk = Vec::new();
    let mut n_bytes = 0;
    while n_bytes < CHUNK_BYTES {
        let Some(document) = reader.next() else { break };
        let document = document?;
        *number += 1;
        if is_wanted(*number) {
            n_bytes += document.text.len();
            chunk.push(document);
        }
    }
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use super::{Side, is_on};

    #[test]
    fn every_document_is_trained_on_or_held_out() {
        let numbers = |side| (1..=6).filter(|n| is_on(side, *n, 3)).collect::<Vec<u64>>();
        assert_eq!(numbers(Side::Train), [1, 2, 4, 5]);
        assert_eq!(numbers(Side::HeldOut), [3, 6]);
        assert!(is_on(Side::Train, 3, 0) && is_on(Side::HeldOut, 3, 0));
    }
}
