//! Peak memory of the process and of a GPU.

use burn::tensor::Device;

/// The peak memory of this process since it started, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct PeakMemory {
    /// Resident memory of the process; `None` on systems other than Linux, which do not report it.
    pub host_bytes: Option<u64>,
    /// Tensors in a GPU's memory; `None` on devices other than LibTorch's GPUs.
    pub device_bytes: Option<u64>,
}

impl PeakMemory {
    /// Reads the peaks so far. A GPU's peak includes queued work, and reading it does not wait for the GPU.
    pub fn now(device: &Device) -> Self {
        let status = std::fs::read_to_string("/proc/self/status").ok();
        Self {
            host_bytes: status.as_deref().and_then(peak_of_status),
            device_bytes: device_peak(device),
        }
    }
}

#[cfg(feature = "tch")]
fn device_peak(device: &Device) -> Option<u64> {
    match crate::kind::libtorch_device(device)? {
        tch::Device::Cuda(gpu) => libtorch::memory::peak_bytes(gpu),
        _ => None,
    }
}

#[cfg(not(feature = "tch"))]
fn device_peak(_device: &Device) -> Option<u64> {
    None
}

/// `VmHWM` of `/proc/PID/status` (manual page `proc_pid_status`), in bytes.
fn peak_of_status(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::{PeakMemory, peak_of_status};

    #[test]
    fn the_peak_is_read_from_the_process_status() {
        let status = "VmPeak:\t 9000 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1000 kB\n";
        assert_eq!(peak_of_status(status), Some(2 << 20));
        assert_eq!(peak_of_status("VmRSS:\t 1000 kB\n"), None);
        let now = PeakMemory::now(&Device::flex());
        assert_eq!(now.host_bytes.is_some(), cfg!(target_os = "linux"));
        assert_eq!(now.device_bytes, None);
    }
}
