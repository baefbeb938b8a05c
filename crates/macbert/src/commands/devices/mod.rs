//! `macbert devices`: the devices of this build and this machine, and how to get the others.

mod machine;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use device::DeviceChoice;

use self::machine::{Machine, Nvidia};
use crate::paint::{BAD, BOLD, DIM, GOOD, padded, painted};
use crate::progress::print;

/// The oldest driver that CUDA 12 runs on (NVIDIA's release notes, minor version compatibility).
const OLDEST_DRIVER: &str = "525.60.13";

/// A device, and whether it can be used.
struct Row {
    name: String,
    what: String,
    choice: DeviceChoice,
    state: State,
}

/// Whether a device can be used, and if not, why.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// This build has the device, and it works.
    Usable,
    /// This build has it, but this machine has no such device, or its driver does not answer.
    Silent,
    /// It needs CUDA, which the LibTorch of this build does not have.
    WithoutCuda,
    /// This build was made without the device's cargo feature.
    NotBuilt,
}

/// Tries all devices and prints the page.
pub(crate) fn run() -> ExitCode {
    print(page(&rows(), &Machine::look()).trim_end());
    ExitCode::SUCCESS
}

/// All known devices, with a row for each GPU that LibTorch finds.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for choice in device::KNOWN_DEVICES {
        let n_gpus = match choice.name {
            "tch:0" => device::libtorch_gpus().unwrap_or(1).max(1),
            _ => 1,
        };
        rows.extend((0..n_gpus).map(|gpu| row(choice, gpu)));
    }
    rows
}

/// The row of a device. If the device is a GPU, `gpu` is its number.
fn row(choice: DeviceChoice, gpu: usize) -> Row {
    let numbered = |text: &str| text.replace('0', &gpu.to_string());
    let name = numbered(choice.name);
    Row {
        what: numbered(choice.what),
        state: state(choice, &name),
        name,
        choice,
    }
}

fn state(choice: DeviceChoice, name: &str) -> State {
    if !choice.built_in {
        State::NotBuilt
    } else if choice.name == "tch:0" && device::libtorch_gpus().is_none() {
        State::WithoutCuda
    } else if device::by_name(name).is_ok() {
        State::Usable
    } else {
        State::Silent
    }
}

/// The whole page: the devices, the machine, and how to get the devices that cannot be used.
fn page(rows: &[Row], machine: &Machine) -> String {
    let mut devices = Vec::new();
    let mut ways = Vec::new();
    for row in rows {
        let state = padded(&row.what, 27) + &state_in_words(row, machine);
        devices.extend(entry(&row.name, &[state]));
        ways.extend(entry(&row.name, &way(row, machine)));
    }
    [
        block("devices", &devices),
        block("this machine", &machine_lines(machine)),
        block("to get the others", &ways),
    ]
    .concat()
}

/// A heading and its lines; empty if there are no lines.
fn block(heading: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("{}\n{}\n\n", painted(BOLD, heading), lines.join("\n"))
}

/// Indents lines, and puts a name before the first of them.
fn entry(name: &str, lines: &[String]) -> Vec<String> {
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    let lines = names.zip(lines);
    lines
        .map(|(name, line)| format!("  {}  {line}", padded(name, 8)))
        .collect()
}

/// The state of a device in words.
fn state_in_words(row: &Row, machine: &Machine) -> String {
    let untested = if row.choice.tested {
        ""
    } else {
        "; not tested by the project"
    };
    match row.state {
        State::Usable => painted(GOOD, "usable") + &precisions(&row.name, machine) + untested,
        State::Silent => painted(BAD, "in this build, but no such device answers"),
        State::WithoutCuda => painted(DIM, "not in this build: its LibTorch has no CUDA"),
        State::NotBuilt => painted(DIM, "not in this build"),
    }
}

