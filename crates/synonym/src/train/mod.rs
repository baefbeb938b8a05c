//! Word vectors from segmented text: skip-gram with negative sampling.

mod draws;
#[expect(
    clippy::inline_always,
    reason = "its generic parts take on the instructions of the function that they are inlined into"
)]
mod kernel;
mod negatives;
mod options;
mod rows;
mod text;
mod worker;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

pub use options::TrainOptions;
pub use text::{PackedText, TextBuilder};

use text::BORDER;
use worker::{Shared, Worker};

/// Running words of a stretch of text: what a thread takes at once, and between two changes of the rate (word2vec.c's).
const STRETCH_WORDS: usize = 10_000;

/// What went wrong with training.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The text has no word that is frequent enough.
    #[error(
        "no word of the text is seen {min_count} times or more, of {n_distinct} different ones; give more text or lower min_count"
    )]
    NoWords {
        /// The least count.
        min_count: u64,
        /// Different words of the text.
        n_distinct: usize,
    },
    /// An option makes no sense.
    #[error("{0}")]
    Options(String),
    /// The run was stopped.
    #[error("stopped before the vectors were ready; nothing is kept")]
    Stopped,
}

/// How far a training is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainProgress {
    /// Running words done, over all epochs.
    pub done: u64,
    /// Running words of all epochs.
    pub total: u64,
}

/// Trained vectors, as they came out (not of length 1); row-major `[words, dimensions]`.
pub struct TrainedVectors {
    /// The words, the most frequent first.
    pub words: Vec<String>,
    /// How often each was seen.
    pub counts: Vec<u64>,
    /// Their vectors, end to end.
    pub numbers: Vec<f32>,
    /// Numbers of a vector.
    pub dimensions: usize,
}

/// Trains vectors on `n_threads` threads.
///
/// All that is random follows from the seed and the place in the text. With one thread the vectors are the same to the
/// last bit, on machines whose vector instructions fuse multiplication and addition alike; several threads overwrite
/// each other's updates now and then, so theirs differ a little from run to run.
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

/// Which stretch is trained on next, at which rate.
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
            let (epoch, stretch) = (job / n_stretches, job % n_stretches);
            if epoch >= self.options.epochs {
                return;
            }
            let range = self.stretches[stretch].clone();
            let done = (epoch * self.text.ids.len() + range.start) as u64;
            let rate = self.rate(done as f64 / total as f64);
            let ids = &self.text.ids[range];
            worker.run(shared, ids, (epoch as u64, stretch as u64), rate);
            // Nobody listening is no reason to stop.
            let _ = progress.send(TrainProgress { done, total });
        }
    }

    /// The rate falls in a line over the whole run (word2vec.c).
    fn rate(&self, done: f64) -> f32 {
        let (first, last) = (
            f64::from(self.options.rate),
            f64::from(self.options.least_rate),
        );
        (first - (first - last) * done) as f32
    }
}

/// Runs of whole sentences of about [`STRETCH_WORDS`] words.
fn stretches(ids: &[u32]) -> Vec<Range<usize>> {
    let mut stretches = Vec::new();
    let mut start = 0;
    while start < ids.len() {
        let near = (start + STRETCH_WORDS).min(ids.len());
        let boundary = ids[near..].iter().position(|id| *id == BORDER);
        let end = boundary.map_or(ids.len(), |boundary| near + boundary + 1);
        stretches.push(start..end);
        start = end;
    }
    stretches
}

#[cfg(test)]
mod tests;
