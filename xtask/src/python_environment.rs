//! A Python environment with pinned packages, for the project's Python programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell;

/// Every package that is installed, with its version.
const REQUIREMENTS: &str = "xtask/python-requirements.txt";
/// The packages of which transformers 5 needs other versions.
const REQUIREMENTS_5: &str = "xtask/python-requirements-transformers-5.txt";
/// Makes the installed torch do without NVIDIA's libraries.
const WITHOUT_CUDA: &str = "xtask/torch_without_cuda.py";
/// The file in the environment that holds a copy of the requirements. It is written last: it says that all is installed.
const STAMP: &str = "requirements.txt";

/// A version of transformers. Both lie in the environment.
#[derive(Clone, Copy)]
pub(crate) enum Transformers {
    /// The one of the other packages.
    Four,
    /// In a folder of its own, with the packages of which it needs other versions.
    Five,
}

/// A complete environment.
pub(crate) struct Environment {
    python: PathBuf,
    transformers_5: PathBuf,
}

impl Environment {
    /// Makes the environment, unless a complete one with the same requirements is there.
    pub(crate) fn prepare() -> Result<Self> {
        let folder = shell::target().join("python-env");
        let environment = Self {
            python: folder.join("bin/python"),
            transformers_5: folder.join("transformers-5"),
        };
        let path = shell::root().join(REQUIREMENTS);
        let requirements = std::fs::read_to_string(&path)
            .with_context(|| format!("could not read {}", path.display()))?;
        if is_complete(&folder, &requirements) {
            shell::say(&format!("{} is complete", folder.display()));
        } else {
            shell::say("making the Python environment: 1.9 GB to fetch, 4.9 GB when installed");
            environment.install(&folder)?;
            std::fs::write(folder.join(STAMP), requirements)?;
        }
        environment.prepare_transformers_5()?;
        Ok(environment)
    }

    fn prepare_transformers_5(&self) -> Result<()> {
        let folder = &self.transformers_5;
        let path = shell::root().join(REQUIREMENTS_5);
        let requirements = std::fs::read_to_string(&path)
            .with_context(|| format!("could not read {}", path.display()))?;
        if is_complete(folder, &requirements) {
            return Ok(());
        }
        shell::empty_folder(folder)?;
        shell::run(self.pip_install(REQUIREMENTS_5).arg("--target").arg(folder))?;
        std::fs::write(folder.join(STAMP), requirements)?;
        Ok(())
    }

    fn install(&self, folder: &Path) -> Result<()> {
        shell::empty_folder(folder)?;
        let mut make = Command::new("python3");
        shell::run(make.args(["-m", "venv"]).arg(folder))?;
        shell::run(&mut self.pip_install(REQUIREMENTS))?;
        shell::run(self.python().arg(WITHOUT_CUDA))
    }

    fn pip_install(&self, requirements: &str) -> Command {
        let mut command = self.python();
        command.args(["-m", "pip", "install", "--quiet", "--no-deps"]);
        command.args(["--requirement", requirements]);
        command
    }

    /// A call of the environment's Python in the project's folder. It leaves no bytecode beside the programs, and downloads
    /// nothing from Hugging Face's hub.
    pub(crate) fn python(&self) -> Command {
        let mut command = Command::new(&self.python);
        command
            .current_dir(shell::root())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("HF_HUB_OFFLINE", "1")
            // Without it transformers imports TensorFlow, which takes seconds.
            .env("USE_TF", "0")
            .env("TF_CPP_MIN_LOG_LEVEL", "2");
        command
    }

    /// The same with a version of transformers.
    pub(crate) fn python_with(&self, transformers: Transformers) -> Command {
        let mut command = self.python();
        if let Transformers::Five = transformers {
            command.env("PYTHONPATH", &self.transformers_5);
        }
        command
    }
}

fn is_complete(folder: &Path, requirements: &str) -> bool {
    std::fs::read_to_string(folder.join(STAMP)).is_ok_and(|stamp| stamp == requirements)
}
