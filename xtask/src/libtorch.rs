//! `cargo xtask libtorch`: LibTorch from pinned wheels, for the CPU or with CUDA; and where the other jobs find it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;

/// The forms that LibTorch is laid out in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In `target/libtorch`.
    Cpu,
    /// In `target/libtorch-cuda`; a build with it runs on the CPU too, also where there is no GPU.
    Cuda,
}

impl Form {
    /// What the wheels are laid out in.
    fn folder(self) -> &'static str {
        match self {
            Self::Cpu => "target/libtorch",
            Self::Cuda => "target/libtorch-cuda",
        }
    }

    /// What `LIBTORCH` names, inside `root`. With CUDA one floor lower: NVIDIA's libraries lie beside it, as in the wheels.
    fn libtorch(self, root: &Path) -> PathBuf {
        match self {
            Self::Cpu => root.join(self.folder()),
            Self::Cuda => root.join(self.folder()).join("torch"),
        }
    }

    /// The version is the last file that is written.
    fn is_complete(self, root: &Path) -> bool {
        self.libtorch(root).join("build-version").is_file()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
        }
    }

    /// The call that lays it out.
    fn call(self) -> &'static str {
        match self {
            Self::Cpu => "cargo xtask libtorch",
            Self::Cuda => "cargo xtask libtorch --cuda",
        }
    }

    /// A device that it serves.
    pub(crate) fn device(self) -> &'static str {
        match self {
            Self::Cpu => "tch:cpu",
            Self::Cuda => "tch:0",
        }
    }
}

/// What `LIBTORCH` has to name for a device of LibTorch: the form that is fetched for it, or one that serves it as well.
pub(crate) fn for_device(device: &str) -> Result<PathBuf> {
    for_device_in(&shell::root(), device)
}

fn for_device_in(root: &Path, device: &str) -> Result<PathBuf> {
    let forms: &[Form] = if device == Form::Cpu.device() {
        &[Form::Cpu, Form::Cuda]
    } else {
        &[Form::Cuda]
    };
    match forms.iter().find(|form| form.is_complete(root)) {
        Some(form) => Ok(form.libtorch(root)),
        None => bail!(
            "no LibTorch for {device} in {}; run `{}` first, or set LIBTORCH to a LibTorch 2.9.0",
            forms[0].folder(),
            forms[0].call()
        ),
    }
}

/// Fetches the wheels by pip, checks their hashes and takes out what the form needs.
pub(crate) fn run(form: Form) -> Result<()> {
    if form.is_complete(&shell::root()) {
        shell::say(&format!("{} is complete", form.folder()));
    } else {
        shell::run(
            Command::new("python3")
                .arg("xtask/libtorch.py")
                .args([form.name(), form.folder()])
                .current_dir(shell::root()),
        )?;
    }
    let libtorch = form.libtorch(Path::new("$PWD"));
    shell::say(&format!(
        "now: cargo xtask pretrain --device {}\n\
         (or, by hand: LIBTORCH={} cargo build --release -p macbert --features tch)",
        form.device(),
        libtorch.display()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Form, for_device_in};

    fn lay_out(root: &Path, form: Form) {
        let libtorch = form.libtorch(root);
        std::fs::create_dir_all(&libtorch).expect("a folder");
        std::fs::write(libtorch.join("build-version"), "2.9.0\n").expect("a file");
    }

    #[test]
    fn a_gpu_wants_the_form_with_cuda_and_the_cpu_takes_either() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let error = |device| for_device_in(root, device).expect_err("none").to_string();
        assert!(error("tch:cpu").contains("run `cargo xtask libtorch` first"));
        assert!(error("tch:0").contains("run `cargo xtask libtorch --cuda` first"));

        lay_out(root, Form::Cuda);
        let with_cuda = root.join("target/libtorch-cuda/torch");
        for device in ["tch:cpu", "tch:0", "tch:3"] {
            assert_eq!(for_device_in(root, device).expect("there"), with_cuda);
        }

        lay_out(root, Form::Cpu);
        let for_cpu = root.join("target/libtorch");
        assert_eq!(for_device_in(root, "tch:cpu").expect("there"), for_cpu);
        assert_eq!(for_device_in(root, "tch:0").expect("there"), with_cuda);
    }
}
