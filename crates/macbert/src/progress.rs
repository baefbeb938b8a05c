//! Everything that the program writes: results on stdout; progress, remarks and errors on stderr.
//!
//! Progress is a bar on a terminal and plain lines elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::numbers::duration;
use crate::paint::{BAD, DIM, painted};

/// The least time between two lines of progress where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The rank of this process if it trains together with others. Only rank 0 writes results, remarks and progress; all write
/// their errors.
static RANK: OnceLock<usize> = OnceLock::new();

/// Says which rank this process has.
pub(crate) fn speak_as(rank: usize) {
    let _ = RANK.set(rank); // a process has one rank
}

/// Whether this process writes results, remarks and progress.
fn speaks() -> bool {
    RANK.get().is_none_or(|rank| *rank == 0)
}

/// The progress of a piece of work: a bar, or lines.
pub(crate) struct Bar {
    drawn: Option<ProgressBar>,
    what: &'static str,
    total: u64,
    start: Instant,
    last_line: Instant,
    /// How far the work was when it was first reported: a resumed run does not start at 0.
    first: Option<u64>,
}

impl Bar {
    /// Starts a bar that counts up to `total`.
    pub(crate) fn new(what: &'static str, total: u64) -> Self {
        let template = "{msg:>9} {bar:30} {percent:>3}% {elapsed_precise} +{eta_precise}  {prefix}";
        let bar = (speaks() && std::io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template(template)
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style).with_message(what)
        });
        Self {
            drawn: bar,
            what,
            total,
            start: Instant::now(),
            last_line: Instant::now(),
            first: None,
        }
    }

    /// Shows how far the work is, with a remark.
    pub(crate) fn set(&mut self, done: u64, more: &str) {
        if let Some(bar) = &self.drawn {
            bar.set_position(done);
            bar.set_prefix(more.to_owned());
            return;
        }
        let first = *self.first.get_or_insert(done);
        if !speaks() {
            return;
        }
        if self.last_line.elapsed() < LINE_EVERY {
            return;
        }
        self.last_line = Instant::now();
        let share = 100 * done / self.total.max(1);
        let rate = (done - first) as f64 / self.start.elapsed().as_secs_f64().max(1e-9);
        let left = (self.total.saturating_sub(done)) as f64 / rate.max(1e-9);
        say(&format!(
            "{}: {share} %, {more}, {} left",
            self.what,
            duration(Duration::from_secs_f64(left.min(1e9)))
        ));
    }

    /// Writes a permanent line above the bar.
    pub(crate) fn line(&self, line: &str) {
        match &self.drawn {
            Some(bar) => bar.suspend(|| say(line)),
            None if speaks() => say(line),
            None => {}
        }
    }

    /// Removes the bar.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.drawn {
            bar.finish_and_clear();
        }
    }
}

/// Writes a line on stderr.
pub(crate) fn say(line: &str) {
    // A closed stderr does not stop the run.
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// Writes a remark on stderr.
pub(crate) fn note(line: &str) {
    if speaks() {
        say(&painted(DIM, line));
    }
}

/// Writes an error and its causes on stderr.
pub(crate) fn say_error(error: &anyhow::Error) {
    let rank = RANK.get().map(|rank| format!("rank {rank}: "));
    let rank = rank.unwrap_or_default();
    say(&format!(
        "{rank}{}: {}",
        painted(BAD, "error"),
        error_text(error)
    ));
}

/// The text of an error and its causes. A cause that the text above it already quotes is not repeated.
pub(crate) fn error_text(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text
}

/// Writes a line of results on stdout.
pub(crate) fn print(line: &str) {
    if !speaks() {
        return;
    }
    // `macbert … | head` closes stdout early, which does not stop the run.
    let _ = writeln!(anstream::stdout(), "{line}");
}
