//! Runs a training: hands out stretches of text to threads and lowers the learning rate.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use crate::train::error::TrainError;
use crate::train::options::TrainOptions;
use crate::train::text::{BOUNDARY, PackedText};
use crate::train::trained::TrainedVectors;
use crate::train::worker::{Shared, Stretch, Worker};

/// Running words per stretch of text. A thread takes one stretch at a time, and the learning rate changes between
/// stretches, as in word2vec.c.
pub(super) const STRETCH_WORDS: usize = 10_000;

/// How far a training is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainProgress {
    /// Running words done, over all epochs.
    pub done: u64,
    /// Running words of all epochs.
    pub total: u64,
}

/// Trains vectors on `n_threads` threads.
///
/// All random draws follow from the seed and the position in the text. One thread gives the same bits in every run, on
/// machines whose vector instructions round alike. Several threads sometimes overwrite each other's updates, so their
/// vectors differ slightly from run to run.
///
/// `stop` is read between stretches of text.
pub fn train(
    text: PackedText,
    options: &TrainOptions,
    seed: u64,
    n_threads: usize,
    progress: &Sender<TrainProgress>,
    stop: &AtomicBool,
) -> Result<TrainedVectors, TrainError> {
    if let Some(problem) = options.problem() {
        return Err(TrainError::Options(problem));
    }
    let shared = Shared::new(&text, options, seed);
    let stretches = stretches(&text.ids);
    let plan = Plan {
        text: &text,
        stretches: &stretches,
        options,
        next: AtomicUsize::new(0),
    };
    std::thread::scope(|scope| {
        for _ in 0..n_threads.max(1) {
            let sender = progress.clone();
            let (plan, shared) = (&plan, &shared);
            scope.spawn(move || plan.run(shared, &sender, stop));
        }
    });
    if stop.load(Ordering::Relaxed) {
        return Err(TrainError::Stopped);
    }
    let numbers = shared.inputs.into_numbers(options.dimensions);
    let (words, counts) = text.into_words();
    Ok(TrainedVectors {
        words,
        counts,
        numbers,
        dimensions: options.dimensions,
    })
}

/// The stretches of all epochs, in the order in which threads take them.
struct Plan<'t> {
    text: &'t PackedText,
    stretches: &'t [Range<usize>],
    options: &'t TrainOptions,
    next: AtomicUsize,
}

impl Plan<'_> {
    fn run(&self, shared: &Shared<'_>, progress: &Sender<TrainProgress>, stop: &AtomicBool) {
        let n_stretches = self.stretches.len();
        let total = (self.text.ids.len() * self.options.epochs) as u64;
        let mut worker = Worker::default();
        while !stop.load(Ordering::Relaxed) {
            let job = self.next.fetch_add(1, Ordering::Relaxed);
            let (epoch, index) = (job / n_stretches, job % n_stretches);
            if epoch >= self.options.epochs {
                return;
            }
            let range = self.stretches[index].clone();
            let done = (epoch * self.text.ids.len() + range.start) as u64;
            let stretch = Stretch {
                epoch: epoch as u64,
                index: index as u64,
                ids: &self.text.ids[range],
            };
            worker.run(shared, stretch, self.rate(done as f64 / total as f64));
            // Progress that nobody receives is no reason to stop.
            let _ = progress.send(TrainProgress { done, total });
        }
    }

    /// The learning rate after a share of the run, 0 to 1; it decays linearly, as in word2vec.c.
    fn rate(&self, done: f64) -> f32 {
        let (first, last) = (
            f64::from(self.options.rate),
            f64::from(self.options.least_rate),
        );
        (first - (first - last) * done) as f32
    }
}

/// Splits a text into runs of whole sentences with about [`STRETCH_WORDS`] words each.
pub(super) fn stretches(ids: &[u32]) -> Vec<Range<usize>> {
    let mut stretches = Vec::new();
    let mut start = 0;
    while start < ids.len() {
        let near = (start + STRETCH_WORDS).min(ids.len());
        let boundary = ids[near..].iter().position(|id| *id == BOUNDARY);
        let end = boundary.map_or(ids.len(), |boundary| near + boundary + 1);
        stretches.push(start..end);
        start = end;
    }
    stretches
}
