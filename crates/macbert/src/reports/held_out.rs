//! Counts over held-out text: how many running words have a similar word, and how many masked pieces fall back to
//! random words.

use std::ops::AddAssign;

use corpus::Document;
use masking::{Kind, Masker, WithoutContext};
use repro::{Purpose, generator};
use segment::{Segmented, Segmenter};
use sop::{ExampleDrops, ExampleOptions, PairDraw, PairObjective, draw_pair, examples};
use synonym::{Bands, FunctionWords, N_BANDS, SimilarWords, WordClass};

/// Examples as the published models have them (Cui et al. 2021: 512 throughout; Devlin et al. 2019: one in ten shorter).
const EXAMPLES: ExampleOptions = ExampleOptions {
    max_length: 512,
    short_share: 0.1,
};
/// The number of classes of words by length: 1, 2, 3, and 4 or more pieces.
const N_LENGTHS: usize = 4;

/// Running words of one class.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Covered {
    /// Words with a similar word.
    pub n_with_similar: u64,
    /// All words.
    pub n_all: u64,
}

impl Covered {
    fn add(&mut self, has_similar: bool) {
        self.n_with_similar += u64::from(has_similar);
        self.n_all += 1;
    }
}

impl AddAssign for Covered {
    fn add_assign(&mut self, other: Self) {
        self.n_with_similar += other.n_with_similar;
        self.n_all += other.n_all;
    }
}

/// Counts over running text. Words are units of Han script that the vocabulary can write.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldOutCounts {
    /// All words.
    pub words: Covered,
    /// All words but function words.
    pub content_words: Covered,
    /// Words by band of frequency.
    pub bands: [Covered; N_BANDS],
    /// Words by number of pieces: 1, 2, 3, and more.
    pub lengths: [Covered; N_LENGTHS],
    /// Examples made of the text.
    pub n_examples: u64,
    /// Masked pieces.
    pub n_masked: u64,
    /// Masked pieces that are fallbacks.
    pub n_fallback: u64,
    /// Fallbacks beyond the cap of an example.
    pub n_beyond_cap: u64,
    /// Examples in which masking skipped an n-gram because of the cap.
    pub n_capped_examples: u64,
    /// The words that the model reads, for the classifier that sees no context. One half of the examples trains it, by key.
    pub without_context: WithoutContext,
}

impl AddAssign for HeldOutCounts {
    fn add_assign(&mut self, other: Self) {
        self.words += other.words;
        self.content_words += other.content_words;
        for (count, other) in self.bands.iter_mut().zip(other.bands) {
            *count += other;
        }
        for (count, other) in self.lengths.iter_mut().zip(other.lengths) {
            *count += other;
        }
        self.n_examples += other.n_examples;
        self.n_masked += other.n_masked;
        self.n_fallback += other.n_fallback;
        self.n_beyond_cap += other.n_beyond_cap;
        self.n_capped_examples += other.n_capped_examples;
        self.without_context.merge(other.without_context);
    }
}

/// Counts the words and masks of documents. All threads use the same counter.
pub(crate) struct HeldOutCounter<'c> {
    /// Cuts the documents.
    pub segmenter: Segmenter,
    /// Masks the examples made of them.
    pub masker: Masker,
    /// The table that is measured.
    pub table: &'c SimilarWords,
    /// Bands of word frequency.
    pub bands: &'c Bands<'c>,
    /// The words that [`HeldOutCounts::content_words`] leaves out.
    pub function_words: FunctionWords,
    /// The seed of examples and masks.
    pub seed: u64,
}

impl HeldOutCounter<'_> {
    /// Counts the words of a document, and the masks of the examples made of it.
    pub(crate) fn count(&self, document: &Document) -> HeldOutCounts {
        let segmented = self.segmenter.segment(&document.text);
        let mut counts = HeldOutCounts::default();
        self.count_words(&document.text, &segmented, &mut counts);
        self.count_masks(document, &segmented, &mut counts);
        counts
    }

    fn count_words(&self, text: &str, segmented: &Segmented, counts: &mut HeldOutCounts) {
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
            let has_similar = found.is_some_and(|word| !self.table.candidates(word).is_empty());
            counts.words.add(has_similar);
            if !self.function_words.contains(word) {
                counts.content_words.add(has_similar);
            }
            counts.bands[self.bands.of(word)].add(has_similar);
            counts.lengths[(ids.len() - 1).min(N_LENGTHS - 1)].add(has_similar);
        }
    }

    fn count_masks(&self, document: &Document, segmented: &Segmented, counts: &mut HeldOutCounts) {
        let (seed, source) = (self.seed, &document.source);
        let mut drops = ExampleDrops::default();
        let made = examples(
            segmented,
            &source.path,
            source.record,
            &EXAMPLES,
            PairObjective::Sop,
            seed,
            &mut drops,
        );
        let draw = PairDraw {
            objective: PairObjective::Sop,
            seed,
            epoch: 0,
        };
        let specials = self.segmenter.vocabulary().specials();
        for example in made {
            let pair = draw_pair(&example, &draw, specials, |_| None);
            let mut rng = generator(seed, Purpose::Masks, 0, example.key().get());
            let masked =
                self.masker
                    .mask(&pair.input_ids, &pair.units, pair.n_units_first, &mut rng);
            let fallbacks = masked.kinds.iter().filter(|kind| **kind == Kind::Fallback);
            let units = self.masker.maskable(&pair.input_ids, &pair.units);
            let is_tested = example.key().get() % 2 == 1;
            counts.without_context.add(units, &masked, is_tested);
            counts.n_examples += 1;
            counts.n_masked += masked.positions.len() as u64;
            counts.n_fallback += fallbacks.count() as u64;
            counts.n_beyond_cap += masked.n_beyond_cap as u64;
            counts.n_capped_examples += u64::from(masked.n_passed_over > 0);
        }
    }
}
