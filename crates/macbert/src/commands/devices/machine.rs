//! The hardware of this machine: its CPU, and the NVIDIA GPUs that the driver lists.

use std::process::Command;

/// The first compute capability whose GPUs multiply bf16 in hardware (Ampere).
const BF16_CAPABILITY: f32 = 8.0;
/// What `nvidia-smi` is asked about each GPU, in the order that [`Gpu::read`] expects.
const QUERY: &str = "--query-gpu=name,memory.total,compute_cap,driver_version";

/// The hardware of a machine.
#[derive(Debug)]
pub(super) struct Machine {
    /// The number of threads that the system lets this program use.
    pub threads: usize,
    /// Whether the CPU multiplies bf16 in hardware.
    pub cpu_bf16: bool,
    pub nvidia: Nvidia,
}

/// The answer of NVIDIA's driver.
#[derive(Debug)]
pub(super) enum Nvidia {
    /// `nvidia-smi` was not found, so most likely there is no driver.
    Absent,
    /// `nvidia-smi` failed; the first line that it printed.
    Failing(String),
    /// The GPUs, at least one.
    Gpus(Vec<Gpu>),
}

/// A GPU as the driver describes it.
#[derive(Debug, PartialEq)]
pub(super) struct Gpu {
    pub name: String,
    /// The memory as the driver writes it, with a unit.
    pub memory: String,
    pub bf16: bool,
    pub driver: String,
}

impl Machine {
    pub(super) fn look() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            cpu_bf16: cpu_has_bf16(),
            nvidia: Nvidia::ask(),
        }
    }
}

/// Whether the CPU has AVX512-BF16, which LibTorch's matrix products use.
fn cpu_has_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    let has = std::arch::is_x86_feature_detected!("avx512bf16");
    #[cfg(not(target_arch = "x86_64"))]
    let has = false;
    has
}

impl Nvidia {
    fn ask() -> Self {
        let asked = Command::new("nvidia-smi")
            .args([QUERY, "--format=csv,noheader"])
            .output();
        let Ok(output) = asked else {
            return Self::Absent;
        };
        // nvidia-smi writes its failures to stdout.
        let text = String::from_utf8_lossy(&output.stdout);
        let gpus: Option<Vec<Gpu>> = text.lines().map(Gpu::read).collect();
        match gpus {
            Some(gpus) if output.status.success() && !gpus.is_empty() => Self::Gpus(gpus),
            _ => Self::Failing(text.lines().next().unwrap_or("it lists no GPU").to_owned()),
        }
    }

    pub(super) fn gpus(&self) -> &[Gpu] {
        match self {
            Self::Gpus(gpus) => gpus,
            Self::Absent | Self::Failing(_) => &[],
        }
    }
}

impl Gpu {
    /// Reads a line of the answer to [`QUERY`].
    fn read(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [name, memory, capability, driver] = fields[..] else {
            return None;
        };
        let capability: f32 = capability.parse().ok()?;
        Some(Self {
            name: name.to_owned(),
            memory: memory.to_owned(),
            bf16: capability >= BF16_CAPABILITY,
            driver: driver.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Gpu;

    #[test]
    fn a_line_of_the_driver_is_a_gpu() {
        let gpu = Gpu::read("NVIDIA H100 80GB HBM3, 81559 MiB, 9.0, 580.95.05").expect("a GPU");
        assert_eq!(gpu.name, "NVIDIA H100 80GB HBM3");
        assert_eq!(gpu.memory, "81559 MiB");
        assert_eq!(gpu.driver, "580.95.05");
        assert!(gpu.bf16);
        assert!(
            !Gpu::read("Tesla T4, 15360 MiB, 7.5, 550.54.15")
                .expect("a GPU")
                .bf16
        );
        assert_eq!(Gpu::read("No devices were found"), None);
    }
}
