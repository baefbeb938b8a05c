//! `cargo xtask libtorch`: LibTorch from pinned wheels, for the CPU or with CUDA; and where other jobs find it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;

/// The builds of LibTorch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// In `target/libtorch`.
    Cpu,
    /// In `target/libtorch-cuda`. A program built with it runs on the CPU too, and needs no GPU for that.
    Cuda,
}

impl Variant {
    /// The folder that the wheels are laid out in.
    fn folder(self) -> &'static str {
        match self {
            Self::Cpu => "target/libtorch",
            Self::Cuda => "target/libtorch-cuda",
        }
    }

    /// The value of `LIBTORCH` for a project in `root`. With CUDA it is one folder deeper: NVIDIA's libraries lie beside it, as
    /// in the wheels.
    fn libtorch(self, root: &Path) -> PathBuf {
        match self {
            Self::Cpu => root.join(self.folder()),
            Self::Cuda => root.join(self.folder()).join("torch"),
        }
    }

    /// Whether it is laid out: the version is the last file that is written.
    fn is_complete(self, root: &Path) -> bool {
        self.libtorch(root).join("build-version").is_file()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
        }
    }

    /// The command that lays it out.
    fn command(self) -> &'static str {
        match self {
            Self::Cpu => "cargo xtask libtorch",
            Self::Cuda => "cargo xtask libtorch --cuda",
        }
    }

    /// A device that runs on it.
    pub(crate) fn device(self) -> &'static str {
        match self {
            Self::Cpu => "tch:cpu",
            Self::Cuda => "tch:0",
        }
    }
}

/// The value of `LIBTORCH` for a device: `tch:cpu` uses the CPU-only build, or the CUDA build if only that is installed.
pub(crate) fn for_device(device: &str) -> Result<PathBuf> {
    for_device_in(&shell::root(), device)
}

fn for_device_in(root: &Path, device: &str) -> Result<PathBuf> {
    let variants: &[Variant] = if device == Variant::Cpu.device() {
        &[Variant::Cpu, Variant::Cuda]
    } else {
        &[Variant::Cuda]
    };
    match variants.iter().find(|variant| variant.is_complete(root)) {
        Some(variant) => Ok(variant.libtorch(root)),
        None => bail!(
            "no LibTorch for {device} in {}; run `{}` first, or set LIBTORCH to a LibTorch 2.9.0",
            variants[0].folder(),
            variants[0].command()
        ),
    }
}

/// Fetches the wheels by pip, checks their hashes, and lays out what the variant needs.
pub(crate) fn run(variant: Variant) -> Result<()> {
    if variant.is_complete(&shell::root()) {
        shell::say(&format!("{} is complete", variant.folder()));
    } else {
        shell::run(
            Command::new("python3")
                .arg("xtask/libtorch.py")
                .args([variant.name(), variant.folder()])
                .current_dir(shell::root()),
        )?;
    }
    let libtorch = variant.libtorch(Path::new("$PWD"));
    shell::say(&format!(
        "now: cargo xtask pretrain --device {}\n\
         (or, by hand: LIBTORCH={} cargo build --release -p macbert --features tch)",
        variant.device(),
        libtorch.display()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Variant, for_device_in};

    fn lay_out(root: &Path, variant: Variant) {
        let libtorch = variant.libtorch(root);
        std::fs::create_dir_all(&libtorch).expect("a folder");
        std::fs::write(libtorch.join("build-version"), "2.9.0\n").expect("a file");
    }

    #[test]
    fn a_gpu_needs_the_cuda_variant_and_the_cpu_takes_either() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path();
        let error = |device| for_device_in(root, device).expect_err("none").to_string();
        assert!(error("tch:cpu").contains("run `cargo xtask libtorch` first"));
        assert!(error("tch:0").contains("run `cargo xtask libtorch --cuda` first"));

        lay_out(root, Variant::Cuda);
        let with_cuda = root.join("target/libtorch-cuda/torch");
        for device in ["tch:cpu", "tch:0", "tch:3"] {
            assert_eq!(for_device_in(root, device).expect("there"), with_cuda);
        }

        lay_out(root, Variant::Cpu);
        let for_cpu = root.join("target/libtorch");
        assert_eq!(for_device_in(root, "tch:cpu").expect("there"), for_cpu);
        assert_eq!(for_device_in(root, "tch:0").expect("there"), with_cuda);
    }
}
