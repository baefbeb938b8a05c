//! Names to devices: the one place that knows which devices a build has.
//!
//! burn has a default device too, the first of those compiled in, or what the environment variable `BURN_DEVICE` says.
//! Nothing here asks for it: every tensor of a run is made on the run's own device.

use burn::tensor::Device;

use crate::error::TrainerError;

/// A device that the program knows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceChoice {
    /// How it is asked for.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// The cargo feature that brings it.
    pub feature: &'static str,
    /// Whether this build has that feature.
    pub built_in: bool,
    /// Whether runs on it were tested by the project.
    pub tested: bool,
}

/// All devices that the program knows of.
pub const fn known_devices() -> [DeviceChoice; 5] {
    [
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
            tested: false,
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
    ]
}

/// The device of a name: `flex`, `tch:cpu`, `tch:0`, `cuda:0`, `vulkan:0` (any GPU number).
pub fn device(name: &str) -> Result<Device, TrainerError> {
    let (kind, index) = name.split_once(':').unwrap_or((name, ""));
    let found = match (kind, index) {
        ("flex", "") => flex(),
        ("tch", "cpu") => libtorch(None),
        ("tch", index) => number(name, index)?.and_then(|index| libtorch(Some(index))),
        ("cuda", index) => number(name, index)?.and_then(cuda),
        ("vulkan", index) => number(name, index)?.and_then(vulkan),
        _ => {
            return Err(unknown(
                name,
                "there are flex, tch:cpu, tch:0, cuda:0, vulkan:0".to_owned(),
            ));
        }
    };
    found.ok_or_else(|| {
        let what = format!("this program was built without it; build with `--features {kind}` (`macbert devices` lists what there is)");
        unknown(name, what)
    })
}

/// Whether tensors of a device lie in the host's memory, where their buffers can be taken and given back uncopied.
#[cfg(feature = "flex")]
pub(crate) fn is_host(device: &Device) -> bool {
    *device == Device::flex()
}

/// A build without flex has no tensor there.
#[cfg(not(feature = "flex"))]
pub(crate) fn is_host(_device: &Device) -> bool {
    false
}

fn number(name: &str, index: &str) -> Result<Option<usize>, TrainerError> {
    let number = index
        .parse()
        .map_err(|_| unknown(name, "expected a GPU's number behind the colon".to_owned()));
    number.map(Some)
}

fn unknown(name: &str, reason: String) -> TrainerError {
    TrainerError::Device {
        name: name.to_owned(),
        reason,
    }
}

#[cfg(feature = "flex")]
fn flex() -> Option<Device> {
    Some(Device::flex())
}

#[cfg(not(feature = "flex"))]
fn flex() -> Option<Device> {
    None
}

#[cfg(feature = "tch")]
#[expect(
    deprecated,
    reason = "burn keeps LibTorch to 0.22; everything that knows it is here"
)]
fn libtorch(index: Option<usize>) -> Option<Device> {
    Some(match index {
        None => Device::libtorch(),
        Some(index) => Device::libtorch_cuda(index),
    })
}

#[cfg(not(feature = "tch"))]
fn libtorch(_index: Option<usize>) -> Option<Device> {
    None
}

#[cfg(feature = "cuda")]
fn cuda(index: usize) -> Option<Device> {
    Some(Device::cuda(index))
}

#[cfg(not(feature = "cuda"))]
fn cuda(_index: usize) -> Option<Device> {
    None
}

#[cfg(feature = "vulkan")]
fn vulkan(index: usize) -> Option<Device> {
    Some(Device::vulkan(burn::tensor::DeviceKind::DiscreteGpu(index)))
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(_index: usize) -> Option<Device> {
    None
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_device_that_is_not_there_says_what_to_do() {
        assert!(device("flex").is_ok());
        let error = |name| device(name).err().expect("refused").to_string();
        assert!(error("gpu").contains("there are flex"));
        assert!(error("cuda:x").contains("a GPU's number"));
        if !cfg!(feature = "cuda") {
            assert!(error("cuda:0").contains("--features cuda"));
        }
    }
}
