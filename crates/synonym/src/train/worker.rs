//! What each thread does: turns a stretch of text into updates of the vectors.

use crate::train::draws::{Draws, Purpose};
use crate::train::kernel::{Kernel, PANEL, Window};
use crate::train::negatives::Negatives;
use crate::train::options::TrainOptions;
use crate::train::rows::{Block, SharedRows};
use crate::train::text::{BOUNDARY, PackedText};

/// The data that all threads share.
pub(super) struct Shared<'t> {
    pub options: &'t TrainOptions,
    pub seed: u64,
    pub negatives: Negatives,
    /// Per word: the word is kept if 32 random bits are not above this number.
    pub keep: Vec<u32>,
    pub kernel: Kernel,
    /// The vectors that are trained; one row per word.
    pub inputs: SharedRows,
    /// The vectors of centre words and negative samples, which are dropped after the training; one row per word.
    pub outputs: SharedRows,
}

impl<'t> Shared<'t> {
    pub(super) fn new(text: &PackedText, options: &'t TrainOptions, seed: u64) -> Self {
        let (n_words, dimensions) = (text.words().len(), options.dimensions);
        let first = |row: usize, numbers: &mut [f32]| {
            let mut draws = Draws::new(seed, Purpose::FirstVectors, 0, row as u64);
            // As in gensim 4: uniform from -1 to 1, divided by the dimensions. word2vec.c takes half of that, which
            // learns more slowly at first. Output vectors start at 0 in both.
            numbers.fill_with(|| (2.0 * draws.share() - 1.0) / dimensions as f32);
        };
        Self {
            options,
            seed,
            negatives: Negatives::new(text.counts()),
            keep: keep(text, options.sample),
            kernel: Kernel::of_machine(),
            inputs: SharedRows::new(n_words, dimensions, first),
            outputs: SharedRows::new(n_words, dimensions, |_, numbers| numbers.fill(0.0)),
        }
    }
}

/// The probability to keep each word, scaled to 2^32.
///
/// For a word of relative frequency f it is (√(f ÷ sample) + 1) × sample ÷ f, as in word2vec.c. The paper has
/// √(sample ÷ f), which is slightly less.
fn keep(text: &PackedText, sample: f64) -> Vec<u32> {
    let probability = |count: &u64| {
        let ratio = sample * text.n_kept() as f64 / *count as f64;
        if sample == 0.0 {
            1.0
        } else {
            ratio.sqrt() + ratio
        }
    };
    let bits = |probability: f64| (probability.min(1.0) * f64::from(u32::MAX)) as u32;
    text.counts()
        .iter()
        .map(|count| bits(probability(count)))
        .collect()
}

/// A run of whole sentences of the text, in one epoch.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'t> {
    pub epoch: u64,
    pub index: u64,
    pub ids: &'t [u32],
}

/// The buffers of one thread.
#[derive(Default)]
pub(super) struct Worker {
    sentence: Vec<u32>,
    context: Vec<u32>,
    /// The learning rate of each context word.
    rates: Vec<f32>,
    /// The centre word, then the negative samples.
    targets: Vec<u32>,
    inputs: Vec<Block>,
    outputs: Vec<Block>,
    gains: Vec<[f32; PANEL]>,
}

impl Worker {
    /// Trains on a stretch of text with one learning rate.
    pub(super) fn run(&mut self, shared: &Shared<'_>, stretch: Stretch<'_>, rate: f32) {
        let mut draws = Draws::new(shared.seed, Purpose::Stretch, stretch.epoch, stretch.index);
        for sentence in stretch.ids.split(|id| *id == BOUNDARY) {
            self.sentence.clear();
            let kept = sentence.iter().filter(|id| {
                let keep = shared.keep[**id as usize];
                keep == u32::MAX || (draws.bits() >> 32) as u32 <= keep
            });
            self.sentence.extend(kept);
            for centre in 0..self.sentence.len() {
                self.train_window(shared, centre, rate, &mut draws);
            }
        }
    }

    /// Trains the context words of one window against its centre word and the negative samples.
    ///
    /// word2vec.c draws negative samples for each pair of words. Here all context words of a window share them (Ji et
    /// al. 2016), so that each vector is fetched only once per window.
    fn train_window(&mut self, shared: &Shared<'_>, centre: usize, rate: f32, draws: &mut Draws) {
        let word = self.sentence[centre];
        let reach = 1 + draws.below(shared.options.window as u32) as usize;
        self.collect_context(centre, reach, rate);
        if self.context.is_empty() {
            return;
        }
        self.targets.clear();
        self.targets.push(word);
        for _ in 0..shared.options.negatives {
            let drawn = shared.negatives.draw(draws);
            // Skips a sample that equals the centre word or another sample.
            if !self.targets.contains(&drawn) {
                self.targets.push(drawn);
            }
        }
        load(&shared.inputs, &self.context, &mut self.inputs);
        load(&shared.outputs, &self.targets, &mut self.outputs);
        let mut window = Window {
            inputs: &mut self.inputs,
            outputs: &mut self.outputs,
            rates: &self.rates,
            n_blocks: shared.inputs.n_blocks(),
        };
        shared.kernel.update(&mut window, &mut self.gains);
        store(&shared.inputs, &self.context, &self.inputs);
        store(&shared.outputs, &self.targets, &self.outputs);
    }

    /// Collects the words around a centre word, each once. A word that occurs twice gets twice the learning rate.
    fn collect_context(&mut self, centre: usize, reach: usize, rate: f32) {
        self.context.clear();
        self.rates.clear();
        let end = (centre + reach + 1).min(self.sentence.len());
        for position in (centre.saturating_sub(reach)..end).filter(|at| *at != centre) {
            let word = self.sentence[position];
            if let Some(known) = self.context.iter().position(|known| *known == word) {
                self.rates[known] += rate;
            } else {
                self.context.push(word);
                self.rates.push(rate);
            }
        }
    }
}

fn load(rows: &SharedRows, words: &[u32], into: &mut Vec<Block>) {
    let n_blocks = rows.n_blocks();
    into.resize(words.len() * n_blocks, Block::ZERO);
    for (word, into) in words.iter().zip(into.chunks_exact_mut(n_blocks)) {
        rows.load(*word, into);
    }
}

fn store(rows: &SharedRows, words: &[u32], from: &[Block]) {
    for (word, from) in words.iter().zip(from.chunks_exact(rows.n_blocks())) {
        rows.store(*word, from);
    }
}
