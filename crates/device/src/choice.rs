//! Device names, and the devices that they stand for. Only this file knows which devices a build has.
//!
//! burn has a default device too: the first one of the build, or the one that the environment variable `BURN_DEVICE` names.
//! The project does not use it. Every tensor of a run is made on the device that the run was started with.

use burn::tensor::Device;

/// The error for a device name that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("no device `{name}`: {reason}")]
pub struct DeviceError {
    /// The name that was asked for.
    pub name: String,
    /// Why there is no such device, and what to do.
    pub reason: String,
}

/// A device that the program can be built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceChoice {
    /// The name that selects the device, as in `--device tch:0`.
    pub name: &'static str,
    /// A description of the device for help and reports.
    pub what: &'static str,
    /// The cargo feature that adds it to a build.
    pub feature: &'static str,
    /// Whether this build has that feature.
    pub built_in: bool,
    /// Whether the project tests training on this device.
    pub tested: bool,
}

/// All devices that the program can be built for. Help, errors and `macbert devices` list these.
pub const KNOWN_DEVICES: [DeviceChoice; 5] = [
    DeviceChoice {
        name: "flex",
        what: "the CPU, in pure Rust",
        feature: "flex",
        built_in: cfg!(feature = "flex"),
        tested: true,
    },
    DeviceChoice {
        name: "tch:cpu",
        what: "the CPU, by LibTorch",
        feature: "tch",
        built_in: cfg!(feature = "tch"),
        tested: true,
    },
    DeviceChoice {
        name: "tch:0",
        what: "NVIDIA GPU 0, by LibTorch",
        feature: "tch",
        built_in: cfg!(feature = "tch"),
        tested: true,
    },
    DeviceChoice {
        name: "cuda:0",
        what: "NVIDIA GPU 0, by burn",
        feature: "cuda",
        built_in: cfg!(feature = "cuda"),
        tested: false,
    },
    DeviceChoice {
        name: "vulkan:0",
        what: "GPU 0, by Vulkan",
        feature: "vulkan",
        built_in: cfg!(feature = "vulkan"),
        tested: false,
    },
];

/// Lists the names of all known devices for a message: `flex, tch:cpu, tch:0, cuda:0, vulkan:0`.
pub fn device_names() -> String {
    KNOWN_DEVICES.map(|choice| choice.name).join(", ")
}

/// Counts the GPUs that LibTorch finds on this machine; `None` if this build has no LibTorch, or the CPU-only one.
pub fn libtorch_gpus() -> Option<usize> {
    #[cfg(feature = "tch")]
    if tch::utils::has_cudart() {
        return Some(tch::Cuda::device_count() as usize);
    }
    None
}

/// Returns the device with this name: `flex`, `tch:cpu`, or `tch:N`, `cuda:N`, `vulkan:N` for GPU number N.
pub fn by_name(name: &str) -> Result<Device, DeviceError> {
    let (kind, index) = name.split_once(':').unwrap_or((name, ""));
    let refuse = |reason: &str| {
        Err(DeviceError {
            name: name.to_owned(),
            reason: reason.to_owned(),
        })
    };
    match (kind, index) {
        #[cfg(feature = "flex")]
        ("flex", "") => Ok(Device::flex()),
        #[cfg(feature = "tch")]
        ("tch", "cpu") => Ok(libtorch(None)),
        #[cfg(feature = "tch")]
        ("tch", _) if libtorch_gpus().is_none() => refuse(
            "this build has the CPU-only LibTorch; fetch LibTorch with CUDA (`cargo xtask libtorch --cuda`) and build \
             again",
        ),
        #[cfg(feature = "tch")]
        ("tch", _) => answering(name, libtorch(Some(gpu_number(name, index)?))),
        #[cfg(feature = "cuda")]
        ("cuda", _) => answering(name, Device::cuda(gpu_number(name, index)?)),
        #[cfg(feature = "vulkan")]
        ("vulkan", _) => answering(name, vulkan(gpu_number(name, index)?)),
        _ if name == "flex" || matches!(kind, "tch" | "cuda" | "vulkan") => refuse(&format!(
            "this program was built without this device; build with `--features {kind}` (`macbert devices` lists what \
             this build has)"
        )),
        _ => refuse(&format!("expected one of {}", device_names())),
    }
}

/// Parses the number of a GPU in a device's name.
#[cfg(any(feature = "tch", feature = "cuda", feature = "vulkan"))]
fn gpu_number(name: &str, index: &str) -> Result<usize, DeviceError> {
    index.parse().map_err(|_| DeviceError {
        name: name.to_owned(),
        reason: "expected a GPU's number after the colon (or `tch:cpu`)".to_owned(),
    })
}

/// Returns the device after a test: a number is written to it and read back. burn and LibTorch panic if the machine
/// has no such GPU; this function returns an error instead.
#[cfg(any(feature = "tch", feature = "cuda", feature = "vulkan"))]
fn answering(name: &str, device: Device) -> Result<Device, DeviceError> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let answer =
        std::panic::catch_unwind(|| burn::tensor::Tensor::<1>::zeros([1], &device).into_data());
    std::panic::set_hook(hook);
    answer.map(|_| device).map_err(|_| DeviceError {
        name: name.to_owned(),
        reason: "this machine has no such GPU, or its driver or library does not answer (`macbert devices` lists what \
                 was found)"
            .to_owned(),
    })
}

#[cfg(feature = "tch")]
#[expect(deprecated, reason = "burn 0.22 is the last with LibTorch")]
fn libtorch(gpu: Option<usize>) -> Device {
    gpu.map_or_else(Device::libtorch, Device::libtorch_cuda)
}

#[cfg(feature = "vulkan")]
fn vulkan(gpu: usize) -> Device {
    Device::vulkan(burn::tensor::DeviceKind::DiscreteGpu(gpu))
}

#[cfg(test)]
mod tests {
    use super::by_name;

    #[test]
    fn a_device_that_is_not_there_says_what_to_do() {
        assert!(by_name("flex").is_ok());
        let error = |name| by_name(name).expect_err("refused").to_string();
        assert!(error("gpu").contains("expected one of flex"));
        if cfg!(feature = "cuda") {
            assert!(error("cuda:x").contains("a GPU's number"));
        } else {
            assert!(error("cuda:0").contains("--features cuda"));
        }
    }
}
