//! A chunk of documents to examples: the part that every core does.

use std::time::{Duration, Instant};

use corpus::{CorpusError, Document, DocumentReader, content_hash};
use rand::RngExt as _;
use rayon::prelude::*;
use segment::{Scratch, Segmented, Segmenter};
use shard::Counts;
use sop::{Example, ExampleOptions, Purpose, examples, generator};
use synonym::{Coverage, FunctionWords, SimilarWords};

use crate::job::PrepareJob;
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
}

/// What became of a document.
pub(crate) struct Made {
    pub held_out: bool,
    pub examples: Vec<Example>,
    pub counts: Counts,
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
        let segmented = self.segmenter.segment_in(&document.text, scratch);
        let segment_time = start.elapsed();
        let start = Instant::now();
        let mut counts = self.count(document, segmented);
        let examples = examples(
            segmented,
            &document.source.path,
            document.source.record,
            self.options,
            self.seed,
            &mut counts.drops,
        );
        let held_out = self.is_held_out(&document.text);
        counts.held_out_documents = u64::from(held_out);
        counts.examples = examples.len() as u64;
        let n_pieces = |example: &Example| example.pieces().len() as u64;
        counts.example_pieces = examples.iter().map(n_pieces).sum();
        Made {
            held_out,
            examples,
            counts,
            segment_time,
            examples_time: start.elapsed(),
        }
    }

    /// Whether a document is held out: by hash of its text, so that equal documents fall on the same side (method §6).
    fn is_held_out(&self, text: &str) -> bool {
        generator(self.seed, Purpose::Split, 0, content_hash(text)).random_bool(self.held_out_share)
    }

    fn count(&self, document: &Document, segmented: &Segmented) -> Counts {
        let unknown = self.segmenter.vocabulary().specials().unk;
        let coverage = self.table.map_or_else(Coverage::default, |table| {
            self.coverage(table, document, segmented)
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
    ) -> Coverage {
        let mut coverage = Coverage::default();
        let mut start = 0;
        for end in &segmented.unit_ends {
            let unit = start..*end as usize;
            start = unit.end;
            let spans = &segmented.piece_spans[unit.clone()];
            let text = spans[0].start as usize..spans[spans.len() - 1].end as usize;
            coverage.add(&document.text[text], self.function_words, || {
                let word = table.word(&segmented.pieces[unit]);
                word.is_some_and(|word| !table.candidates(word).is_empty())
            });
        }
        coverage
    }
}
