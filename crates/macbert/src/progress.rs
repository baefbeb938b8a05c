//! What people see on the way: bars on a terminal, plain lines elsewhere; everything on stderr. Results go to stdout.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::paint::{BAD, DIM, painted};

/// Off a terminal a line is written at most so often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A bar, or lines.
pub(crate) struct Bar {
    drawn: Option<ProgressBar>,
    what: &'static str,
    total: u64,
    start: Instant,
    last_line: Instant,
    first: Option<u64>,
}

impl Bar {
    /// Counts up to `total`.
    pub(crate) fn new(what: &'static str, total: u64) -> Self {
        let template = "{msg:>9} {bar:30} {percent:>3}% {elapsed_precise} +{eta_precise}  {prefix}";
        let bar = std::io::stderr().is_terminal().then(|| {
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

    /// How far it is, and what else there is to say.
    pub(crate) fn set(&mut self, done: u64, more: &str) {
        if let Some(bar) = &self.drawn {
            bar.set_position(done);
            bar.set_prefix(more.to_owned());
            return;
        }
        let first = *self.first.get_or_insert(done);
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

    /// A line that stays, above the bar.
    pub(crate) fn line(&self, line: &str) {
        match &self.drawn {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.drawn {
            bar.finish_and_clear();
        }
    }
}

/// A duration as people say it.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A line on stderr.
pub(crate) fn say(line: &str) {
    // A closed stderr is no reason to stop.
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// A remark on stderr.
pub(crate) fn note(line: &str) {
    say(&painted(DIM, line));
}

/// An error and its causes, each once.
pub(crate) fn say_error(error: &anyhow::Error) {
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
    say(&format!("{}: {text}", painted(BAD, "error")));
}

/// A line of results on stdout.
pub(crate) fn print(line: &str) {
    // `macbert … | head` closes stdout early; that is no reason to stop.
    let _ = writeln!(anstream::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn durations_are_said_as_people_say_them() {
        assert_eq!(duration(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
        assert_eq!(duration(Duration::from_secs(7325)), "2 h 2 min");
    }
}
