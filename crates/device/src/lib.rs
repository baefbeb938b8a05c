//! Devices: their names and choice, the tuning of the process for them, numbers to and from them, and their memory.
//!
//! A run begins with [`by_name`], which turns a name of [`KNOWN_DEVICES`] into burn's device, and a program calls
//! [`tune_process`] before. Ids go to the device by [`integers`], results come back by [`numbers`], and [`PeakMemory`] says
//! how much memory was used. Code that depends on the kind of a device asks [`is_flex`] or [`is_libtorch`].
//!
//! ```
//! let flex = device::by_name("flex")?;
//! let ids = device::integers(&[2, 7, 3], &flex);
//! assert_eq!(device::numbers(ids.float()), [2.0, 7.0, 3.0]);
//!
//! let refused = device::by_name("gpu").unwrap_err().to_string();
//! assert!(refused.contains("there are flex, tch:cpu, tch:0, cuda:0, vulkan:0"));
//! # Ok::<(), device::DeviceError>(())
//! ```

mod choice;
#[cfg(feature = "tch")]
mod interop;
mod kind;
mod memory;
mod process;
mod read;
mod transfer;

pub use choice::{DeviceChoice, DeviceError, KNOWN_DEVICES, by_name, device_names, libtorch_gpus};
#[cfg(feature = "tch")]
pub use interop::{from_libtorch, to_libtorch, to_unshared_libtorch};
#[cfg(feature = "tch")]
pub use kind::libtorch_device;
pub use kind::{is_flex, is_libtorch};
pub use memory::PeakMemory;
pub use process::tune_process;
pub use read::numbers;
pub use transfer::integers;
#[cfg(feature = "tch")]
pub use transfer::send;