/// The precisions of matrix products. Only LibTorch has bf16.
fn precisions(name: &str, machine: &Machine) -> String {
    if !name.starts_with("tch") {
        return ", in f32".to_owned();
    }
    let has_bf16 = if name == "tch:cpu" {
        machine.cpu_bf16
    } else {
        machine.nvidia.gpus().iter().all(|gpu| gpu.bf16)
    };
    if has_bf16 {
        ", in f32 and bf16".to_owned()
    } else {
        ", in f32 (bf16 works, but is slow on this hardware)".to_owned()
    }
}

fn machine_lines(machine: &Machine) -> Vec<String> {
    let cpu_bf16 = if machine.cpu_bf16 {
        "bf16 by AVX512-BF16"
    } else {
        "no bf16 (AVX512-BF16)"
    };
    let cpu = format!("{} threads, {cpu_bf16}", machine.threads);
    let gpus = match &machine.nvidia {
        Nvidia::Absent => vec!["no NVIDIA driver: nvidia-smi was not found".to_owned()],
        Nvidia::Failing(said) => vec![format!("no NVIDIA GPU answers; nvidia-smi says: {said}")],
        Nvidia::Gpus(gpus) => gpus
            .iter()
            .map(|gpu| {
                let bf16 = if gpu.bf16 { "bf16" } else { "no bf16" };
                format!(
                    "{}, {}, {bf16}, driver {}",
                    gpu.name, gpu.memory, gpu.driver
                )
            })
            .collect(),
    };
    [entry("CPU", &[cpu]), entry("GPU", &gpus)].concat()
}

/// How to get a device; empty if it can be used already.
fn way(row: &Row, machine: &Machine) -> Vec<String> {
    if row.state == State::Usable {
        return Vec::new();
    }
    let build = match (row.state, row.choice.name) {
        (State::Silent, _) => Vec::new(),
        (_, "tch:cpu") => with_libtorch("", "tch:cpu", "libtorch"),
        (_, "tch:0") => with_libtorch(" --cuda", "tch:0", "libtorch-cuda/torch"),
        (_, "cuda:0") => [
            vec!["a CUDA toolkit, named by CUDA_PATH; the build downloads LLVM".to_owned()],
            with_feature(&row.choice),
        ]
        .concat(),
        _ => with_feature(&row.choice),
    };
    [hardware(row, machine), build].concat()
}

/// What the machine lacks for a device.
fn hardware(row: &Row, machine: &Machine) -> Vec<String> {
    let has_gpus = !machine.nvidia.gpus().is_empty();
    let lack = match (row.choice.name, row.state) {
        ("tch:0", _) if !has_gpus => {
            format!("an NVIDIA GPU with driver {OLDEST_DRIVER} or newer: nvidia-smi has to list it")
        }
        ("cuda:0", _) if !has_gpus => {
            "an NVIDIA GPU with its driver: nvidia-smi has to list it".to_owned()
        }
        ("tch:0", State::Silent) => format!(
            "nvidia-smi lists a GPU that does not answer: is the driver older than {OLDEST_DRIVER}, or does \
             CUDA_VISIBLE_DEVICES hide it?"
        ),
        ("cuda:0", State::Silent) => {
            "nvidia-smi lists a GPU that does not answer: does CUDA_PATH name a CUDA toolkit, \
             or does CUDA_VISIBLE_DEVICES hide it?"
                .to_owned()
        }
        ("vulkan:0", State::Silent) => {
            "a GPU with a Vulkan driver: `vulkaninfo --summary` has to list it".to_owned()
        }
        _ => return Vec::new(),
    };
    vec![lack]
}

/// The commands that fetch a variant of LibTorch and train with it, and the command that only builds.
fn with_libtorch(variant: &str, device: &str, folder: &str) -> Vec<String> {
    vec![
        format!("cargo xtask libtorch{variant}, then: cargo xtask pretrain --device {device}"),
        format!(
            "to build only: LIBTORCH=$PWD/target/{folder} cargo build --release -p macbert --features tch"
        ),
    ]
}

/// The command that builds with a feature and trains, and the command that only builds.
fn with_feature(choice: &DeviceChoice) -> Vec<String> {
    vec![format!(
        "cargo xtask pretrain --device {}; to build only: cargo build --release -p macbert --features {}",
        choice.name, choice.feature
    )]
}
