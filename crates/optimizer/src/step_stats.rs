//! Statistics of steps: losses, gradient norm, and whether the update was skipped.
//!
//! GPU work is queued. Reading a value blocks until all earlier work is done, and the GPU then idles until the next step is
//! queued. So the statistics stay on the device until something on the host needs them, and those of many steps are read
//! at once.
//!
//! N: number of losses of a step. Pre-training has 2, masked and order loss.

use burn::tensor::Tensor;
use device::numbers;

/// How many steps wait to be read at most. A run learns of a number that is not finite at most this many steps late. Waiting
/// for the device once in 16 steps costs no measurable time (project decision).
const MOST_PENDING: usize = 16;

/// The statistics of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepStats<const N: usize> {
    /// The losses of the step, in nats, in the order in which they were given to [`Optimizer::step`](crate::Optimizer::step).
    pub losses: [f64; N],
    /// The global norm of the gradients before clipping.
    pub gradient_norm: f64,
    /// Whether the update was skipped, because a loss or the norm is not finite.
    pub skipped: bool,
}

impl<const N: usize> StepStats<N> {
    /// Takes N losses and the gradient norm, in this order.
    fn new(numbers: &[f64]) -> Self {
        Self {
            losses: std::array::from_fn(|index| numbers[index]),
            gradient_norm: numbers[N],
            skipped: !numbers.iter().all(|number| number.is_finite()),
        }
    }
}

/// The statistics of a step, which may still be on the device.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a few wait at a time")]
pub enum QueuedStats<const N: usize> {
    /// The host has read them.
    Read(StepStats<N>),
    /// The losses, then the gradient norm; `[N + 1]`.
    OnDevice(Tensor<1>),
}

impl<const N: usize> QueuedStats<N> {
    /// Queues losses and gradient norm, `[1]` each, in the precision of the norm.
    pub(crate) fn new(losses: [Tensor<1>; N], norm: Tensor<1>) -> Self {
        let mut all = losses.map(|loss| loss.cast(norm.dtype())).to_vec();
        all.push(norm);
        Self::OnDevice(Tensor::cat(all, 0))
    }

    /// Reads the statistics. If they are on the device, this waits for the step.
    pub fn read(self) -> StepStats<N> {
        match self {
            Self::Read(stats) => stats,
            Self::OnDevice(tensor) => StepStats::new(&numbers(tensor)),
        }
    }
}

/// A step whose statistics are known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredStep<const N: usize> {
    /// The number of the step.
    pub step: u64,
    /// Its statistics.
    pub stats: StepStats<N>,
}

/// Steps that were queued and whose statistics have not been read yet, oldest first.
#[derive(Debug, Default)]
pub struct PendingSteps<const N: usize>(Vec<PendingStep<N>>);

#[derive(Debug)]
struct PendingStep<const N: usize> {
    step: u64,
    stats: QueuedStats<N>,
}

impl<const N: usize> PendingSteps<N> {
    /// Adds a step.
    pub fn add(&mut self, step: u64, stats: QueuedStats<N>) {
        self.0.push(PendingStep { step, stats });
    }

    /// Whether to read now, because no statistics are on the device, or those of enough steps are.
    pub fn is_due(&self) -> bool {
        let is_read = |pending: &PendingStep<N>| matches!(pending.stats, QueuedStats::Read(_));
        self.0.len() >= MOST_PENDING || self.0.iter().all(is_read)
    }

    /// Removes all steps, and returns their statistics. Those on the device are read at once.
    pub fn read(&mut self) -> Vec<MeasuredStep<N>> {
        let pending = std::mem::take(&mut self.0);
        let on_device = pending.iter().filter_map(|pending| match &pending.stats {
            QueuedStats::Read(_) => None,
            QueuedStats::OnDevice(tensor) => Some(tensor.clone()),
        });
        let on_device: Vec<Tensor<1>> = on_device.collect();
        let on_host = if on_device.is_empty() {
            Vec::new()
        } else {
            numbers(Tensor::cat(on_device, 0))
        };
        let mut on_host = on_host.chunks_exact(N + 1);
        let measured = pending.into_iter().map(|pending| MeasuredStep {
            step: pending.step,
            stats: match pending.stats {
                QueuedStats::Read(stats) => stats,
                QueuedStats::OnDevice(_) => {
                    StepStats::new(on_host.next().expect("N + 1 numbers per step"))
                }
            },
        });
        measured.collect()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};

    use super::{MOST_PENDING, MeasuredStep, PendingSteps, QueuedStats, StepStats};

    fn on_device(numbers: [f32; 3]) -> QueuedStats<2> {
        QueuedStats::OnDevice(Tensor::from_data(numbers, &Device::flex()))
    }

    fn read(loss: f64) -> QueuedStats<2> {
        QueuedStats::Read(StepStats {
            losses: [loss, 0.5],
            gradient_norm: 2.0,
            skipped: false,
        })
    }

    #[test]
    fn statistics_are_read_in_the_order_of_their_steps() {
        let mut pending = PendingSteps::default();
        pending.add(4, on_device([1.0, 0.5, 2.0]));
        pending.add(5, read(3.0));
        pending.add(6, on_device([5.0, 0.25, f32::INFINITY]));
        let stats = |losses, gradient_norm: f64| StepStats {
            losses,
            gradient_norm,
            skipped: gradient_norm.is_infinite(),
        };
        let expected = [
            (4, stats([1.0, 0.5], 2.0)),
            (5, stats([3.0, 0.5], 2.0)),
            (6, stats([5.0, 0.25], f64::INFINITY)),
        ];
        let expected = expected.map(|(step, stats)| MeasuredStep { step, stats });
        assert_eq!(pending.read(), expected);
        assert!(pending.read().is_empty());
    }

    #[test]
    fn statistics_on_the_device_wait_and_those_on_the_host_do_not() {
        let mut pending = PendingSteps::default();
        pending.add(1, read(1.0));
        assert!(pending.is_due());
        pending.read();
        for step in 1..=MOST_PENDING {
            pending.add(step as u64, on_device([1.0; 3]));
            assert_eq!(pending.is_due(), step == MOST_PENDING);
        }
    }

    #[test]
    fn any_number_that_is_not_finite_skips_a_step() {
        for index in 0..3 {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut numbers = [1.0; 3];
                numbers[index] = bad;
                assert!(on_device(numbers).read().skipped);
            }
        }
        assert!(!on_device([f32::MAX; 3]).read().skipped);
    }
}
