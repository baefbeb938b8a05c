//! Runs other programs in the project's folder, and shows each before it starts.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The project's folder: where this program was built. A program that was carried to another machine takes the folder that it
/// is run in.
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

/// Cargo's target folder: `CARGO_TARGET_DIR`, or `target` in the project's folder.
pub(crate) fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or("target".into(), PathBuf::from);
    root().join(target)
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

/// Shows a command, runs it, and returns what it printed on stdout.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    say(&format!("$ {}", shown(command)));
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("could not start {}", command.get_program().display()))?;
    let status = output.status;
    ensure!(status.success(), "`{}` failed ({status})", shown(command));
    Ok(String::from_utf8(output.stdout)?)
}

/// The files under version control that fit a pattern, and are still there.
pub(crate) fn tracked_files(pattern: &str) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", pattern])
        .current_dir(root())
        .output()
        .context("could not run git ls-files")?;
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .filter(|file| root().join(file).is_file())
        .map(str::to_owned)
        .collect())
}

/// Empties a folder, which it makes if it is not there.
pub(crate) fn empty_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .with_context(|| format!("could not remove {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder {}", folder.display()))
}

/// The command as a person would type it in the project's folder.
fn shown(command: &Command) -> String {
    let in_project = |word: &str| {
        let path = Path::new(word);
        let path = path.strip_prefix(root()).unwrap_or(path);
        path.display().to_string()
    };
    let program = command.get_program().to_string_lossy();
    let program = match Path::new(&*program).file_name() {
        Some(name) if name == "cargo" => "cargo".to_owned(),
        _ => in_project(&program),
    };
    let arguments = command
        .get_args()
        .map(|argument| in_project(&argument.to_string_lossy()));
    std::iter::once(program)
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Prints a line on stderr. Nothing else in xtask prints.
#[expect(
    clippy::print_stderr,
    reason = "a job of the project talks to people on stderr"
)]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}
