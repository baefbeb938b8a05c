//! `cargo xtask bench train`: a step of training beside PyTorch's, on the same shapes, in turns.
//!
//! Each contestant is a program that stays, says `ready`, and runs steps when it is given a number of them. All of a row
//! take turns in every round, so that whatever else the machine does meets them alike.

mod contestant;
mod shape;
mod table;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};

use crate::{libtorch, shell};
use contestant::{Waiting, contestants};
use shape::{Shape, shapes};
use table::{WORK, read_table, say_table, write_table};

/// PyTorch's side.
const PEER: &str = "benches/peers/train.py";
/// Steps before the first round.
const N_FIRST: usize = 3;

/// What is measured, and how.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The smaller size alone, fewer steps: under 20 minutes.
    #[arg(long)]
    quick: bool,
    /// Rounds in which all contestants of a row take turns; at least 7.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Threads of each contestant.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// The Python that has torch and transformers.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Without the contestants on LibTorch.
    #[arg(long)]
    without_libtorch: bool,
    /// Measure on the first GPU (by LibTorch) in place of the CPU.
    #[arg(long)]
    gpu: bool,
    /// The bench program with LibTorch, built elsewhere; `LD_LIBRARY_PATH` has to lead to a LibTorch that fits it.
    #[arg(long)]
    step: Option<PathBuf>,
    /// The bench program with burn's own `cuda`, built elsewhere; with `--gpu`.
    #[arg(long)]
    burn_cuda: Option<PathBuf>,
    /// The most that the GPU is made for in bf16, in TFLOP/s, for the share of it (A100 312, H100 SXM and H200 989).
    #[arg(long, default_value_t = 989.0)]
    peak_tflops: f64,
    /// Where the table is kept; rows that it has are not measured again.
    #[arg(long, default_value = "target/bench/train.json")]
    table: PathBuf,
}

/// Measures row by row and prints the table.
pub(crate) fn train(options: &Options) -> Result<()> {
    ensure!(
        options.rounds >= 7,
        "--rounds: at least 7, or no interval is to be believed"
    );
    let path = shell::root().join(&options.table);
    let mut table = read_table(&path)?;
    let programs = Programs::build(options)?;
    for shape in shapes(options) {
        if table.get(shape.name()).is_some() {
            shell::say(&format!("{}: measured before", shape.name()));
            continue;
        }
        let row = measure(options, &programs, shape)?;
        table[shape.name()] = row;
        write_table(&path, &table)?;
    }
    say_table(&table, options.gpu.then_some(options.peak_tflops));
    Ok(())
}

/// The bench programs of this project.
struct Programs {
    /// None on a GPU.
    flex: Option<PathBuf>,
    libtorch: Option<PathBuf>,
    /// The LibTorch that the second one was built with here; None where it was built elsewhere.
    libtorch_folder: Option<PathBuf>,
}

impl Programs {
    fn build(options: &Options) -> Result<Self> {
        let flex = (!options.gpu).then(|| build(&[], None)).transpose()?;
        let (libtorch, libtorch_folder) = match &options.step {
            _ if options.without_libtorch => (None, None),
            Some(program) => (Some(program.clone()), None),
            None => {
                let folder = libtorch::for_device(tch(options))
                    .context("--without-libtorch leaves its contestants out")?;
                let program = build(&["--features", "tch"], Some(&folder))?;
                (Some(program), Some(folder))
            }
        };
        Ok(Self {
            flex,
            libtorch,
            libtorch_folder,
        })
    }
}

/// The device of LibTorch that is measured.
fn tch(options: &Options) -> &'static str {
    if options.gpu { "tch:0" } else { "tch:cpu" }
}

/// Builds the bench of a step; cargo says where it is.
fn build(arguments: &[&str], libtorch: Option<&Path>) -> Result<PathBuf> {
    let mut command = shell::cargo();
    command.args([
        "bench",
        "--package",
        "trainer",
        "--bench",
        "step",
        "--no-run",
    ]);
    command
        .args(["--message-format", "json-render-diagnostics"])
        .args(arguments);
    if let Some(folder) = libtorch {
        command.env("LIBTORCH", folder);
        command.env("CARGO_TARGET_DIR", shell::root().join("target-tch"));
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(
        output.status.success(),
        "{command:?} failed ({})",
        output.status
    );
    let lines = String::from_utf8(output.stdout)?;
    let program = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "step")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.context("cargo did not say where the bench is")
}

/// A row: of each contestant the middle step of each round, in seconds.
fn measure(options: &Options, programs: &Programs, shape: Shape) -> Result<Value> {
    shell::say(&shape.name());
    let n_steps = match (options.gpu, shape.size) {
        (true, _) => 10,
        (false, "mini") if options.quick => 3,
        (false, "mini") => 7,
        // A step takes seconds.
        (false, _) => 1,
    };
    let mut times: Vec<(String, Vec<f64>)> = Vec::new();
    let mut work = None;
    // Those of a group take turns; a GPU's memory may not hold all at a time.
    for group in contestants(options, programs, shape) {
        let mut waiting = group
            .into_iter()
            .map(|(name, command)| Waiting::start(name, command))
            .collect::<Result<Vec<_>>>()?;
        // The first steps allocate, compile and choose kernels: all at once.
        for contestant in &mut waiting {
            contestant.ask(N_FIRST)?;
        }
        for contestant in &mut waiting {
            contestant.answer(N_FIRST)?;
            times.push((contestant.name.to_owned(), Vec::new()));
            work = work.or(contestant.work);
        }
        let first = times.len() - waiting.len();
        for round in 1..=options.rounds {
            let mut line = format!("  round {round}:");
            for (contestant, (name, times)) in waiting.iter_mut().zip(&mut times[first..]) {
                contestant.ask(n_steps)?;
                let seconds = contestant.answer(n_steps)?;
                let _ = write!(line, "  {name} {:.0} ms", seconds * 1e3);
                times.push(seconds);
            }
            shell::say(&line);
        }
    }
    let row = times.into_iter().map(|(name, times)| (name, json!(times)));
    let mut row: Map<String, Value> = row.collect();
    // Its first contestant has full examples.
    if let Some([tokens, flops]) = work {
        row.insert(WORK.to_owned(), json!({"tokens": tokens, "flops": flops}));
    }
    Ok(Value::Object(row))
}
