//! Steps drawn ahead of the device by threads of their own, handed out in order.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};

use crate::dataset::{ExampleSourceError, StepBatch, TrainingExamples};

/// Steps that each thread keeps ready.
const AHEAD: usize = 4;

/// What went wrong with the loader.
#[derive(Debug, thiserror::Error)]
pub enum LoaderError {
    /// The examples.
    #[error(transparent)]
    Examples(#[from] ExampleSourceError),
    /// A thread ended though steps were left.
    #[error("a loader thread ended early")]
    Ended,
}

/// Thread t of n draws the steps t, t + n, … and keeps them in a queue of its own, so the order needs no sorting and the
/// steps are the same for any number of threads.
pub struct Loader {
    queues: Vec<Receiver<Result<StepBatch, ExampleSourceError>>>,
    threads: Vec<JoinHandle<()>>,
    next: usize,
    waited: Duration,
}

impl Loader {
    /// Starts threads that draw the steps of a range, in micro-batches of `micro_batch` of `examples_per_step` examples.
    pub fn start(
        examples: &Arc<TrainingExamples>,
        steps: std::ops::RangeInclusive<u64>,
        (examples_per_step, micro_batch): (usize, usize),
        n_threads: usize,
    ) -> Self {
        let n_threads = n_threads.max(1);
        let mut loader = Self {
            queues: Vec::new(),
            threads: Vec::new(),
            next: 0,
            waited: Duration::ZERO,
        };
        for thread in 0..n_threads {
            let (sender, receiver) = bounded(AHEAD);
            let examples = Arc::clone(examples);
            let mine = steps.clone().skip(thread).step_by(n_threads);
            loader.queues.push(receiver);
            loader.threads.push(std::thread::spawn(move || {
                for step in mine {
                    let drawn = examples.step(step, examples_per_step, micro_batch);
                    if sender.send(drawn).is_err() {
                        return; // nobody is waiting any more
                    }
                }
            }));
        }
        loader
    }

    /// The next step's examples.
    pub fn next_step(&mut self) -> Result<StepBatch, LoaderError> {
        let start = Instant::now();
        let received = self.queues[self.next].recv();
        self.waited += start.elapsed();
        self.next = (self.next + 1) % self.queues.len();
        match received {
            Ok(step) => Ok(step?),
            Err(_) => Err(LoaderError::Ended),
        }
    }

    /// Time spent waiting for examples since the last call.
    pub fn take_waited(&mut self) -> Duration {
        std::mem::take(&mut self.waited)
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.queues.clear();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so; the loader is going anyway.
            let _ = thread.join();
        }
    }
}
