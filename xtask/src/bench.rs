//! `cargo xtask bench prepare`: preparation beside its parts and a peer, on the same text and one core.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::shell;

/// The bytes of text that the Python script gets. It is some fifty times slower, so it gets less.
const PEER_BYTES: u64 = 8_000_000;
const PEER: &str = "benches/peers/prepare.py";
/// How long masks and batches are drawn.
const LOADING_SECONDS: u64 = 10;
const LOADING_THREADS: usize = 2;

/// Options of the measurement.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Text files and folders (plain text, JSONL or Parquet, compressed or not).
    #[arg(default_value = "corpora")]
    paths: Vec<PathBuf>,
    /// A vocab.txt; if none is given, a vocabulary is built from the text.
    #[arg(long)]
    vocabulary: Option<PathBuf>,
    /// The megabytes of text to prepare; a shorter text is repeated.
    #[arg(long, default_value_t = 100)]
    megabytes: u64,
    /// The core that measurements are pinned to.
    #[arg(long, default_value_t = 0)]
    core: usize,
    /// The number of rounds in which preparation and jieba-rs take turns; the median round is reported.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// A Python interpreter that has jieba and tokenizers installed.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Also compare every word and piece of the text with those of jieba-rs and `tokenizers`.
    #[arg(long)]
    parity: bool,
}

/// A measurement as its program printed it.
struct Measured {
    what: String,
    bytes_per_second: f64,
    bytes_per_cpu_second: f64,
    cpu_seconds: f64,
    wall_seconds: f64,
    peak_bytes: f64,
}

/// Measures and prints the table.
pub(crate) fn prepare(options: &Options) -> Result<()> {
    let folder = shell::root().join("target/bench/prepare");
    std::fs::create_dir_all(&folder)?;
    let text = folder.join("text.txt");
    let shards = folder.join("shards");
    write_text(options, &text)?;
    let vocabulary = options.vocabulary.as_ref().map_or_else(
        || Ok(PathBuf::from("-")),
        |path| {
            path.canonicalize()
                .with_context(|| format!("no vocabulary at {}", path.display()))
        },
    )?;
    let on_text = |what: &str| vec![PathBuf::from(what), text.clone(), vocabulary.clone()];
    let mut rounds: [Vec<Measured>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..options.rounds.max(1) {
        rounds[0].push(measure(options, &on_text("jieba"))?);
        remove(&shards)?;
        let mut arguments = on_text("prepare");
        arguments.push(shards.clone());
        rounds[1].push(measure(options, &arguments)?);
    }
    let [jieba, prepare] = rounds.map(median);
    let tokenizers = measure(options, &on_text("tokenizers"))?;
    let peer = peer(options, &text, &shards, &folder)?;
    say_table(&prepare, &[Some(jieba), Some(tokenizers), peer]);
    say_loading(&shards)?;
    if options.parity {
        shell::say(&program(options, &on_text("parity"))?.to_string());
    }
    remove(&shards)
}

fn write_text(options: &Options, text: &Path) -> Result<()> {
    let bytes = (options.megabytes * 1_000_000).to_string();
    let mut arguments = vec![
        PathBuf::from("text"),
        text.to_path_buf(),
        PathBuf::from(bytes),
    ];
    for path in &options.paths {
        let whole = path.canonicalize();
        arguments.push(whole.with_context(|| format!("no text at {}", path.display()))?);
    }
    program(options, &arguments).map(|_| ())
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// The measurement of median speed, by CPU time: other load on the machine disturbs it less than wall time.
fn median(mut rounds: Vec<Measured>) -> Measured {
    rounds.sort_by(|a, b| a.bytes_per_cpu_second.total_cmp(&b.bytes_per_cpu_second));
    rounds.swap_remove(rounds.len() / 2)
}

fn measure(options: &Options, arguments: &[PathBuf]) -> Result<Measured> {
    let value = program(options, arguments)?;
    shell::say(&value.to_string());
    measured(&value)
}

fn measured(value: &Value) -> Result<Measured> {
    let number = |key: &str| {
        value[key]
            .as_f64()
            .with_context(|| format!("no {key} in {value}"))
    };
    let cpu_seconds = number("user_seconds")? + number("system_seconds")?;
    Ok(Measured {
        what: value["what"].as_str().unwrap_or_default().to_owned(),
        bytes_per_second: number("bytes")? / number("wall_seconds")?,
        bytes_per_cpu_second: number("bytes")? / cpu_seconds,
        cpu_seconds,
        wall_seconds: number("wall_seconds")?,
        peak_bytes: number("peak_bytes")?,
    })
}

/// Runs the bench program on one core, and returns what it measured.
fn program(options: &Options, arguments: &[PathBuf]) -> Result<Value> {
    let mut command = pinned(options.core, shell::cargo());
    command.args([
        "bench",
        "--quiet",
        "--package",
        "prepare",
        "--bench",
        "end_to_end",
        "--",
    ]);
    command.args(arguments);
    last_line(&mut command)
}

/// The same command on one core; unchanged if the machine has no `taskset`.
fn pinned(core: usize, command: Command) -> Command {
    let found = Command::new("taskset")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        return command;
    }
    let mut on_core = Command::new("taskset");
    on_core
        .arg("--cpu-list")
        .arg(core.to_string())
        .arg(command.get_program());
    on_core.args(command.get_args()).current_dir(shell::root());
    on_core
}

/// Runs a program that prints JSON, and returns its last line.
fn last_line(command: &mut Command) -> Result<Value> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("could not start {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} failed ({})",
        output.status
    );
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).with_context(|| format!("{command:?} printed no JSON"))
}

