//! Running other programs in the project's folder, each shown before it starts.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The project's folder: where this program was built, or, carried to another machine, where it is run.
pub(crate) fn root() -> PathBuf {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the project's folder");
    if built_in.is_dir() {
        built_in.to_path_buf()
    } else {
        PathBuf::from(".")
    }
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Shows a command, runs it, and fails if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    say(&format!("$ {}", shown(command)));
    let status = command
        .status()
        .with_context(|| format!("could not start {}", command.get_program().display()))?;
    ensure!(status.success(), "`{}` failed ({status})", shown(command));
    Ok(())
}

/// The command as one would type it in the project's folder.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.strip_prefix(root()).unwrap_or(program);
    let name = match program.file_name() {
        Some(name) if name == "cargo" => PathBuf::from(name),
        _ => program.to_path_buf(),
    };
    std::iter::once(name.display().to_string())
        .chain(command.get_args().map(|a| a.to_string_lossy().into_owned()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The one place where xtask prints.
#[expect(
    clippy::print_stderr,
    reason = "a job of the project talks to people on stderr"
)]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}
