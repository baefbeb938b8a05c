//! The page of `macbert devices` on machines that the tests do not run on.

use anstream::adapter::strip_str;
use insta::assert_snapshot;

use super::machine::{Gpu, Machine, Nvidia};
use super::{Row, State, page};

/// The page of a build with LibTorch, `tch:0` in this state.
fn page_of(state: State, machine: &Machine) -> String {
    let rows = device::KNOWN_DEVICES.map(|choice| Row {
        name: choice.name.to_owned(),
        what: choice.what.to_owned(),
        choice,
        state: match choice.name {
            "flex" | "tch:cpu" => State::Usable,
            "tch:0" => state,
            _ => State::NotBuilt,
        },
    });
    strip_str(&page(&rows, machine)).to_string()
}

fn machine(nvidia: Nvidia) -> Machine {
    Machine {
        threads: 16,
        cpu_bf16: false,
        nvidia,
    }
}

fn gpu(name: &str, bf16: bool) -> Gpu {
    Gpu {
        name: name.to_owned(),
        memory: "81559 MiB".to_owned(),
        bf16,
        driver: "580.95.05".to_owned(),
    }
}

#[test]
fn a_machine_with_a_gpu_and_a_build_for_it() {
    let machine = machine(Nvidia::Gpus(vec![gpu("NVIDIA H100 80GB HBM3", true)]));
    assert_snapshot!(page_of(State::Usable, &machine), @r"
    devices
      flex      the CPU, in pure Rust      usable, in f32
      tch:cpu   the CPU, by LibTorch       usable, in f32 (bf16 works, but is slow on this hardware)
      tch:0     NVIDIA GPU 0, by LibTorch  usable, in f32 and bf16
      cuda:0    NVIDIA GPU 0, by burn      not in this build
      vulkan:0  GPU 0, by Vulkan           not in this build

    this machine
      CPU       16 threads, no bf16 (AVX512-BF16)
      GPU       NVIDIA H100 80GB HBM3, 81559 MiB, bf16, driver 580.95.05

    to get the others
      cuda:0    a CUDA toolkit, named by CUDA_PATH; the build downloads LLVM
                cargo xtask pretrain --device cuda:0; to build only: cargo build --release -p macbert --features cuda
      vulkan:0  cargo xtask pretrain --device vulkan:0; to build only: cargo build --release -p macbert --features vulkan
    ");
}

#[test]
fn a_gpu_and_a_build_with_the_libtorch_for_the_cpu() {
    let machine = machine(Nvidia::Gpus(vec![gpu("NVIDIA H100 80GB HBM3", true)]));
    assert_snapshot!(page_of(State::WithoutCuda, &machine), @r"
    devices
      flex      the CPU, in pure Rust      usable, in f32
      tch:cpu   the CPU, by LibTorch       usable, in f32 (bf16 works, but is slow on this hardware)
      tch:0     NVIDIA GPU 0, by LibTorch  not in this build: its LibTorch has no CUDA
      cuda:0    NVIDIA GPU 0, by burn      not in this build
      vulkan:0  GPU 0, by Vulkan           not in this build

    this machine
      CPU       16 threads, no bf16 (AVX512-BF16)
      GPU       NVIDIA H100 80GB HBM3, 81559 MiB, bf16, driver 580.95.05

    to get the others
      tch:0     cargo xtask libtorch --cuda, then: cargo xtask pretrain --device tch:0
                to build only: LIBTORCH=$PWD/target/libtorch-cuda/torch cargo build --release -p macbert --features tch
      cuda:0    a CUDA toolkit, named by CUDA_PATH; the build downloads LLVM
                cargo xtask pretrain --device cuda:0; to build only: cargo build --release -p macbert --features cuda
      vulkan:0  cargo xtask pretrain --device vulkan:0; to build only: cargo build --release -p macbert --features vulkan
    ");
}

#[test]
fn a_gpu_that_does_not_answer() {
    let machine = machine(Nvidia::Gpus(vec![gpu("Tesla T4", false)]));
    assert_snapshot!(page_of(State::Silent, &machine), @r"
    devices
      flex      the CPU, in pure Rust      usable, in f32
      tch:cpu   the CPU, by LibTorch       usable, in f32 (bf16 works, but is slow on this hardware)
      tch:0     NVIDIA GPU 0, by LibTorch  in this build, but no such device answers
      cuda:0    NVIDIA GPU 0, by burn      not in this build
      vulkan:0  GPU 0, by Vulkan           not in this build

    this machine
      CPU       16 threads, no bf16 (AVX512-BF16)
      GPU       Tesla T4, 81559 MiB, no bf16, driver 580.95.05

    to get the others
      tch:0     nvidia-smi lists a GPU that does not answer: is the driver older than 525.60.13, or does CUDA_VISIBLE_DEVICES hide it?
      cuda:0    a CUDA toolkit, named by CUDA_PATH; the build downloads LLVM
                cargo xtask pretrain --device cuda:0; to build only: cargo build --release -p macbert --features cuda
      vulkan:0  cargo xtask pretrain --device vulkan:0; to build only: cargo build --release -p macbert --features vulkan
    ");
}

#[test]
fn a_driver_that_fails() {
    let said = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.";
    let machine = machine(Nvidia::Failing(said.to_owned()));
    assert_snapshot!(page_of(State::Silent, &machine), @r"
    devices
      flex      the CPU, in pure Rust      usable, in f32
      tch:cpu   the CPU, by LibTorch       usable, in f32 (bf16 works, but is slow on this hardware)
      tch:0     NVIDIA GPU 0, by LibTorch  in this build, but no such device answers
      cuda:0    NVIDIA GPU 0, by burn      not in this build
      vulkan:0  GPU 0, by Vulkan           not in this build

    this machine
      CPU       16 threads, no bf16 (AVX512-BF16)
      GPU       no NVIDIA GPU answers; nvidia-smi says: NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.

    to get the others
      tch:0     an NVIDIA GPU with driver 525.60.13 or newer: nvidia-smi has to list it
      cuda:0    an NVIDIA GPU with its driver: nvidia-smi has to list it
                a CUDA toolkit, named by CUDA_PATH; the build downloads LLVM
                cargo xtask pretrain --device cuda:0; to build only: cargo build --release -p macbert --features cuda
      vulkan:0  cargo xtask pretrain --device vulkan:0; to build only: cargo build --release -p macbert --features vulkan
    ");
}
