//! `macbert devices`: what this build and machine can use.

use std::process::ExitCode;

use crate::paint::{BAD, BOLD, DIM, GOOD, padded, painted};
use crate::progress::print;

/// Lists the devices, and how to get those that are not there.
pub(crate) fn run() -> ExitCode {
    for choice in trainer::known_devices() {
        let state = match trainer::device(choice.name) {
            _ if !choice.built_in => painted(
                DIM,
                &format!(
                    "not in this build: cargo build --release -p macbert --features {}",
                    choice.feature
                ),
            ),
            Err(_) => painted(BAD, "in this build, but this machine has none that answers"),
            Ok(_) if choice.tested => painted(GOOD, "usable"),
            Ok(_) => painted(BOLD, "usable; untested by the project"),
        };
        print(&format!(
            "{}  {}  {state}",
            padded(choice.name, 9),
            padded(choice.what, 30)
        ));
    }
    if !cfg!(feature = "tch") {
        print(&painted(
            DIM,
            "tch needs LibTorch 2.9.0: `cargo xtask libtorch` fetches it for the CPU",
        ));
    }
    ExitCode::SUCCESS
}
