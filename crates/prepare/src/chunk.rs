//! Turns a chunk of documents into examples, on all cores.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use corpus::{CorpusError, Document, DocumentReader, content_hash};
use rand::RngExt as _;
use rayon::prelude::*;
use repro::{Purpose, generator};
use segment::{Scratch, Segmented, Segmenter, wrapped_lines};
use shard::Counts;
use sop::{Example, ExampleOptions, PairObjective, examples};
use synonym::{Coverage, FunctionWords, SimilarWords};

use crate::job::PrepareJob;
use crate::quality::signature::signature;
use crate::quality::tally::DocumentQuality;
use crate::quality::unknown::Unknown;

/// The bytes of text after which a chunk ends. A longer document is a chunk of its own.
pub const CHUNK_BYTES: usize = 8 << 20;
/// The most documents of a chunk.
pub const CHUNK_DOCUMENTS: usize = 4096;

/// Reads the next documents of a file; empty at the end of the file.
pub(crate) fn next_chunk(reader: &mut DocumentReader) -> Result<Vec<Document>, CorpusError> {
    let mut chunk = Vec::new();
    let mut n_bytes = 0;
    while n_bytes < CHUNK_BYTES && chunk.len() < CHUNK_DOCUMENTS {
        let Some(document) = reader.next() else { break };
        let document = document?;
        n_bytes += document.text.len();
        chunk.push(document);
    }
    Ok(chunk)
}

/// Turns documents into examples. All threads share it.
pub(crate) struct Worker<'j> {
    segmenter: &'j Segmenter,
    options: &'j ExampleOptions,
    pairs: PairObjective,
    held_out_share: f64,
    seed: u64,
    table: Option<&'j SimilarWords>,
    function_words: &'j FunctionWords,
    with_signatures: bool,
}

/// The result of one document.
pub(crate) struct Made {
    /// Whether the document is held out.
    pub held_out: bool,
    pub examples: Vec<Example>,
    pub counts: Counts,
    pub quality: DocumentQuality,
    pub segment_time: Duration,
    pub examples_time: Duration,
}

impl<'j> Worker<'j> {
    pub(crate) const fn new(job: &PrepareJob<'j>) -> Self {
        Self {
            segmenter: job.segmenter,
            options: job.examples,
            pairs: job.pairs,
            held_out_share: job.held_out_share,
            seed: job.seed,
            table: job.table,
            function_words: job.function_words,
            with_signatures: job.near_duplicates.is_some(),
        }
    }

    /// Processes documents and keeps their order. A result depends on its document alone, so threads do not matter.
    pub(crate) fn run(&self, documents: &[Document]) -> Vec<Made> {
        documents
            .par_iter()
            .map_init(Scratch::default, |scratch, document| {
                self.make(document, scratch)
            })
            .collect()
    }

    fn make(&self, document: &Document, scratch: &mut Scratch) -> Made {
        let start = Instant::now();
        let wrapped = wrapped_lines(&document.text);
        let segmented = self
            .segmenter
            .segment_in(&document.text, wrapped.as_ref(), scratch);
        let segment_time = start.elapsed();
        let start = Instant::now();
        let mut counts = self.count(document, segmented, wrapped.is_some());
        let examples = examples(
            segmented,
            &document.source.path,
            document.source.record,
            self.options,
            self.pairs,
            self.seed,
            &mut counts.drops,
        );
        let content_hash = content_hash(&document.text);
        let held_out = self.is_held_out(content_hash);
        counts.held_out_documents = u64::from(held_out);
        counts.examples = examples.len() as u64;
        let n_pieces = |example: &Example| example.pieces().len() as u64;
        counts.example_pieces = examples.iter().map(n_pieces).sum();
        let quality = DocumentQuality {
            record: document.source.record,
            content_hash,
            unknown: self.unknown(document, segmented, &counts),
            signature: if self.with_signatures {
                signature(&document.text)
            } else {
                None
            },
            n_broken_lines: wrapped.map_or(0, |wrapped| wrapped.breaks.len() as u64),
        };
        Made {
            held_out,
            examples,
            counts,
            quality,
            segment_time,
            examples_time: start.elapsed(),
        }
    }

    /// Whether a document is held out. The hash of its text decides, so copies of a text are on the same side (method §6).
    fn is_held_out(&self, content_hash: u64) -> bool {
        generator(self.seed, Purpose::Split, 0, content_hash).random_bool(self.held_out_share)
    }

    fn unknown(&self, document: &Document, segmented: &Segmented, counts: &Counts) -> Unknown {
        let mut unknown = Unknown::default();
        if counts.unknown_pieces > 0 {
            unknown.add(&document.text, segmented, self.segmenter);
        }
        unknown
    }

    fn count(&self, document: &Document, segmented: &Segmented, is_wrapped: bool) -> Counts {
        let unknown = self.segmenter.vocabulary().specials().unk;
        let coverage = self.table.map_or_else(Coverage::default, |table| {
            self.coverage(table, document, segmented, is_wrapped)
        });
        Counts {
            documents: 1,
            characters: document.text.chars().count() as u64,
            sentences: segmented.sentences.len() as u64,
            empty_sentences: u64::from(segmented.n_empty_sentences),
            units: segmented.unit_ends.len() as u64,
            pieces: segmented.pieces.len() as u64,
            unknown_pieces: segmented.pieces.iter().filter(|id| **id == unknown).count() as u64,
            han_units: coverage.n_words,
            han_units_with_similar: coverage.n_known,
            ..Counts::default()
        }
    }

    /// Counts how many running units of Chinese characters have a similar word, without function words.
    fn coverage(
        &self,
        table: &SimilarWords,
        document: &Document,
        segmented: &Segmented,
        is_wrapped: bool,
    ) -> Coverage {
        let mut coverage = Coverage::default();
        let mut start = 0;
        for end in &segmented.unit_ends {
            let unit = start..*end as usize;
            start = unit.end;
            let spans = &segmented.piece_spans[unit.clone()];
            let text = spans[0].start as usize..spans[spans.len() - 1].end as usize;
            // A word of a wrapped document may have a line end inside; the table has it without.
            let word = &document.text[text];
            let word = if is_wrapped && word.contains('\n') {
                Cow::from(word.replace(char::is_whitespace, ""))
            } else {
                Cow::from(word)
            };
            coverage.add(&word, self.function_words, || {
                let word = table.word(&segmented.pieces[unit]);
                word.is_some_and(|word| !table.candidates(word).is_empty())
            });
        }
        coverage
    }
}
