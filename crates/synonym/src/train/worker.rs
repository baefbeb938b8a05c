//! A stretch of text to steps: what each thread does.

use super::draws::{Draws, Purpose};
use super::kernel::{Kernel, Step};
use super::negatives::Negatives;
use super::options::TrainOptions;
use super::rows::{Block, SharedRows};
use super::text::{BORDER, PackedText};

/// What all threads share.
pub(super) struct Shared<'t> {
    pub options: &'t TrainOptions,
    pub seed: u64,
    pub negatives: Negatives,
    /// A word is kept where 32 random bits are not above its number.
    pub keep: Vec<u32>,
    pub kernel: Kernel,
    pub inputs: SharedRows,
    pub outputs: SharedRows,
}

impl<'t> Shared<'t> {
    pub(super) fn new(text: &PackedText, options: &'t TrainOptions, seed: u64) -> Self {
        let (n_words, dimensions) = (text.words().len(), options.dimensions);
        let first = |row: usize, numbers: &mut [f32]| {
            let mut draws = Draws::new(seed, Purpose::FirstVectors, 0, row as u64);
            // As gensim 4: uniform from -1 to 1, divided by the dimensions (word2vec.c: from -0.5 to 0.5, which learns
            // more slowly at first); outputs start at 0.
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

/// The chance to keep each word, of 2^32: (√(f ÷ sample) + 1) × sample ÷ f for a word of share f, as word2vec.c has it
/// (the paper's √(sample ÷ f), and a little more).
fn keep(text: &PackedText, sample: f64) -> Vec<u32> {
    let chance = |count: &u64| {
        let ratio = sample * text.n_kept() as f64 / *count as f64;
        if sample == 0.0 {
            1.0
        } else {
            ratio.sqrt() + ratio
        }
    };
    let bits = |chance: f64| (chance.min(1.0) * f64::from(u32::MAX)) as u32;
    text.counts()
        .iter()
        .map(|count| bits(chance(count)))
        .collect()
}

/// A thread's own memory.
#[derive(Default)]
pub(super) struct Worker {
    sentence: Vec<u32>,
    window: Vec<u32>,
    rates: Vec<f32>,
    against: Vec<u32>,
    inputs: Vec<Block>,
    outputs: Vec<Block>,
    gains: Vec<[f32; 6]>,
}

impl Worker {
    /// Trains on a stretch of whole sentences.
    pub(super) fn run(
        &mut self,
        shared: &Shared<'_>,
        ids: &[u32],
        (epoch, stretch): (u64, u64),
        rate: f32,
    ) {
        let mut draws = Draws::new(shared.seed, Purpose::Stretch, epoch, stretch);
        for sentence in ids.split(|id| *id == BORDER) {
            self.sentence.clear();
            let kept = sentence.iter().filter(|id| {
                let keep = shared.keep[**id as usize];
                keep == u32::MAX || (draws.bits() >> 32) as u32 <= keep
            });
            self.sentence.extend(kept);
            for middle in 0..self.sentence.len() {
                self.step(shared, middle, rate, &mut draws);
            }
        }
    }

    /// All pairs of a window's words with the word in its middle, and with the words drawn against it.
    ///
    /// word2vec.c draws anew for each pair; here the words of a window share what is drawn (Ji et al. 2016), so that a
    /// vector is fetched once for all of them.
    fn step(&mut self, shared: &Shared<'_>, middle: usize, rate: f32, draws: &mut Draws) {
        let word = self.sentence[middle];
        let reach = 1 + draws.below(shared.options.window as u32) as usize;
        self.look_around(middle, reach, rate);
        if self.window.is_empty() {
            return;
        }
        self.against.clear();
        self.against.push(word);
        for _ in 0..shared.options.negatives {
            let drawn = shared.negatives.draw(draws);
            // A word drawn twice, or against itself, is passed over.
            if !self.against.contains(&drawn) {
                self.against.push(drawn);
            }
        }
        load(&shared.inputs, &self.window, &mut self.inputs);
        load(&shared.outputs, &self.against, &mut self.outputs);
        let mut step = Step {
            inputs: &mut self.inputs,
            outputs: &mut self.outputs,
            rates: &self.rates,
            n_blocks: shared.inputs.n_blocks(),
        };
        shared.kernel.step(&mut step, &mut self.gains);
        store(&shared.inputs, &self.window, &self.inputs);
        store(&shared.outputs, &self.against, &self.outputs);
    }

    /// The words around a word, each once; a word that stands there twice has twice the rate.
    fn look_around(&mut self, middle: usize, reach: usize, rate: f32) {
        self.window.clear();
        self.rates.clear();
        let end = (middle + reach + 1).min(self.sentence.len());
        for place in (middle.saturating_sub(reach)..end).filter(|place| *place != middle) {
            let word = self.sentence[place];
            if let Some(known) = self.window.iter().position(|known| *known == word) {
                self.rates[known] += rate;
            } else {
                self.window.push(word);
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
