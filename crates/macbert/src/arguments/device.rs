//! The argument of commands that run a model: the device that computes.

use clap::Args;

/// The device that computes.
#[derive(Args, Debug, Clone)]
pub(crate) struct DeviceArguments {
    /// The device's name, for `device::by_name`. Any GPU number can occur in a name, so the names are no closed set.
    #[arg(
        long,
        value_name = "DEVICE",
        default_value = "flex",
        help = format!(
            "The device that computes: {} (the 0 is the number of the GPU)",
            device::device_names()
        )
    )]
    pub device: String,
}
