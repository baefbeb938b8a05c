//! A contestant that has started, and waits for its turn.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::contestant::Contestant;

/// What a step of full examples is.
#[derive(Clone, Copy)]
pub(super) struct StepWork {
    /// The pieces that it reads.
    pub(super) tokens: f64,
    /// The model's floating point operations.
    pub(super) flops: f64,
}

/// A contestant that waits for its turn.
pub(super) struct Waiting {
    pub(super) name: &'static str,
    /// What it says of a step when it is ready. Only this project's programs say it.
    pub(super) work: Option<StepWork>,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Waiting {
    pub(super) fn start(contestant: Contestant) -> Result<Self> {
        let Contestant { name, mut command } = contestant;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("could not start {name}"))?;
        let input = child.stdin.take().context("its input is a pipe")?;
        let output = BufReader::new(child.stdout.take().context("its output is a pipe")?);
        Ok(Self {
            name,
            work: None,
            child,
            input,
            output,
        })
    }

    /// Asks for `n` steps. The contestant begins as soon as it is ready.
    pub(super) fn ask(&mut self, n: usize) -> Result<()> {
        writeln!(self.input, "{n}").with_context(|| format!("{} has ended", self.name))
    }

    /// The median of the `n` steps that it was asked for, in seconds.
    pub(super) fn answer(&mut self, n: usize) -> Result<f64> {
        let mut line = self.line()?;
        if let Some(work) = line.strip_prefix("ready") {
            self.work = step_work(work);
            line = self.line()?;
        }
        let mut seconds = line
            .split(' ')
            .map(str::parse)
            .collect::<Result<Vec<f64>, _>>()
            .with_context(|| format!("{}: no seconds: {line}", self.name))?;
        ensure!(
            seconds.len() == n,
            "{}: {} times, expected {n}",
            self.name,
            seconds.len()
        );
        seconds.sort_by(f64::total_cmp);
        Ok(seconds[n / 2])
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let n_bytes = self.output.read_line(&mut line)?;
        ensure!(n_bytes > 0, "{} has ended", self.name);
        Ok(line.trim().to_owned())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The two numbers behind `ready`; None if they are not there.
fn step_work(text: &str) -> Option<StepWork> {
    let numbers = text.split_whitespace().map(str::parse);
    let [tokens, flops] = numbers.collect::<Result<Vec<f64>, _>>().ok()?[..] else {
        return None;
    };
    Some(StepWork { tokens, flops })
}
