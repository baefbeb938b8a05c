//! `cargo xtask fuzz`: builds the fuzz targets and runs each for some seconds, from seeds of real text.
//!
//! The pinned stable compiler builds them: libFuzzer only needs the coverage counters that `SANCOV` asks LLVM for. Everything
//! lies in `target/fuzz`:
//!
//! | folder | content |
//! | --- | --- |
//! | `build`, `build-asan` | the programs |
//! | `seeds/TARGET` | parts of the project's own files, written anew for each run |
//! | `inputs/TARGET` | inputs that reached new code, kept from run to run |
//! | `findings` | inputs that a target failed on, `TARGET-crash-…` |
//! | `logs` | what each target printed |

mod seeds;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::shell;

/// Makes LLVM count in every function which code an input reaches, and compare operands with what an input holds.
const SANCOV: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];
/// The most seconds that a target may take for one input, and the most memory that it may take in megabytes.
const LIMITS: [&str; 2] = ["-timeout=20", "-rss_limit_mb=4096"];

/// Options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Targets to run, by the names of the files in `fuzz/fuzz_targets`; all if none is named.
    targets: Vec<String>,
    /// How many seconds each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Also look for invalid memory accesses. This makes a separate build, which runs at about half the speed.
    #[arg(long)]
    address_sanitizer: bool,
}

/// Builds and runs the targets, and fails at the end if one of them has failed.
pub(crate) fn run(options: &Options) -> Result<()> {
    let targets = chosen(&options.targets)?;
    let programs = build(&targets, options.address_sanitizer)?;
    let folder = shell::target().join("fuzz");
    let mut failed = Vec::new();
    for target in &targets {
        let report = fuzz(&programs.join(target), target, &folder, options.seconds)?;
        shell::say(&report.line(target));
        if report.finding.is_some() {
            failed.push(target.as_str());
        }
    }
    ensure!(
        failed.is_empty(),
        "{} of {} fuzz targets failed: {}",
        failed.len(),
        targets.len(),
        failed.join(", ")
    );
    Ok(())
}

/// The named targets; all of them if none is named.
fn chosen(names: &[String]) -> Result<Vec<String>> {
    let folder = shell::root().join("fuzz/fuzz_targets");
    let entries = std::fs::read_dir(&folder)
        .with_context(|| format!("could not read the folder {}", folder.display()))?;
    let mut all = Vec::new();
    for entry in entries {
        let path = entry?.path();
        all.extend(
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned()),
        );
    }
    all.sort();
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        bail!("no fuzz target `{unknown}`; there are {}", all.join(", "));
    }
    Ok(if names.is_empty() {
        all
    } else {
        names.to_vec()
    })
}

/// Builds the targets, and returns the folder that they are in.
fn build(targets: &[String], address_sanitizer: bool) -> Result<PathBuf> {
    let host = host()?;
    let mut flags = SANCOV.join(" ");
    let mut command = shell::cargo();
    let mut folder = shell::target().join("fuzz/build");
    if address_sanitizer {
        // A sanitizer is an option of unstable compilers only. The stable one accepts it with this variable.
        command.env("RUSTC_BOOTSTRAP", "1");
        flags.push_str(" -Zsanitizer=address");
        folder = shell::target().join("fuzz/build-asan");
    }
    command.args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml"]);
    // With a target named, the flags are left out for build scripts and macros, which have no fuzzer to link to.
    command.args(["--target", &host]);
    for target in targets {
        command.args(["--bin", target]);
    }
    command
        .env("RUSTFLAGS", flags)
        .env("CARGO_TARGET_DIR", &folder);
    shell::run(&mut command)?;
    Ok(folder.join(host).join("release"))
}

/// The name of this machine's platform, as the compiler has it.
fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .arg("-vV")
        .current_dir(shell::root())
        .output();
    let text = String::from_utf8(output.context("could not run rustc")?.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc names no host")
}

/// What a run of a target has shown.
#[derive(Debug, PartialEq)]
struct Report {
    executions: Option<u64>,
    executions_per_second: Option<u64>,
    finding: Option<Finding>,
}

/// Why a target failed, and on which input.
#[derive(Debug, PartialEq)]
struct Finding {
    reason: String,
    input: String,
}

