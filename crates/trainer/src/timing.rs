//! How fast a run is, from one line of metrics to the next.

use std::time::{Duration, Instant};

use dataset::StepBatch;

/// Counts what was computed since the last line of metrics, and the time that it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    since: Instant,
    left_out: Duration,
    n_steps: u64,
    n_tokens: u64,
    n_examples: u64,
    flops: f64,
    /// The largest number of floating point operations per second of the device, if the config gives it.
    peak_flops: Option<f64>,
}

/// How fast a run was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Speed {
    /// Number of steps that were done in this time.
    pub n_steps: u64,
    /// Seconds of training, without evaluations and copies for checkpoints.
    pub seconds: f64,
    /// Pieces per second, without padding.
    pub tokens_per_second: f64,
    /// Examples per second.
    pub examples_per_second: f64,
    /// The share of the time in which the loop waited for examples, 0 to 1.
    pub data_wait_share: f64,
    /// Floating point operations per second of the model, in 10¹². Padding and recomputation do not count (method §6).
    pub model_tflops_per_second: f64,
    /// The same as a share of the device's peak, 0 to 1: MFU (method §6). `None` if the config gives no peak.
    pub model_flops_utilisation: Option<f64>,
}

impl Timing {
    /// Starts the clock.
    pub(crate) fn start(peak_flops: Option<f64>) -> Self {
        Self {
            since: Instant::now(),
            left_out: Duration::ZERO,
            n_steps: 0,
            n_tokens: 0,
            n_examples: 0,
            flops: 0.0,
            peak_flops,
        }
    }

    /// Starts the clock again, with all counts at 0.
    pub(crate) fn restart(&mut self) {
        *self = Self::start(self.peak_flops);
    }

    /// Counts a step. `flops` are the floating point operations that it needs.
    pub(crate) fn count(&mut self, batch: &StepBatch, flops: f64) {
        self.flops += flops;
        self.n_steps += 1;
        let n_examples = batch.micro_batches.iter().map(|batch| batch.n_examples);
        self.n_examples += n_examples.sum::<usize>() as u64;
        self.n_tokens += batch.n_tokens;
    }

    /// Leaves out a time in which the run did not train.
    pub(crate) fn leave_out(&mut self, time: Duration) {
        self.left_out += time;
    }

    /// The speed since the clock was started. `waited` is how long the loop waited for examples; a device with steps in its
    /// queue computes meanwhile.
    pub(crate) fn speed(&self, waited: Duration) -> Speed {
        let seconds = self.seconds();
        let flops_per_second = self.flops / seconds;
        Speed {
            n_steps: self.n_steps,
            seconds,
            tokens_per_second: self.n_tokens as f64 / seconds,
            examples_per_second: self.n_examples as f64 / seconds,
            data_wait_share: waited.as_secs_f64() / seconds,
            model_tflops_per_second: flops_per_second / 1e12,
            model_flops_utilisation: self.peak_flops.map(|peak| flops_per_second / peak),
        }
    }

    /// Pieces per second since the clock was started, without padding.
    pub(crate) fn tokens_per_second(&self) -> f64 {
        self.n_tokens as f64 / self.seconds()
    }

    fn seconds(&self) -> f64 {
        let elapsed = self.since.elapsed().saturating_sub(self.left_out);
        elapsed.as_secs_f64().max(1e-9)
    }
}
