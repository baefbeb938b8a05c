//! A corpus to lines of words, on all cores: what vectors are trained on, and what a table is judged by.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use corpus::{Corpus, CorpusFile, Document, DropReport};
use rayon::prelude::*;
use segment::{WordSegmenter, join_wrapped_lines};

use crate::commands::drops::say_drops;
use crate::config::WordsConfig;
use crate::paint::bytes;
use crate::progress::Bar;

/// Text that is cut at once, in bytes.
const CHUNK_BYTES: usize = 8 << 20;

/// Which documents of each file are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Train,
    HeldOut,
}

/// Cuts lines.
pub(super) struct Cutter<'c> {
    config: &'c WordsConfig,
    /// None where the text is cut already.
    segmenter: Option<WordSegmenter>,
}

impl<'c> Cutter<'c> {
    pub(super) fn new(config: &'c WordsConfig) -> Result<Self> {
        let dictionary = config.segment.dictionary.as_ref();
        let dictionary = dictionary.map(|path| config.path(path));
        let segmenter = (!config.segment.is_cut)
            .then(|| WordSegmenter::new(config.segment.hmm, dictionary.as_deref()))
            .transpose()?;
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

    /// The lines of a document as words; joined first where the config says so.
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

    /// Lines of words of one side, in order, a chunk at a time.
    ///
    /// A line is what a context may reach over: a paragraph or more.
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

/// The documents of one side of a config's corpus, in order, a chunk at a time.
pub(super) fn documents(
    config: &WordsConfig,
    side: Side,
    what: &'static str,
    stop: &AtomicBool,
    mut each: impl FnMut(&[Document]) -> Result<()>,
) -> Result<()> {
    let corpus = Corpus::open(&config.base, &config.corpus)?;
    let total: u64 = corpus.files().iter().map(CorpusFile::bytes).sum();
    let mut bar = Bar::new(what, total);
    let mut before = 0;
    let mut drops = DropReport::default();
    for file in corpus.files() {
        let mut reader = file.documents()?;
        let mut number = 0;
        loop {
            let is_wanted = |number| is_on(side, number, config.text.held_out_every);
            let chunk = next_chunk(&mut reader, &mut number, is_wanted)?;
            if chunk.is_empty() {
                break;
            }
            if stop.load(Ordering::Relaxed) {
                bail!("stopped while the text was read; nothing is kept");
            }
            each(&chunk)?;
            let read = before + reader.bytes_read();
            bar.set(read, &format!("{} of {}", bytes(read), bytes(total)));
        }
        before += file.bytes();
        drops.merge(reader.drops());
    }
    bar.finish();
    say_drops(&drops);
    Ok(())
}

/// Whether a document of a file, counted from 1, is of a side; where none is held out, all are of both.
fn is_on(side: Side, number: u64, every: u64) -> bool {
    every == 0 || number.is_multiple_of(every) == (side == Side::HeldOut)
}

/// The next documents of a file that are wanted: none at its end.
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
