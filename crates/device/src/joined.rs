//! The operations of a world that has several processes, by LibTorch.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use burn::tensor::Tensor;
use libtorch::collective::{CollectiveError, Group, Store, Work};

use crate::interop::{from_libtorch, to_libtorch, to_unshared_libtorch};
use crate::lost;
use crate::meeting;
use crate::place::Place;
use crate::store_key as key;
use crate::world_error::WorldError;

/// How often a process looks for what another one tells.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// This process, connected with the others.
#[derive(Debug)]
pub(crate) struct Joined {
    place: Place,
    timeout: Duration,
    store: Arc<Store>,
    /// `None` after a failure: the others then fail at once, too.
    group: Mutex<Option<Group>>,
    /// The step that this process came to last.
    step: AtomicU64,
}

/// A sum that was started.
#[derive(Debug)]
pub(crate) struct StartedSum {
    what: &'static str,
    work: Work,
    /// On the CPU.
    tensor: tch::Tensor,
    /// Where the sum goes, and in which precision.
    device: tch::Device,
    kind: tch::Kind,
}

impl Joined {
    /// Meets the other processes, and connects this one with them.
    pub(crate) fn meet(
        place: Place,
        timeout: Duration,
        say: &mut dyn FnMut(&str),
    ) -> Result<Self, WorldError> {
        let store = meeting::meet(&place, timeout, say)?;
        let failed = |what: String| {
            move |error: CollectiveError| WorldError::Connect {
                rank: place.rank,
                what,
                reason: error.reason,
            }
        };
        let address = meeting::own_address(&place);
        let connect = format!("connect with the other ranks from {address}");
        let (rank, size) = (place.rank, place.size);
        let group =
            Group::connect(&store, rank, size, &address, timeout).map_err(failed(connect))?;
        Ok(Self {
            place,
            timeout,
            store: Arc::new(store),
            group: Mutex::new(Some(group)),
            step: AtomicU64::new(0),
        })
    }

    pub(crate) fn come_to(&self, step: u64) {
        self.step.store(step, Ordering::Relaxed);
        // If the store is gone, the operations of the step say so.
        let _ = self
            .store
            .set(&key::step(self.place.rank), step.to_string().as_bytes());
    }

    pub(crate) fn start_sum(
        &self,
        what: &'static str,
        tensor: Tensor<1>,
        in_bf16: bool,
    ) -> Result<StartedSum, WorldError> {
        let tensor = to_unshared_libtorch(tensor);
        let (device, kind) = (tensor.device(), tensor.kind());
        let sent = if in_bf16 { tch::Kind::BFloat16 } else { kind };
        let tensor = tensor.to_device(tch::Device::Cpu).to_kind(sent);
        let work = self.with_group(what, |group| group.start_sum(&tensor))?;
        Ok(StartedSum {
            what,
            work,
            tensor,
            device,
            kind,
        })
    }

    pub(crate) fn finish_sum(&self, started: StartedSum) -> Result<Tensor<1>, WorldError> {
        let StartedSum {
            what,
            work,
            tensor,
            device,
            kind,
        } = started;
        work.wait().map_err(|error| self.lost(what, &error))?;
        Ok(from_libtorch(tensor.to_kind(kind).to_device(device)))
    }

    pub(crate) fn gather(
        &self,
        what: &'static str,
        tensor: Tensor<1>,
    ) -> Result<Vec<Tensor<1>>, WorldError> {
        let tensor = to_libtorch(tensor).contiguous();
        let device = tensor.device();
        let tensor = tensor.to_device(tch::Device::Cpu);
        let gathered = self.with_group(what, |group| group.gather(&tensor))?;
        let of_ranks = gathered.unbind(0).into_iter();
        Ok(of_ranks
            .map(|tensor| from_libtorch(tensor.to_device(device)))
            .collect())
    }

    pub(crate) fn gather_numbers(
        &self,
        what: &'static str,
        numbers: &[f64],
    ) -> Result<Vec<Vec<f64>>, WorldError> {
        self.with_group(what, |group| group.gather_numbers(numbers))
    }

    pub(crate) fn tell(&self, name: &str, text: &str) -> Result<(), WorldError> {
        let told = self.store.set(&key::told(name), text.as_bytes());
        told.map_err(|error| self.lost("an answer of the meeting place", &error))
    }

    /// Waits for what rank 0 tells. If rank 0 fails before, its reason is the error.
    pub(crate) fn hear(&self, name: &str) -> Result<String, WorldError> {
        const WHAT: &str = "word from rank 0";
        let deadline = Instant::now() + self.timeout;
        let lost = |error: CollectiveError| self.lost(WHAT, &error);
        while !self.store.has(&key::told(name)).map_err(lost)? {
            if self.store.has(&key::failed(0)).map_err(lost)? {
                let reason = "rank 0 failed".to_owned();
                return Err(lost(CollectiveError { reason }));
            }
            if Instant::now() > deadline {
                let reason = format!("nothing came within {} s", self.timeout.as_secs());
                return Err(lost(CollectiveError { reason }));
            }
            std::thread::sleep(LOOK_EVERY);
        }
        let text = self
            .store
            .get(&key::told(name), self.timeout)
            .map_err(lost)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Tells the others why this process ends, and closes its connections, so that they do not wait for it.
    pub(crate) fn fail(&self, why: &str) {
        if self.close() {
            lost::tell(&self.store, &self.place, why);
        }
    }

    fn with_group<T>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Group) -> Result<T, CollectiveError>,
    ) -> Result<T, WorldError> {
        let done = {
            let group = self.group.lock().unwrap_or_else(PoisonError::into_inner);
            match group.as_ref() {
                Some(group) => work(group),
                None => Err(CollectiveError {
                    reason: "an earlier operation failed".to_owned(),
                }),
            }
        };
        done.map_err(|error| self.lost(what, &error))
    }

    /// Finds out which processes are missing after a failure. The connections of this process are closed first, so that all
    /// others fail at once and can say that they are there.
    fn lost(&self, what: &str, error: &CollectiveError) -> WorldError {
        self.close();
        let step = self.step.load(Ordering::Relaxed);
        WorldError::Lost {
            step,
            rank: self.place.rank,
            what: what.to_owned(),
            who: lost::who(&self.store, &self.place, step),
            reason: error.reason.clone(),
        }
    }

    /// Closes the connections with the other processes; false if they are closed already.
    fn close(&self) -> bool {
        let mut group = self.group.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(group) = group.take() else {
            return false;
        };
        // Closing waits for operations that are under way, which may last until their time limit.
        std::thread::spawn(move || drop(group));
        true
    }
}
