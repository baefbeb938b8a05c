//! Statistics of steps: losses, gradient norm, and whether the update was skipped.
//!
//! GPU work is queued. Reading a value blocks until all earlier work is done, and the GPU then idles until the next step is
//! queued. So the statistics stay on the device while nothing on the host needs them, and those of many steps are read at
//! once.

use burn::tensor::Tensor;
use device::numbers;

/// At most so many steps wait to be read, so a run learns of a number that is not finite at most so many steps late. Waiting
/// for the device once in 16 steps costs nothing that can be measured (project decision).
const MOST_PENDING: usize = 16;

/// Statistics of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepStats {
    /// Mean masked cross-entropy over all masked positions of the step, in nats.
    pub masked_loss: f64,
    /// Mean order cross-entropy, in nats.
    pub order_loss: f64,
    /// Global norm of the gradients before clipping.
    pub gradient_norm: f64,
    /// Whether a number was not finite and the update was skipped.
    pub skipped: bool,
}

impl StepStats {
    /// From masked loss, order loss and gradient norm, in this order.
    fn new(numbers: &[f64]) -> Self {
        Self {
            masked_loss: numbers[0],
            order_loss: numbers[1],
            gradient_norm: numbers[2],
            skipped: !numbers.iter().all(|number| number.is_finite()),
        }
    }
}

/// A step's statistics, which may still be on the device.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a few wait at a time")]
pub enum QueuedStats {
    /// The host has read them.
    Read(StepStats),
    /// Masked loss, order loss, gradient norm: `[3]`.
    OnDevice(Tensor<1>),
}

impl QueuedStats {
    /// Queues masked and order loss, `[2]`, and the gradient norm, `[1]`, whose precision may be the higher one.
    pub fn new(losses: Tensor<1>, norm: Tensor<1>) -> Self {
        let losses = losses.cast(norm.dtype());
        Self::OnDevice(Tensor::cat(vec![losses, norm], 0))
    }

    /// Reads the statistics; waits for the step if they are on the device.
    pub fn read(self) -> StepStats {
        match self {
            Self::Read(step) => step,
            Self::OnDevice(three) => StepStats::new(&numbers(three)),
        }
    }
}

/// Steps that were queued and whose statistics have not been read yet, oldest first.
#[derive(Debug, Default)]
pub struct PendingSteps(Vec<(u64, QueuedStats)>);

impl PendingSteps {
    /// Adds a step.
    pub fn add(&mut self, step: u64, stats: QueuedStats) {
        self.0.push((step, stats));
    }

    /// Whether to read now: there is nothing to wait for, or enough steps have come together.
    pub fn is_due(&self) -> bool {
        let is_read = |(_, stats): &(u64, QueuedStats)| matches!(stats, QueuedStats::Read(_));
        self.0.len() >= MOST_PENDING || self.0.iter().all(is_read)
    }

    /// Takes out all steps with their numbers. What is on the device is read in one go.
    pub fn read(&mut self) -> Vec<(u64, StepStats)> {
        let pending = std::mem::take(&mut self.0);
        let on_device = pending.iter().filter_map(|(_, stats)| match stats {
            QueuedStats::Read(_) => None,
            QueuedStats::OnDevice(three) => Some(three.clone()),
        });
        let on_device: Vec<Tensor<1>> = on_device.collect();
        let on_host = if on_device.is_empty() {
            Vec::new()
        } else {
            numbers(Tensor::cat(on_device, 0))
        };
        let mut rest = on_host.as_chunks::<3>().0.iter();
        let step = |stats| match stats {
            QueuedStats::Read(step) => step,
            QueuedStats::OnDevice(_) => StepStats::new(rest.next().expect("three numbers a step")),
        };
        let (steps, stats): (Vec<u64>, Vec<QueuedStats>) = pending.into_iter().unzip();
        steps.into_iter().zip(stats.into_iter().map(step)).collect()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};

    use super::{MOST_PENDING, PendingSteps, QueuedStats, StepStats};

    fn on_device(numbers: [f32; 3]) -> QueuedStats {
        QueuedStats::OnDevice(Tensor::from_data(numbers, &Device::flex()))
    }

    fn read(masked_loss: f64) -> QueuedStats {
        QueuedStats::Read(StepStats {
            masked_loss,
            order_loss: 0.5,
            gradient_norm: 2.0,
            skipped: false,
        })
    }

    #[test]
    fn figures_are_read_in_the_order_of_their_steps() {
        let mut pending = PendingSteps::default();
        pending.add(4, on_device([1.0, 0.5, 2.0]));
        pending.add(5, read(3.0));
        pending.add(6, on_device([5.0, 0.25, f32::INFINITY]));
        let found = pending.read();
        let losses = found.iter().map(|(at, step)| (*at, step.masked_loss));
        assert_eq!(losses.collect::<Vec<_>>(), [(4, 1.0), (5, 3.0), (6, 5.0)]);
        let skipped: Vec<bool> = found.iter().map(|(_, step)| step.skipped).collect();
        assert_eq!(skipped, [false, false, true]);
        assert!(pending.read().is_empty());
    }

    #[test]
    fn what_lies_on_the_device_waits_and_what_is_read_does_not() {
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
        for place in 0..3 {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut numbers = [1.0; 3];
                numbers[place] = bad;
                assert!(on_device(numbers).read().skipped);
            }
        }
        assert!(!on_device([f32::MAX; 3]).read().skipped);
    }
}
