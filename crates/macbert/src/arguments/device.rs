//! The argument of commands that run a model: the device that computes.

use clap::Args;

/// The device that computes.
#[derive(Args, Debug, Clone)]
pub(crate) struct DeviceArguments {
    /// The name, as `device::by_name` takes it: GPUs have numbers, so this is no closed set.
    #[arg(
        long,
        value_name = "DEVICE",
        default_value = "flex",
        help = format!(
            "The device that computes: {} (or another GPU's number)",
            device::device_names()
        )
    )]
    pub device: String,
}
