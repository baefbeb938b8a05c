//! `cargo xtask bench train`: a step of training beside PyTorch's, on the same shapes, in turns.
//!
//! Each contestant is a program that stays, says `ready`, and runs steps when it is given a number of them. All of a row
//! take turns in every round, so that whatever else the machine does meets them alike.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::{libtorch, shell};

const PEER: &str = "benches/peers/train.py";
/// Times that the rounds are drawn again, for the interval of a ratio.
const N_DRAWS: usize = 10_000;

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

/// A shape: what one row of the table is about.
#[derive(Clone, Copy)]
struct Shape {
    size: &'static str,
    length: usize,
    n_examples: usize,
    precision: &'static str,
}

impl Shape {
    fn name(&self) -> String {
        format!(
            "{} {}x{} {}",
            self.size, self.n_examples, self.length, self.precision
        )
    }
}

/// Layers, hidden width and heads of each size; the bench programs have the same.
const SIZES: [(&str, [usize; 2]); 3] = [
    ("mini", [4, 256]),
    ("base", [12, 768]),
    ("large", [24, 1024]),
];
const N_PIECES: f64 = 21_128.0;
/// Of 100 pieces, so many are masked.
const MASKED: usize = 15;

impl Shape {
    /// The shape of a row's name.
    fn of(name: &str) -> Option<Self> {
        let [size, examples, precision] = name.split(' ').collect::<Vec<_>>()[..] else {
            return None;
        };
        let (n_examples, length) = examples.split_once('x')?;
        Some(Self {
            size: SIZES.iter().find(|(name, _)| *name == size)?.0,
            length: length.parse().ok()?,
            n_examples: n_examples.parse().ok()?,
            precision: ["f32", "bf16"]
                .into_iter()
                .find(|name| *name == precision)?,
        })
    }

    fn n_tokens(&self) -> f64 {
        (self.n_examples * self.length) as f64
    }

