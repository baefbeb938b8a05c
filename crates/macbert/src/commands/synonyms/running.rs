//! The held-out text as masking sees it: which running words have a similar one, and which masked ones fall back.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Result;
use corpus::Document;
use masking::{Kind, Masker, MaskingOptions, ObjectiveName};
use rayon::prelude::*;
use repro::{Purpose, generator};
use segment::{Segmented, Segmenter, Vocabulary};
use sop::{ExampleDrops, ExampleOptions, PairDraw, PairObjective, draw_pair, examples};
use synonym::{Bands, FunctionWords, N_BANDS, SimilarWords, WordClass};

use crate::config::WordsConfig;

use super::cut::{Side, documents};
use super::eval::function_words;

/// Examples as the published models have them (Cui et al. 2021: 512 throughout; Devlin et al. 2019: one in ten shorter).
const EXAMPLES: ExampleOptions = ExampleOptions {
    max_length: 512,
    short_share: 0.1,
};
/// Words of 1, 2, 3 pieces, and of more.
const N_LENGTHS: usize = 4;

/// Counts over running text; pairs are (with a similar word, all).
#[derive(Clone, Debug, Default)]
pub(super) struct Running {
    pub han: (u64, u64),
    pub han_content: (u64, u64),
    pub bands: [(u64, u64); N_BANDS],
    pub lengths: [(u64, u64); N_LENGTHS],
    pub n_examples: u64,
    pub n_masked: u64,
    pub n_fallback: u64,
    pub n_beyond_cap: u64,
    pub n_bound: u64,
}

impl Running {
    fn merge(&mut self, other: &Self) {
        let add = |a: &mut (u64, u64), b: &(u64, u64)| {
            a.0 += b.0;
            a.1 += b.1;
        };
        add(&mut self.han, &other.han);
        add(&mut self.han_content, &other.han_content);
        self.bands
            .iter_mut()
            .zip(&other.bands)
            .for_each(|(a, b)| add(a, b));
        self.lengths
            .iter_mut()
            .zip(&other.lengths)
            .for_each(|(a, b)| add(a, b));
        self.n_examples += other.n_examples;
        self.n_masked += other.n_masked;
        self.n_fallback += other.n_fallback;
        self.n_beyond_cap += other.n_beyond_cap;
        self.n_bound += other.n_bound;
    }
}

/// What counting a document takes.
struct Counter<'c> {
    config: &'c WordsConfig,
    segmenter: Segmenter,
    masker: Masker,
    table: &'c SimilarWords,
    bands: &'c Bands<'c>,
    function_words: FunctionWords,
}

/// Counts the held-out documents of a config; all documents where none is held out.
pub(super) fn running(
    config: &WordsConfig,
    vocabulary: &Arc<Vocabulary>,
    table: &Arc<SimilarWords>,
    bands: &Bands<'_>,
    stop: &AtomicBool,
) -> Result<Running> {
    let mut segment = config.segment.clone();
    segment.dictionary = segment.dictionary.map(|path| config.path(&path));
    let objective = MaskingOptions::preset(ObjectiveName::Mac).resolve()?;
    let counter = Counter {
        config,
        segmenter: Segmenter::new(vocabulary, &segment)?,
        masker: Masker::new(objective, Arc::clone(vocabulary), Some(Arc::clone(table)))?,
        table,
        bands,
        function_words: function_words(config)?,
    };
    let mut all = Running::default();
    documents(config, Side::HeldOut, "held out", stop, |chunk| {
        let counts: Vec<Running> = chunk.par_iter().map(|d| counter.count(d)).collect();
        for count in &counts {
            all.merge(count);
        }
        Ok(())
    })?;
    Ok(all)
}

impl Counter<'_> {
    fn count(&self, document: &Document) -> Running {
        let segmented = self.segmenter.segment(&document.text);
        let mut running = Running::default();
        self.count_words(&document.text, &segmented, &mut running);
        self.count_masks(document, &segmented, &mut running);
        running
    }

    /// Units of Han script that the vocabulary writes whole: those that masking may choose.
    fn count_words(&self, text: &str, segmented: &Segmented, running: &mut Running) {
        let unknown = self.segmenter.vocabulary().specials().unk;
        let mut start = 0;
        for end in &segmented.unit_ends {
            let unit = start..*end as usize;
            start = unit.end;
            let spans = &segmented.piece_spans[unit.clone()];
            let word = &text[spans[0].start as usize..spans[spans.len() - 1].end as usize];
            let ids = &segmented.pieces[unit];
            if WordClass::of(word) != WordClass::Han || ids.contains(&unknown) {
                continue;
            }
            let found = self.table.word(ids);
            let known = found.is_some_and(|word| !self.table.candidates(word).is_empty());
            let add = |count: &mut (u64, u64)| {
                count.0 += u64::from(known);
                count.1 += 1;
            };
            add(&mut running.han);
            if !self.function_words.contains(word) {
                add(&mut running.han_content);
            }
            add(&mut running.bands[self.bands.of(word)]);
            add(&mut running.lengths[(ids.len() - 1).min(N_LENGTHS - 1)]);
        }
    }

    fn count_masks(&self, document: &Document, segmented: &Segmented, running: &mut Running) {
        let (seed, source) = (self.config.seed, &document.source);
        let mut drops = ExampleDrops::default();
        let made = examples(
            segmented,
            &source.path,
            source.record,
            &EXAMPLES,
            seed,
            &mut drops,
        );
        let draw = PairDraw {
            objective: PairObjective::Sop,
            seed,
            epoch: 0,
            max_length: EXAMPLES.max_length,
        };
        for example in made {
            let specials = self.segmenter.vocabulary().specials();
            let pair = draw_pair(&example, &draw, specials, |_| None);
            let mut rng = generator(seed, Purpose::Masks, 0, example.key().get());
            let masked =
                self.masker
                    .mask(&pair.input_ids, &pair.units, pair.n_units_first, &mut rng);
            let fallbacks = masked.kinds.iter().filter(|kind| **kind == Kind::Fallback);
            running.n_examples += 1;
            running.n_masked += masked.positions.len() as u64;
            running.n_fallback += fallbacks.count() as u64;
            running.n_beyond_cap += masked.n_beyond_cap as u64;
            running.n_bound += u64::from(masked.n_passed_over > 0);
        }
    }
}
