//! The loader: threads draw the examples of coming steps while the device computes.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};

use crate::dataset::TrainingExamples;
use crate::error::DatasetError;
use crate::step_batch::StepBatch;

/// How many steps each thread draws ahead.
const AHEAD: usize = 4;

/// Draws steps on threads of its own, and hands them out in order.
///
/// Thread t of n draws the steps t, t + n, t + 2n, … into a queue of its own, and the queues are read in turn. So the steps
/// are the same for any number of threads, and need no sorting.
pub struct Loader {
    queues: Vec<Receiver<Result<StepBatch, DatasetError>>>,
    threads: Vec<JoinHandle<()>>,
    /// The queue that has the next step.
    next_queue: usize,
    waited: Duration,
}

impl Loader {
    /// Starts the threads. They draw the steps of a range as [`TrainingExamples::step`] does. The end of the range is the last
    /// step of the run.
    pub fn start(
        examples: &Arc<TrainingExamples>,
        steps: RangeInclusive<u64>,
        examples_per_step: usize,
        micro_batch: usize,
        n_threads: usize,
    ) -> Self {
        let n_threads = n_threads.max(1);
        let last_step = *steps.end();
        let mut loader = Self {
            queues: Vec::new(),
            threads: Vec::new(),
            next_queue: 0,
            waited: Duration::ZERO,
        };
        for thread in 0..n_threads {
            let (sender, receiver) = bounded(AHEAD);
            let examples = Arc::clone(examples);
            let own_steps = steps.clone().skip(thread).step_by(n_threads);
            loader.queues.push(receiver);
            loader.threads.push(std::thread::spawn(move || {
                for step in own_steps {
                    let drawn = examples.step(step, last_step, examples_per_step, micro_batch);
                    if sender.send(drawn).is_err() {
                        return; // the loader was dropped
                    }
                }
            }));
        }
        loader
    }

    /// Waits for the next step.
    pub fn next_step(&mut self) -> Result<StepBatch, DatasetError> {
        let start = Instant::now();
        let received = self.queues[self.next_queue].recv();
        self.waited += start.elapsed();
        self.next_queue = (self.next_queue + 1) % self.queues.len();
        match received {
            Ok(step) => Ok(step?),
            Err(_) => Err(DatasetError::LoaderEnded),
        }
    }

    /// The time that [`Self::next_step`] has waited since this was last called.
    pub fn take_waited(&mut self) -> Duration {
        std::mem::take(&mut self.waited)
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.queues.clear();
        for thread in self.threads.drain(..) {
            // A thread that panicked has printed its message already.
            let _ = thread.join();
        }
    }
}
