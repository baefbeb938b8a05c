//! Collective operations between processes, by c10d, the library that PyTorch uses for them.
//!
//! A [`Store`] is a table of keys and values that all processes reach over TCP. One process serves it. The processes of a
//! [`Group`] find each other by a store. Their sums and copies go over TCP, by Gloo.
#![expect(unsafe_code, reason = "calls C++")]

use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::NonNull;
use std::time::Duration;

use tch::{Device, Kind, Tensor};
use torch_sys::C_tensor;

use crate::call::{handle, try_call};

/// A failure of a store or of a collective operation: another process ended, the network is down, or a time limit was
/// reached.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{reason}")]
pub struct CollectiveError {
    /// What c10d says.
    pub reason: String,
}

enum RawStore {}
enum RawGroup {}
enum RawWork {}

unsafe extern "C" {
    fn macbert_store(
        host: *const c_char,
        port: u16,
        serves: bool,
        timeout_ms: i64,
        prefix: *const c_char,
        out: *mut *mut RawStore,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_store_free(store: *mut RawStore);
    fn macbert_store_set(
        store: *mut RawStore,
        key: *const c_char,
        value: *const u8,
        n: usize,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_store_has(
        store: *mut RawStore,
        key: *const c_char,
        found: *mut bool,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_store_get(
        store: *mut RawStore,
        key: *const c_char,
        timeout_ms: i64,
        owner: *mut c_void,
        take: extern "C" fn(*mut c_void, *const u8, usize),
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_group(
        store: *mut RawStore,
        rank: c_int,
        size: c_int,
        address: *const c_char,
        timeout_ms: i64,
        out: *mut *mut RawGroup,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_group_free(group: *mut RawGroup);
    fn macbert_all_reduce(
        group: *mut RawGroup,
        tensor: *const C_tensor,
        out: *mut *mut RawWork,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_all_gather(
        group: *mut RawGroup,
        tensor: *const C_tensor,
        gathered: *const C_tensor,
        out: *mut *mut RawWork,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_forget(work: *mut RawWork);
    fn macbert_wait(work: *mut RawWork, reason: *mut c_char, capacity: usize) -> c_int;
}

/// Where a store is.
#[derive(Clone, Debug)]
pub struct StoreAddress {
    /// The name or address of the machine that serves it.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether this process serves it.
    pub serves: bool,
}

/// A table of keys and values that several processes share.
#[derive(Debug)]
pub struct Store(NonNull<RawStore>);

// SAFETY: c10d's client locks itself for every call, so any thread may call it.
unsafe impl Send for Store {}
// SAFETY: as above.
unsafe impl Sync for Store {}

impl Store {
    /// Connects to a store, and serves it if the address says so. All keys of this store begin with `prefix`.
    pub fn connect(
        address: &StoreAddress,
        prefix: &str,
        timeout: Duration,
    ) -> Result<Self, CollectiveError> {
        let (host, prefix) = (text(&address.host)?, text(prefix)?);
        let mut store = std::ptr::null_mut();
        // SAFETY: the texts live until the call returns, and `store` points to a local pointer.
        attempt(|reason, capacity| unsafe {
            macbert_store(
                host.as_ptr(),
                address.port,
                address.serves,
                milliseconds(timeout),
                prefix.as_ptr(),
                &raw mut store,
                reason,
                capacity,
            )
        })?;
        made(store).map(Self)
    }

    /// Sets a key.
    pub fn set(&self, key: &str, value: &[u8]) -> Result<(), CollectiveError> {
        let key = text(key)?;
        // SAFETY: the store is alive, and key and value live until the call returns.
        attempt(|reason, capacity| unsafe {
            macbert_store_set(
                self.0.as_ptr(),
                key.as_ptr(),
                value.as_ptr(),
                value.len(),
                reason,
                capacity,
            )
        })
    }

    /// Whether the store has a key.
    pub fn has(&self, key: &str) -> Result<bool, CollectiveError> {
        let key = text(key)?;
        let mut found = false;
        // SAFETY: the store is alive, the key lives until the call returns, and `found` is a local.
        attempt(|reason, capacity| unsafe {
            macbert_store_has(
                self.0.as_ptr(),
                key.as_ptr(),
                &raw mut found,
                reason,
                capacity,
            )
        })?;
        Ok(found)
    }

    /// Waits until the store has a key, and returns its value.
    pub fn get(&self, key: &str, timeout: Duration) -> Result<Vec<u8>, CollectiveError> {
        let key = text(key)?;
        let mut value: Vec<u8> = Vec::new();
        let owner: *mut Vec<u8> = &raw mut value;
        // SAFETY: the store is alive, the key lives until the call returns, and C++ calls `take` with `owner` before that.
        attempt(|reason, capacity| unsafe {
            macbert_store_get(
                self.0.as_ptr(),
                key.as_ptr(),
                milliseconds(timeout),
                owner.cast(),
                take,
                reason,
                capacity,
            )
        })?;
        Ok(value)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // SAFETY: the store was made by `macbert_store`, and is freed once.
        unsafe { macbert_store_free(self.0.as_ptr()) }
    }
}

extern "C" fn take(owner: *mut c_void, bytes: *const u8, n: usize) {
    if n == 0 {
        return;
    }
    // SAFETY: `owner` is the vector of `Store::get`, and C++ passes `n` bytes that live until this returns.
    unsafe {
        (*owner.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(bytes, n));
    }
}

/// Processes that add up and gather tensors. All of them call the same operations in the same order.
#[derive(Debug)]
pub struct Group {
    raw: NonNull<RawGroup>,
    size: usize,
}

// SAFETY: c10d's group may move to another thread; it is used by one at a time.
unsafe impl Send for Group {}

impl Group {
    /// Connects this process, number `rank` of `size`, with the others that share the store. They reach it at `address`, an
    /// address of this machine. Every operation of the group fails after `timeout`.
    pub fn connect(
        store: &Store,
        rank: usize,
        size: usize,
        address: &str,
        timeout: Duration,
    ) -> Result<Self, CollectiveError> {
        let address = text(address)?;
        let mut group = std::ptr::null_mut();
        // SAFETY: the store is alive, and the group keeps it alive; `group` points to a local pointer.
        attempt(|reason, capacity| unsafe {
            macbert_group(
                store.0.as_ptr(),
                rank as c_int,
                size as c_int,
                address.as_ptr(),
                milliseconds(timeout),
                &raw mut group,
                reason,
                capacity,
            )
        })?;
        Ok(Self {
            raw: made(group)?,
            size,
        })
    }

    /// Starts to add up a tensor over all processes, in place. The tensor is contiguous and on the CPU.
    pub fn start_sum(&self, tensor: &Tensor) -> Result<Work, CollectiveError> {
        assert!(
            tensor.is_contiguous() && tensor.device() == Device::Cpu,
            "a contiguous tensor on the CPU"
        );
        let mut work = std::ptr::null_mut();
        // SAFETY: the group is alive, and the work keeps the tensor's memory.
        attempt(|reason, capacity| unsafe {
            macbert_all_reduce(
                self.raw.as_ptr(),
                handle(tensor),
                &raw mut work,
                reason,
                capacity,
            )
        })?;
        made(work).map(Work)
    }

    /// Gathers a contiguous tensor on the CPU, `[n]`, from all processes: `[size, n]`, in the order of ranks.
    pub fn gather(&self, tensor: &Tensor) -> Result<Tensor, CollectiveError> {
        assert!(
            tensor.is_contiguous() && tensor.device() == Device::Cpu && tensor.dim() == 1,
            "a contiguous list on the CPU"
        );
        let shape = [self.size as i64, tensor.numel() as i64];
        let gathered = Tensor::empty(shape, (tensor.kind(), Device::Cpu));
        let mut work = std::ptr::null_mut();
        // SAFETY: the group is alive, and the work keeps the memory of both tensors.
        attempt(|reason, capacity| unsafe {
            macbert_all_gather(
                self.raw.as_ptr(),
                handle(tensor),
                handle(&gathered),
                &raw mut work,
                reason,
                capacity,
            )
        })?;
        made(work).map(Work)?.wait()?;
        Ok(gathered)
    }

    /// Gathers as many numbers from every process.
    pub fn gather_numbers(&self, numbers: &[f64]) -> Result<Vec<Vec<f64>>, CollectiveError> {
        if numbers.is_empty() {
            return Ok(vec![Vec::new(); self.size]);
        }
        let gathered = self.gather(&Tensor::from_slice(numbers))?;
        let mut all = vec![0.0; numbers.len() * self.size];
        gathered
            .to_kind(Kind::Double)
            .copy_data(&mut all, numbers.len() * self.size);
        Ok(all.chunks(numbers.len()).map(<[f64]>::to_vec).collect())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // SAFETY: the group was made by `macbert_group`, and is freed once.
        unsafe { macbert_group_free(self.raw.as_ptr()) }
    }
}

/// A collective operation that was started.
#[derive(Debug)]
#[must_use = "the tensor may be read only after `wait`"]
pub struct Work(NonNull<RawWork>);

impl Work {
    /// Waits until the operation is done.
    pub fn wait(self) -> Result<(), CollectiveError> {
        let work = self.0.as_ptr();
        std::mem::forget(self);
        // SAFETY: the work is alive, and C++ frees it.
        attempt(|reason, capacity| unsafe { macbert_wait(work, reason, capacity) })
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // SAFETY: `wait` was not called, so the work is alive, and is freed once.
        unsafe { macbert_forget(self.0.as_ptr()) }
    }
}

fn attempt(function: impl FnOnce(*mut c_char, usize) -> c_int) -> Result<(), CollectiveError> {
    try_call(function).map_err(|reason| CollectiveError { reason })
}

fn made<T>(pointer: *mut T) -> Result<NonNull<T>, CollectiveError> {
    NonNull::new(pointer).ok_or_else(|| CollectiveError {
        reason: "LibTorch returned nothing".to_owned(),
    })
}

fn text(text: &str) -> Result<CString, CollectiveError> {
    CString::new(text).map_err(|_| CollectiveError {
        reason: format!("{text:?} contains a zero byte"),
    })
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
