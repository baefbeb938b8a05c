//! What steps came to: losses, norm of the gradients, whether the update was skipped.
//!
//! A GPU works off a queue. Whoever reads a number from it waits until all that was queued before is done, and has it idle
//! until the next step is queued. So figures stay on the device where nothing on the host needs them, and are read for many
//! steps at once.

use burn::tensor::Tensor;

use crate::optimizer::numbers;

/// Steps whose figures lie on the device at most: so much later a run is told of a number that is not finite. By then the
/// wait is spread over enough steps not to matter (project decision).
const MOST_PENDING: usize = 16;

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Mean masked cross-entropy over all masked positions of the step, in nats.
    pub masked_loss: f64,
    /// Mean order cross-entropy, in nats.
    pub order_loss: f64,
    /// Global norm of the gradients before clipping.
    pub gradient_norm: f64,
    /// Whether a number was not finite and the update was skipped.
    pub skipped: bool,
}

impl Step {
    /// Of masked loss, order loss, norm of the gradients.
    fn new(numbers: &[f64]) -> Self {
        Self {
            masked_loss: numbers[0],
            order_loss: numbers[1],
            gradient_norm: numbers[2],
            skipped: !numbers.iter().all(|number| number.is_finite()),
        }
    }
}

/// A step's figures, which may still lie on the device.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a few wait at a time")]
pub enum Figures {
    /// The host has them.
    Read(Step),
    /// Masked loss, order loss, norm of the gradients: `[3]`.
    OnDevice(Tensor<1>),
}

impl Figures {
    /// Of masked and order loss, `[2]`, and the norm of the gradients, `[1]`, which may be the more precise.
    pub(crate) fn new(losses: Tensor<1>, norm: Tensor<1>) -> Self {
        let losses = losses.cast(norm.dtype());
        Self::OnDevice(Tensor::cat(vec![losses, norm], 0))
    }

    /// Waits for the step where its figures lie on the device, and reads them.
    pub fn read(self) -> Step {
        match self {
            Self::Read(step) => step,
            Self::OnDevice(three) => Step::new(&numbers(three)),
        }
    }
}

/// Steps that were begun and whose figures nobody has read yet, oldest first.
#[derive(Default)]
pub(crate) struct Pending(Vec<(u64, Figures)>);

impl Pending {
    /// Adds those of a step.
    pub(crate) fn add(&mut self, step: u64, figures: Figures) {
        self.0.push((step, figures));
    }

    /// Whether to read them now: nothing has to be waited for, or enough have come together.
    pub(crate) fn is_due(&self) -> bool {
        let is_read = |(_, figures): &(u64, Figures)| matches!(figures, Figures::Read(_));
        self.0.len() >= MOST_PENDING || self.0.iter().all(is_read)
    }

    /// Takes all out, with the numbers of their steps; what lies on the device is read at once.
    pub(crate) fn read(&mut self) -> Vec<(u64, Step)> {
        let pending = std::mem::take(&mut self.0);
        let on_device = pending.iter().filter_map(|(_, figures)| match figures {
            Figures::Read(_) => None,
            Figures::OnDevice(three) => Some(three.clone()),
        });
        let on_device: Vec<Tensor<1>> = on_device.collect();
        let on_host = if on_device.is_empty() {
            Vec::new()
        } else {
            numbers(Tensor::cat(on_device, 0))
        };
        let mut rest = on_host.as_chunks::<3>().0.iter();
        let step = |figures| match figures {
            Figures::Read(step) => step,
            Figures::OnDevice(_) => Step::new(rest.next().expect("three numbers a step")),
        };
        let (steps, figures): (Vec<u64>, Vec<Figures>) = pending.into_iter().unzip();
        steps
            .into_iter()
            .zip(figures.into_iter().map(step))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};

    use super::{Figures, MOST_PENDING, Pending, Step};

    fn on_device(numbers: [f32; 3]) -> Figures {
        Figures::OnDevice(Tensor::from_data(numbers, &Device::flex()))
    }

    fn read(masked_loss: f64) -> Figures {
        Figures::Read(Step {
            masked_loss,
            order_loss: 0.5,
            gradient_norm: 2.0,
            skipped: false,
        })
    }

    #[test]
    fn figures_are_read_in_the_order_of_their_steps() {
        let mut pending = Pending::default();
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
        let mut pending = Pending::default();
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