/// Measures the Python script of equal work; None if Python lacks what the script needs.
fn peer(options: &Options, text: &Path, shards: &Path, folder: &Path) -> Result<Option<Measured>> {
    let mut probe = Command::new(&options.python);
    probe
        .args(["-c", "import jieba, tokenizers"])
        .stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        shell::say("the Python script is not measured: its Python has no jieba or no tokenizers");
        return Ok(None);
    }
    let mut command = pinned(options.core, Command::new(&options.python));
    command
        .arg(shell::root().join(PEER))
        .arg(text)
        .arg(shards.join("vocab.txt"));
    command
        .arg(PEER_BYTES.to_string())
        .arg(folder.join("peer.bin"));
    command
        .env("RAYON_NUM_THREADS", "1")
        .env("TOKENIZERS_PARALLELISM", "false");
    let value = last_line(&mut command)?;
    shell::say(&value.to_string());
    measured(&value).map(Some)
}

fn say_table(prepare: &Measured, others: &[Option<Measured>]) {
    shell::say(&format!(
        "{:36} {:>8} {:>9} {:>9} {:>8} {:>12} {:>7}",
        "", "MB/s", "wall s", "CPU s", "peak MB", "prepare is ×", "by CPU"
    ));
    for row in std::iter::once(prepare).chain(others.iter().flatten()) {
        shell::say(&format!(
            "{:36} {:8.2} {:9.2} {:9.2} {:8.0} {:12.2} {:7.2}",
            row.what,
            row.bytes_per_second / 1e6,
            row.wall_seconds,
            row.cpu_seconds,
            row.peak_bytes / 1e6,
            prepare.bytes_per_second / row.bytes_per_second,
            prepare.bytes_per_cpu_second / row.bytes_per_cpu_second,
        ));
    }
}

/// Measures how many tokens a second masking and batching draw from the shards, and shows it.
fn say_loading(shards: &Path) -> Result<()> {
    let mut command = shell::cargo();
    command.args([
        "bench",
        "--quiet",
        "--package",
        "dataset",
        "--bench",
        "loading",
        "--",
    ]);
    command
        .arg(shards)
        .arg(shell::root().join("synonyms/similar_words.tsv"));
    command
        .arg(LOADING_SECONDS.to_string())
        .arg(LOADING_THREADS.to_string());
    let value = last_line(&mut command)?;
    shell::say(&value.to_string());
    let number = |key: &str| value[key].as_f64().unwrap_or(f64::NAN);
    let tokens_per_second = number("tokens") / number("wall_seconds");
    shell::say(&format!(
        "masking and batching: {:.2} M tokens/s on {LOADING_THREADS} threads",
        tokens_per_second / 1e6
    ));
    Ok(())
}
