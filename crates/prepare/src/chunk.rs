//! A chunk of documents to examples: the part that every core does.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use corpus::{Document, content_hash};
use rand::RngExt as _;
use rayon::prelude::*;
use segment::{Segmented, Segmenter, is_cjk};
use shard::Counts;
use sop::{Example, ExampleOptions, Purpose, examples, generator};
use synonym::{FunctionWords, SimilarWords};

/// What turns a document into examples; shared by all threads.
pub(crate) struct Worker<'j> {
    pub segmenter: &'j Segmenter,
    pub options: &'j ExampleOptions,
    pub held_out_share: f64,
    pub seed: u64,
    pub table: Option<&'j SimilarWords>,
    pub function_words: &'j FunctionWords,
}

/// What became of a document.
pub(crate) struct Made {
    pub held_out: bool,
    pub examples: Vec<Example>,
    pub counts: Counts,
    pub segment_time: Duration,
}

impl Worker<'_> {
    /// The documents' examples, in the documents' order.
    pub(crate) fn run(&self, documents: &[Document]) -> Vec<Made> {
        documents
            .par_iter()
            .map(|document| self.make(document))
            .collect()
    }

    fn make(&self, document: &Document) -> Made {
        let start = Instant::now();
        let segmented = self.segmenter.segment(&document.text);
        let segment_time = start.elapsed();
        let mut counts = self.count(document, &segmented);
        let path: &Arc<str> = &document.source.path;
        let record = document.source.record;
        let made = examples(
            &segmented,
            path,
            record,
            self.options,
            self.seed,
            &mut counts.drops,
        );
        counts.examples = made.len() as u64;
        counts.example_pieces = made
            .iter()
            .map(|example| example.pieces().len() as u64)
            .sum();
        let held_out = self.is_held_out(&document.text);
        counts.held_out_documents = u64::from(held_out);
        Made {
            held_out,
            examples: made,
            counts,
            segment_time,
        }
    }

    /// Whether a document is held out: by hash of its text, so that equal documents fall on the same side (method §6).
    fn is_held_out(&self, text: &str) -> bool {
        generator(self.seed, Purpose::Split, 0, content_hash(text)).random_bool(self.held_out_share)
    }

    fn count(&self, document: &Document, segmented: &Segmented) -> Counts {
        let unknown = self.segmenter.vocabulary().specials().unk;
        let mut counts = Counts {
            documents: 1,
            characters: document.text.chars().count() as u64,
            sentences: segmented.sentences.len() as u64,
            units: segmented.unit_ends.len() as u64,
            pieces: segmented.pieces.len() as u64,
            unknown_pieces: segmented.pieces.iter().filter(|id| **id == unknown).count() as u64,
            ..Counts::default()
        };
        if let Some(table) = self.table {
            self.count_coverage(table, document, segmented, &mut counts);
        }
        counts
    }

    fn count_coverage(
        &self,
        table: &SimilarWords,
        document: &Document,
        segmented: &Segmented,
        counts: &mut Counts,
    ) {
        let mut start = 0;
        for end in &segmented.unit_ends {
            let unit = start as usize..*end as usize;
            start = *end;
            let text =
                segmented.piece_spans[unit.start].start..segmented.piece_spans[unit.end - 1].end;
            let text = &document.text[text.start as usize..text.end as usize];
            if !text.chars().all(is_cjk) || self.function_words.contains(text) {
                continue;
            }
            counts.han_units += 1;
            let word = table.word(&segmented.pieces[unit]);
            let known = word.is_some_and(|word| !table.candidates(word).is_empty());
            counts.han_units_with_similar += u64::from(known);
        }
    }
}
