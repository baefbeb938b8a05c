//! Measures the wall time, processor time and peak memory of some work.

use std::time::Instant;

use serde_json::{Value, json};

/// The kernel counts processor time in hundredths of a second (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// The cost of some work.
pub(crate) struct Measured {
    what: &'static str,
    /// Bytes of text processed.
    n_bytes: usize,
    wall_seconds: f64,
    user_seconds: f64,
    system_seconds: f64,
    /// Counts that prove that the work was done.
    counts: Value,
}

/// Runs work and measures it.
pub(crate) fn measured(
    what: &'static str,
    n_bytes: usize,
    work: impl FnOnce() -> Value,
) -> Measured {
    let (user_before, system_before) = processor_seconds();
    let start = Instant::now();
    let counts = work();
    let wall_seconds = start.elapsed().as_secs_f64();
    let (user_after, system_after) = processor_seconds();
    Measured {
        what,
        n_bytes,
        wall_seconds,
        user_seconds: user_after - user_before,
        system_seconds: system_after - system_before,
        counts,
    }
}

impl Measured {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "what": self.what,
            "bytes": self.n_bytes,
            "wall_seconds": self.wall_seconds,
            "user_seconds": self.user_seconds,
            "system_seconds": self.system_seconds,
            "peak_bytes": peak_bytes(),
            "counts": self.counts,
        })
    }
}

/// User and system time of the process so far, from fields 14 and 15 of `/proc/self/stat`.
fn processor_seconds() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let mut fields = after_name.split(' ').skip(11).map(str::parse::<f64>);
    let mut next = || fields.next().and_then(Result::ok).unwrap_or(0.0) / TICKS_PER_SECOND;
    (next(), next())
}

/// The peak resident memory of the process.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB"));
    kib.and_then(|kib| kib.trim().parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}
