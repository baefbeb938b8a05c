//! Who takes part: programs that wait for their turn.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::shape::Shape;
use super::{Options, PEER, Programs, tch};
use crate::shell;

/// Who takes part in a row, in groups that take turns: a name, and how it is started.
pub(super) fn contestants(
    options: &Options,
    programs: &Programs,
    shape: Shape,
) -> Vec<Vec<(&'static str, Command)>> {
    let own_in = |program: &Path, device: &str, bodies: &str, precision: &str, padding: usize| {
        let mut command = Command::new(program);
        command.args([device, bodies, shape.size]);
        command.args([shape.length, shape.n_examples].map(|n| n.to_string()));
        command.arg(precision).arg(padding.to_string());
        command
    };
    let own = |program: &Path, device: &str, bodies: &str| {
        own_in(program, device, bodies, shape.precision, 0)
    };
    // As examples are: of unequal length, padded by Hugging Face's collator to the longest.
    let own_unequal = |program: &Path, device: &str| {
        own_in(program, device, "native", shape.precision, shape.padding())
    };
    let peer_at = |way: &str, padding: usize| {
        let mut command = Command::new(&options.python);
        command.arg(shell::root().join(PEER)).arg(way);
        command.args([
            if options.gpu { "cuda" } else { "cpu" },
            shape.precision,
            shape.size,
        ]);
        command.args([shape.length, shape.n_examples].map(|n| n.to_string()));
        command.arg(padding.to_string());
        command
    };
    let peer = |way: &str| peer_at(way, 0);
    let tch = tch(options);
    let mut all = Vec::new();
    if let (Some(program), "f32") = (&programs.flex, shape.precision) {
        all.push(("flex plain", own(program, "flex", "plain")));
        all.push(("flex", own(program, "flex", "native")));
    }
    if let Some(program) = &programs.libtorch {
        if shape.precision == "f32" {
            all.push(("tch plain", own(program, tch, "plain")));
        }
        all.push(("tch", own(program, tch, "native")));
    }
    all.push(("PyTorch", peer("eager")));
    if options.gpu {
        if shape.size != "large" {
            // Logits everywhere: of the large model more than a GPU holds beside the others.
            all.push(("Hugging Face", peer("hf")));
        }
        all.push(("torch.compile", peer("compile")));
    } else {
        if let Some(program) = &programs.libtorch {
            all.push(("tch, unequal", own_unequal(program, tch)));
        } else if let Some(program) = &programs.flex {
            all.push(("flex, unequal", own_unequal(program, "flex")));
        }
        all.push(("Hugging Face, padded", peer_at("hf", shape.padding())));
    }
    let mut groups = vec![all];
    if let (Some(program), "base") = (&options.burn_cuda, shape.size) {
        // It has no operations of its own here, and so no bf16.
        groups.push(vec![(
            "burn cuda",
            own_in(program, "cuda:0", "plain", "f32", 0),
        )]);
    }
    for (_, command) in groups.iter_mut().flatten() {
        let threads = options.threads.to_string();
        command
            .env("RAYON_NUM_THREADS", &threads)
            .env("OMP_NUM_THREADS", &threads);
        if let Some(folder) = &programs.libtorch_folder {
            command.env("LD_LIBRARY_PATH", folder.join("lib"));
        }
    }
    groups
}

/// A contestant that waits for its turn.
pub(super) struct Waiting {
    pub(super) name: &'static str,
    /// Pieces and floating point operations of a step, where it says them.
    pub(super) work: Option<[f64; 2]>,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Waiting {
    pub(super) fn start(name: &'static str, mut command: Command) -> Result<Self> {
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

    /// Has it run so many steps; it begins when it is ready.
    pub(super) fn ask(&mut self, n: usize) -> Result<()> {
        writeln!(self.input, "{n}").with_context(|| format!("{} has ended", self.name))
    }

    /// The middle one of the steps that it was asked for, in seconds.
    pub(super) fn answer(&mut self, n: usize) -> Result<f64> {
        let mut line = self.line()?;
        if let Some(work) = line.strip_prefix("ready") {
            let work: Vec<f64> = work
                .split_whitespace()
                .filter_map(|n| n.parse().ok())
                .collect();
            self.work = work.try_into().ok();
            line = self.line()?;
        }
        let mut seconds = line
            .split(' ')
            .map(str::parse)
            .collect::<Result<Vec<f64>, _>>()
            .with_context(|| format!("{}: no seconds: {line}", self.name))?;
        ensure!(
            seconds.len() == n,
            "{}: {n} steps, {} times",
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
