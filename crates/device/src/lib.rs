//! The devices that compute: their names, process settings for them, transfer of numbers, and peak memory.
//!
//! A program first calls [`tune_process`]. Then [`by_name`] turns a name, such as one of [`KNOWN_DEVICES`], into
//! burn's device. [`integers`] sends ids to the device, and [`numbers`] reads results from it. [`PeakMemory`] reports
//! how much memory was used. A [`World`] is the processes that train one model together; it adds up their tensors. Code
//! that depends on the kind of a device calls [`is_flex`] or [`is_libtorch`].
//!
//! ```
//! let flex = device::by_name("flex")?;
//! let ids = device::integers(&[2, 7, 3], &flex);
//! assert_eq!(device::numbers(ids.float()), [2.0, 7.0, 3.0]);
//!
//! let refused = device::by_name("gpu").unwrap_err().to_string();
//! assert!(refused.contains("expected one of flex, tch:cpu, tch:0, cuda:0, vulkan:0"));
//! # Ok::<(), device::DeviceError>(())
//! ```

mod choice;
#[cfg(feature = "tch")]
mod interop;
#[cfg(feature = "tch")]
mod joined;
mod kind;
#[cfg(feature = "tch")]
mod lost;
#[cfg(feature = "tch")]
mod meeting;
mod memory;
mod place;
mod process;
mod read;
#[cfg(feature = "tch")]
mod store_key;
mod transfer;
mod world;
mod world_error;

pub use choice::{DeviceChoice, DeviceError, KNOWN_DEVICES, by_name, device_names, libtorch_gpus};
#[cfg(feature = "tch")]
pub use interop::{from_libtorch, split_libtorch, to_libtorch, to_unshared_libtorch};
#[cfg(feature = "tch")]
pub use kind::libtorch_device;
pub use kind::{is_flex, is_libtorch};
pub use memory::PeakMemory;
pub use place::Place;
pub use process::tune_process;
pub use read::numbers;
pub use transfer::integers;
#[cfg(feature = "tch")]
pub use transfer::send;
pub use world::{PendingSum, World};
pub use world_error::WorldError;