    /// Floating point operations of the model's own, as `timing.jsonl` counts them (`trainer::flops`).
    fn flops(&self) -> f64 {
        let sizes = SIZES.iter().find(|(name, _)| *name == self.size);
        let [layers, h] = sizes.map_or([0.0; 2], |(_, sizes)| sizes.map(|n| n as f64));
        let n_masked = (self.n_examples * (self.length * MASKED / 100)) as f64;
        let layer = self.n_tokens() * (24.0 * h * h + 4.0 * self.length as f64 * h);
        let head = n_masked * (2.0 * h * h + 2.0 * h * N_PIECES);
        3.0 * (layers * layer + head + self.n_examples as f64 * 2.0 * h * h)
    }
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

fn shapes(options: &Options) -> Vec<Shape> {
    let sizes: &[&str] = match (options.gpu, options.quick) {
        (true, _) => &["base", "large"],
        (false, true) => &["mini"],
        (false, false) => &["mini", "base"],
    };
    let lengths = |size| match (options.gpu, size) {
        (true, "large") => [(128, 128), (512, 32)],
        (true, _) => [(128, 256), (512, 64)],
        _ => [(128, 8), (512, 2)],
    };
    let precisions: &[&str] = if options.gpu {
        &["bf16"]
    } else if has_bf16() && !options.without_libtorch {
        &["f32", "bf16"]
    } else {
        &["f32"]
    };
    let mut shapes = Vec::new();
    for precision in precisions {
        for size in sizes {
            for (length, n_examples) in lengths(*size) {
                shapes.push(Shape {
                    size,
                    length,
                    n_examples,
                    precision,
                });
            }
        }
    }
    shapes
}

/// Whether the CPU multiplies bf16 itself.
fn has_bf16() -> bool {
    std::fs::read_to_string("/proc/cpuinfo").is_ok_and(|info| info.contains("avx512_bf16"))
}

/// The bench programs of this project.
struct Programs {
    /// None on a GPU.
    flex: Option<PathBuf>,
    libtorch: Option<PathBuf>,
}

impl Programs {
    fn build(options: &Options) -> Result<Self> {
        let flex = (!options.gpu).then(|| build(&[], None)).transpose()?;
        let libtorch = match &options.step {
            _ if options.without_libtorch => None,
            Some(program) => Some(program.clone()),
            None => Some(build_with_libtorch()?),
        };
        Ok(Self { flex, libtorch })
    }
}

fn build_with_libtorch() -> Result<PathBuf> {
    let folder = libtorch::folder();
    ensure!(
        folder.join("build-version").is_file(),
        "no LibTorch in {}: fetch it by `cargo xtask libtorch`, or give --without-libtorch",
        folder.display()
    );
    build(&["--features", "tch"], Some(&folder))
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

/// Who takes part in a row: a name, and how it is started.
fn contestants(
    options: &Options,
    programs: &Programs,
    shape: Shape,
) -> Vec<(&'static str, Command)> {
    let own_in = |program: &Path, device: &str, bodies: &str, precision: &str| {
        let mut command = Command::new(program);
        command.args([device, bodies, shape.size]);
        command.args([shape.length, shape.n_examples].map(|n| n.to_string()));
        command.arg(precision);
        command
    };
    let own = |program: &Path, device: &str, bodies: &str| {
        own_in(program, device, bodies, shape.precision)
    };
    let peer = |way: &str| {
        let mut command = Command::new(&options.python);
        command.arg(shell::root().join(PEER)).arg(way);
        command.args([
            if options.gpu { "cuda" } else { "cpu" },
            shape.precision,
            shape.size,
        ]);
        command.args([shape.length, shape.n_examples].map(|n| n.to_string()));
        command
    };
    let tch = if options.gpu { "tch:0" } else { "tch:cpu" };
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
    all.push(("Hugging Face", peer("hf")));
    if options.gpu {
        all.push(("torch.compile", peer("compile")));
    }
    if let Some(program) = &options.burn_cuda {
        // It has no operations of its own here, and so no bf16.
        all.push(("burn cuda", own_in(program, "cuda:0", "plain", "f32")));
    }
    for (_, command) in &mut all {
        let threads = options.threads.to_string();
        command
            .env("RAYON_NUM_THREADS", &threads)
            .env("OMP_NUM_THREADS", &threads);
        // Threads that wait are not to take the machine from those that work.
        command.env("OMP_WAIT_POLICY", "PASSIVE");
        if options.step.is_none() {
            command.env("LD_LIBRARY_PATH", libtorch::folder().join("lib"));
        }
    }
    all
}

/// A contestant that waits for its turn.
struct Waiting {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Waiting {
    fn start(name: &str, mut command: Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("could not start {name}"))?;
        let input = child.stdin.take().context("its input is a pipe")?;
        let output = BufReader::new(child.stdout.take().context("its output is a pipe")?);
        let mut waiting = Self {
            child,
            input,
            output,
        };
        let line = waiting
            .line()
            .with_context(|| format!("{name} did not start"))?;
        ensure!(line == "ready", "{name} is not ready: {line}");
        Ok(waiting)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.output.read_line(&mut line)? > 0, "it ended");
        Ok(line.trim().to_owned())
    }

    /// The middle one of so many steps, in seconds.
    fn steps(&mut self, n: usize) -> Result<f64> {
        writeln!(self.input, "{n}")?;
        let line = self.line()?;
        let mut seconds = line
            .split(' ')
            .map(str::parse)
            .collect::<Result<Vec<f64>, _>>()
            .with_context(|| format!("no seconds: {line}"))?;
        ensure!(seconds.len() == n, "{n} steps, {} times", seconds.len());
        seconds.sort_by(f64::total_cmp);
        Ok(seconds[n / 2])
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A row: of each contestant the middle step of each round, in seconds.
fn measure(options: &Options, programs: &Programs, shape: Shape) -> Result<Value> {
    shell::say(&shape.name());
    let n_steps = if options.quick || shape.size != "mini" {
        3
    } else {
        7
    };
    let mut waiting = Vec::new();
    for (name, command) in contestants(options, programs, shape) {
        waiting.push((name, Waiting::start(name, command)?, Vec::new()));
    }
    // The first steps allocate and choose kernels.
    for (name, contestant, _) in &mut waiting {
        contestant.steps(3).with_context(|| (*name).to_owned())?;
    }
    for round in 1..=options.rounds {
        let mut line = format!("  round {round}:");
        for (name, contestant, times) in &mut waiting {
            let seconds = contestant
                .steps(n_steps)
                .with_context(|| (*name).to_owned())?;
            let _ = write!(line, "  {name} {:.0} ms", seconds * 1e3);
            times.push(seconds);
        }
        shell::say(&line);
    }
    let row = waiting
        .into_iter()
        .map(|(name, _, times)| (name.to_owned(), json!(times)));
    Ok(Value::Object(row.collect()))
}

fn read_table(path: &Path) -> Result<Value> {
    if !path.exists() {
        return Ok(json!({}));
    }
    let text = std::fs::read_to_string(path)?;
    serde_json::from_str(&text).with_context(|| format!("{} is no table", path.display()))
}

fn write_table(path: &Path, table: &Value) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let aside = path.with_extension("tmp");
    std::fs::write(&aside, serde_json::to_string_pretty(table)?)?;
    Ok(std::fs::rename(aside, path)?)
}

/// The ratios that are asked about: who, and against whom.
const RATIOS: [(&str, &str); 8] = [
    ("flex", "PyTorch"),
    ("flex", "flex plain"),
    ("flex", "Hugging Face"),
    ("tch", "PyTorch"),
    ("tch", "Hugging Face"),
    ("tch", "tch plain"),
    ("tch", "torch.compile"),
    ("tch", "flex"),
];

/// `peak_tflops`: the GPU's, of a table that was measured on one.
fn say_table(table: &Value, peak_tflops: Option<f64>) {
    for (name, row) in table.as_object().into_iter().flatten() {
        shell::say(name);
        let times = |who: &str| -> Option<Vec<f64>> {
            row[who].as_array()?.iter().map(Value::as_f64).collect()
        };
        for who in row.as_object().into_iter().flatten().map(|(who, _)| who) {
            if let Some(times) = times(who) {
                let seconds = middle(times);
                let mut line = format!("  {who:14} {:8.1} ms a step", seconds * 1e3);
                if let (Some(peak), Some(shape)) = (peak_tflops, Shape::of(name)) {
                    let (tokens, tflops) = (shape.n_tokens(), shape.flops() / seconds / 1e12);
                    let _ = write!(
                        line,
                        "  {:9.0} tokens/s  {tflops:4.0} TFLOP/s, {:.1} % of the peak",
                        tokens / seconds,
                        tflops / peak * 100.0
                    );
                }
                shell::say(&line);
            }
        }
        for (who, other) in RATIOS {
            if let (Some(own), Some(others)) = (times(who), times(other)) {
                let [low, ratio, high] = interval(&own, &others);
                shell::say(&format!(
                    "  {who} ÷ {other}: {ratio:.2} times as fast, 95 % from {low:.2} to {high:.2}"
                ));
            }
        }
    }
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// How many times as fast the first is: the middle of the rounds' ratios, between the bounds of its 95 % bootstrap
/// interval.
fn interval(own: &[f64], others: &[f64]) -> [f64; 3] {
    let ratios: Vec<f64> = own
        .iter()
        .zip(others)
        .map(|(own, other)| other / own)
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut draws: Vec<f64> = (0..N_DRAWS)
        .map(|_| {
            let again = ratios
                .iter()
                .map(|_| ratios[rng.random_range(0..ratios.len())]);
            middle(again.collect())
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[(share * (N_DRAWS - 1) as f64) as usize];
    [at(0.025), middle(ratios), at(0.975)]
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn a_ratio_lies_in_its_interval() {
        let own = [1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0];
        let others = own.map(|seconds| 2.0 * seconds);
        let [low, ratio, high] = interval(&own, &others);
        assert!((ratio - 2.0).abs() < 1e-9 && (high - low).abs() < 1e-9);
        let others = [2.0, 1.9, 2.4, 1.7, 2.0, 2.2, 2.1];
        let [low, ratio, high] = interval(&own, &others);
        assert!(low < ratio && ratio < high, "{low} {ratio} {high}");
        let again = interval(&own, &others).map(f64::to_bits);
        assert_eq!(
            [low, ratio, high].map(f64::to_bits),
            again,
            "drawn from a seed"
        );
    }
}
