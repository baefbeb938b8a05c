//! The processes that train one model together.
//!
//! Each process has a device and a number, its *rank*, from 0. A world is joined once, before training. In a world of one
//! process that was not joined, sums and gathered lists are what the process gave.
#![cfg_attr(
    not(feature = "tch"),
    expect(
        unused_variables,
        clippy::needless_pass_by_value,
        reason = "only LibTorch has collective operations, so without it a process is alone"
    )
)]

use std::time::Duration;

use burn::tensor::{Device, Tensor};

#[cfg(feature = "tch")]
use crate::joined::{Joined, StartedSum};
use crate::kind::is_libtorch;
use crate::place::Place;
use crate::world_error::WorldError;

/// The processes that train one model together, seen by one of them.
#[derive(Debug)]
pub struct World {
    rank: usize,
    size: usize,
    #[cfg(feature = "tch")]
    joined: Option<Joined>,
}

impl World {
    /// The world of a process that trains alone.
    pub const fn alone() -> Self {
        Self {
            rank: 0,
            size: 1,
            #[cfg(feature = "tch")]
            joined: None,
        }
    }

    /// Meets the other processes, and connects this one with them. `say` receives what the process waits for, every ten
    /// seconds. Every later operation of the world fails after `timeout`, and so does the meeting.
    pub fn join(
        place: Place,
        device: &Device,
        timeout: Duration,
        say: &mut dyn FnMut(&str),
    ) -> Result<Self, WorldError> {
        if !is_libtorch(device) {
            return Err(WorldError::NoCollectives);
        }
        #[cfg(feature = "tch")]
        {
            let (rank, size) = (place.rank, place.size);
            let joined = Some(Joined::meet(place, timeout, say)?);
            Ok(Self { rank, size, joined })
        }
        #[cfg(not(feature = "tch"))]
        Err(WorldError::NoCollectives)
    }

    /// The number of this process, from 0.
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The number of processes.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Whether this process is the one that writes files: the one of rank 0.
    pub const fn is_first(&self) -> bool {
        self.rank == 0
    }

    /// Whether this process was started without others.
    pub const fn is_alone(&self) -> bool {
        #[cfg(feature = "tch")]
        {
            self.joined.is_none()
        }
        #[cfg(not(feature = "tch"))]
        true
    }

    /// Says that this process comes to the sums of a step. If it is missing later, the others know how far it came.
    pub fn come_to(&self, step: u64) {
        #[cfg(feature = "tch")]
        if let Some(joined) = &self.joined {
            joined.come_to(step);
        }
    }

    /// Starts to add up a flat tensor over all processes, in its own precision or in bf16. All processes get the same bits.
    /// `what` names the tensor for errors.
    pub fn start_sum(
        &self,
        what: &'static str,
        tensor: Tensor<1>,
        in_bf16: bool,
    ) -> Result<PendingSum<'_>, WorldError> {
        #[cfg(feature = "tch")]
        if let Some(joined) = &self.joined {
            let started = joined.start_sum(what, tensor, in_bf16)?;
            return Ok(PendingSum::Started(joined, started));
        }
        Ok(PendingSum::Alone(tensor, std::marker::PhantomData))
    }

    /// Gathers a flat tensor from every process, in the order of ranks.
    pub fn gather(
        &self,
        what: &'static str,
        tensor: Tensor<1>,
    ) -> Result<Vec<Tensor<1>>, WorldError> {
        #[cfg(feature = "tch")]
        if let Some(joined) = &self.joined {
            return joined.gather(what, tensor);
        }
        Ok(vec![tensor])
    }

    /// Gathers as many numbers from every process, in the order of ranks.
    pub fn gather_numbers(
        &self,
        what: &'static str,
        numbers: &[f64],
    ) -> Result<Vec<Vec<f64>>, WorldError> {
        #[cfg(feature = "tch")]
        if let Some(joined) = &self.joined {
            return joined.gather_numbers(what, numbers);
        }
        Ok(vec![numbers.to_vec()])
    }

    /// Tells the other processes something, under a name.
    pub fn tell(&self, name: &str, text: &str) -> Result<(), WorldError> {
        #[cfg(feature = "tch")]
        if let Some(joined) = &self.joined {
            return joined.tell(name, text);
        }
        Ok(())
    }

    /// Waits for what rank 0 tells under a name; `None` if this process is alone.
    pub fn hear(&self, name: &str) -> Result<Option<String>, WorldError> {
        #[cfg(feature = "tch")]
        if let Some(joined) = &self.joined {
            return joined.hear(name).map(Some);
        }
        Ok(None)
    }

    /// Waits until all processes are done, so that the meeting place is there for as long as anybody needs it.
    pub fn finish(&self) -> Result<(), WorldError> {
        self.gather_numbers("the end of training", &[0.0])
            .map(|_| ())
    }

    /// Tells the other processes why this one ends.
    pub fn fail(&self, why: &str) {
        #[cfg(feature = "tch")]
        if let Some(joined) = &self.joined {
            joined.fail(why);
        }
    }
}

/// A sum that was started. `wait` returns it.
#[derive(Debug)]
#[must_use = "the sum is known only after `wait`"]
pub enum PendingSum<'w> {
    /// There is one process, whose tensor is the sum.
    Alone(Tensor<1>, std::marker::PhantomData<&'w ()>),
    /// The processes add up their tensors.
    #[cfg(feature = "tch")]
    #[expect(
        private_interfaces,
        reason = "only this crate makes and takes one apart"
    )]
    Started(&'w Joined, StartedSum),
}

impl PendingSum<'_> {
    /// Waits until the tensors of all processes are added up, and returns the sum on the device.
    pub fn wait(self) -> Result<Tensor<1>, WorldError> {
        match self {
            Self::Alone(tensor, _) => Ok(tensor),
            #[cfg(feature = "tch")]
            Self::Started(joined, started) => joined.finish_sum(started),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use burn::tensor::{Device, Tensor};

    use super::World;
    use crate::place::Place;

    #[test]
    fn alone_a_sum_is_what_the_process_gave() {
        let world = World::alone();
        assert!(world.is_alone() && world.is_first() && world.size() == 1);
        let tensor = Tensor::from_data([1.0_f32, 2.0], &Device::flex());
        let sum = world
            .start_sum("a sum", tensor.clone(), false)
            .and_then(super::PendingSum::wait)
            .expect("a sum");
        assert_eq!(crate::numbers(sum), [1.0, 2.0]);
        let gathered = world.gather("a list", tensor).expect("a list");
        assert_eq!(gathered.len(), 1);
        let numbers = world.gather_numbers("numbers", &[0.5]).expect("numbers");
        assert_eq!(numbers, [[0.5]]);
        assert_eq!(world.hear("anything").expect("no error"), None);
    }

    #[test]
    fn the_pure_rust_device_has_no_collective_operations() {
        let place = Place {
            rank: 0,
            size: 2,
            host: "127.0.0.1".to_owned(),
            port: 1,
            serves: true,
            meeting: String::new(),
        };
        let joined = World::join(place, &Device::flex(), Duration::from_secs(1), &mut |_| {});
        let error = joined.expect_err("refused").to_string();
        assert!(error.contains("tch:cpu"), "{error}");
    }
}
