//! `macbert devices`: what this build and machine can use.

use std::process::ExitCode;

use anyhow::Result;

use crate::paint::{BOLD, DIM, GOOD, padded, painted};
use crate::progress::print;

/// Lists the devices.
pub(crate) fn run() -> Result<ExitCode> {
    for choice in trainer::known_devices() {
        let state = match (choice.built_in, choice.tested) {
            (true, true) => painted(GOOD, "in this build"),
            (true, false) => painted(BOLD, "in this build; untested by the project"),
            (false, _) => painted(
                DIM,
                &format!(
                    "not in this build: cargo build --release -p macbert --features {}",
                    choice.feature
                ),
            ),
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
    Ok(ExitCode::SUCCESS)
}