fn fuzz(program: &Path, target: &str, folder: &Path, seconds: u32) -> Result<Report> {
    let [seeds, inputs] = ["seeds", "inputs"].map(|kind| folder.join(kind).join(target));
    let [findings, logs] = ["findings", "logs"].map(|kind| folder.join(kind));
    seeds::write(&shell::root(), target, &seeds)?;
    for folder in [&inputs, &findings, &logs] {
        std::fs::create_dir_all(folder)?;
    }
    let log = logs.join(format!("{target}.log"));
    let file = File::create(&log)?;
    let mut command = Command::new(program);
    command
        .args([&inputs, &seeds])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/{target}-", findings.display()))
        .arg("-print_final_stats=1")
        .args(LIMITS)
        .stdout(file.try_clone()?)
        .stderr(file);
    let status = command
        .status()
        .with_context(|| format!("could not start {}", program.display()))?;
    // The fuzzer shows inputs as they are, which may be no UTF-8.
    let text = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
    Ok(Report::of(&text, status.success(), &log))
}

impl Report {
    fn of(log: &str, is_success: bool, path: &Path) -> Self {
        let statistic = |name: &str| {
            let line = log.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|number| number.trim().parse().ok())
        };
        Self {
            executions: statistic("stat::number_of_executed_units:"),
            executions_per_second: statistic("stat::average_exec_per_sec:"),
            finding: (!is_success).then(|| Finding::of(log, path)),
        }
    }

    fn line(&self, target: &str) -> String {
        let number = |n: Option<u64>| n.map_or("?".to_owned(), |n| n.to_string());
        let found = self.finding.as_ref().map_or_else(
            || "no finding".to_owned(),
            |finding| format!("FAILED: {}\n  input: {}", finding.reason, finding.input),
        );
        format!(
            "{target}: {} executions, {} a second, {found}",
            number(self.executions),
            number(self.executions_per_second)
        )
    }
}

impl Finding {
    /// A panic has its place in one line and its message in the next; other failures have a line of the fuzzer's.
    fn of(log: &str, path: &Path) -> Self {
        let mut lines = log.lines();
        let panic = lines.find_map(|line| Some(line.split_once(" panicked at ")?.1));
        let reason = match panic {
            Some(place) => format!("{place} {}", lines.next().unwrap_or_default()),
            None => log
                .lines()
                .find_map(|line| Some(line.split_once("ERROR: ")?.1))
                .map_or_else(|| format!("see {}", path.display()), str::to_owned),
        };
        let written = log
            .lines()
            .find_map(|line| Some(line.split_once("Test unit written to ")?.1));
        Self {
            reason,
            input: written.map_or_else(|| format!("see {}", path.display()), str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Finding, Report, chosen};

    #[test]
    fn a_log_says_what_was_run_and_found() {
        let log = "INFO: Seed: 1\nstat::number_of_executed_units: 1327494\nstat::average_exec_per_sec:     147499\n";
        let path = Path::new("x.log");
        let report = Report::of(log, true, path);
        assert_eq!(
            report.line("text"),
            "text: 1327494 executions, 147499 a second, no finding"
        );

        let log = "thread '<unnamed>' (9) panicked at src/a.rs:16:33:\nno room\n==9== ERROR: libFuzzer: deadly signal\n\
                   artifact_prefix='f/'; Test unit written to f/text-crash-1\n";
        let expect = Finding {
            reason: "src/a.rs:16:33: no room".to_owned(),
            input: "f/text-crash-1".to_owned(),
        };
        assert_eq!(Report::of(log, false, path).finding, Some(expect));

        let log = "==9== ERROR: libFuzzer: timeout after 20 seconds\n";
        let finding = Report::of(log, false, path).finding.expect("a finding");
        assert_eq!(finding.reason, "libFuzzer: timeout after 20 seconds");
    }

    #[test]
    fn an_unknown_target_is_refused_with_the_known_ones() {
        let error = chosen(&["nothing".to_owned()])
            .expect_err("unknown")
            .to_string();
        assert!(
            error.starts_with("no fuzz target `nothing`; there are ") && error.contains("segment")
        );
        assert_eq!(chosen(&["text".to_owned()]).expect("known"), ["text"]);
    }
}
