//! Which devices there are: names, choice, memory, settings of the process, numbers to and from them.
//!
//! ```
//! let flex = device::by_name("flex")?;
//! let ids = device::integers(&[2, 7, 3], &flex);
//! assert_eq!(ids.dims(), [3]);
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
pub use interop::{from_libtorch, to_libtorch};
#[cfg(feature = "tch")]
pub use kind::libtorch_device;
pub use kind::{is_flex, is_libtorch};
pub use memory::PeakMemory;
pub use process::tune_process;
pub use read::numbers;
pub use transfer::integers;
#[cfg(feature = "tch")]
pub use transfer::send;
