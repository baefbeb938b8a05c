//! A chunk of documents to examples: the part that every core does.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use corpus::{CorpusError, Document, DocumentReader, content_hash};
use rand::RngExt as _;
use rayon::prelude::*;
use repro::{Purpose, generator};
use segment::{Scratch, Segmented, Segmenter, wrapped_lines};
use shard::Counts;
use sop::{Example, ExampleOptions, examples};
use synonym::{Coverage, FunctionWords, SimilarWords};

use crate::job::PrepareJob;
use crate::quality::{DocumentQuality, Unknown, signature};
use crate::{CHUNK_BYTES, CHUNK_DOCUMENTS};

/// The next documents of a file: none at its end.
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

/// What turns a document into examples; shared by all threads.
pub(crate) struct Worker<'j> {
    segmenter: &'j Segmenter,
    options: &'j ExampleOptions,
    held_out_share: f64,
    seed: u64,
    table: Option<&'j SimilarWords>,
    function_words: &'j FunctionWords,
    with_signatures: bool,
}

/// What became of a document.
pub(crate) struct Made {
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
            held_out_share: job.held_out_share,
            seed: job.seed,
            table: job.table,
            function_words: job.function_words,
            with_signatures: job.near_duplicates.is_some(),
        }
    }

    /// What becomes of each document, in the documents' order: of nothing but the document, so threads do not matter.
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

    /// Whether a document is held out: by hash of its text, so that equal documents fall on the same side (method §6).
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

    /// How many running Han units have a similar word, function words aside.
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
            // A word that goes on behind a line's end is still one word.
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
