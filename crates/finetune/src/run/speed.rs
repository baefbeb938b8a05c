//! How fast a seed is trained: pieces per second, without evaluations and checkpoints.

use std::time::{Duration, Instant};

/// A clock that can leave times out.
pub(crate) struct Speed {
    start: Instant,
    left_out: Duration,
    n_pieces: u64,
}

impl Speed {
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
            left_out: Duration::ZERO,
            n_pieces: 0,
        }
    }

    /// Counts the pieces of a step.
    pub(crate) const fn count(&mut self, n_pieces: u64) {
        self.n_pieces += n_pieces;
    }

    /// Does something whose time does not count.
    pub(crate) fn pause<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.left_out += start.elapsed();
        done
    }

    pub(crate) fn pieces_per_second(&self) -> f64 {
        let time = self.start.elapsed().saturating_sub(self.left_out);
        self.n_pieces as f64 / time.as_secs_f64().max(1e-9)
    }
}
