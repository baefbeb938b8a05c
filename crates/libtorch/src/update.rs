//! Updates of all parameters in few calls, on the CPU and on GPUs.
#![expect(
    unsafe_code,
    reason = "`tch` has no names for operations on lists of tensors, which are several times as fast as one by one"
)]

use std::ffi::{c_char, c_int};

use tch::Tensor;
use torch_sys::C_tensor;

use crate::call::{call, handle};

/// An `at::Tensor *`.
type Handle = *const C_tensor;

/// Flat tensors of some parameters, all on one device, in one order.
#[derive(Debug, Default)]
pub struct Lists {
    /// Written.
    pub parameters: Vec<Tensor>,
    /// May be written.
    pub gradients: Vec<Tensor>,
    /// First moments; written.
    pub first: Vec<Tensor>,
    /// Second moments; written.
    pub second: Vec<Tensor>,
}

/// The numbers of an update and a group of parameters.
#[derive(Debug)]
#[repr(C)]
pub struct Numbers {
    /// The learning rate.
    pub rate: f64,
    /// β₁.
    pub beta1: f64,
    /// β₂.
    pub beta2: f64,
    /// ε.
    pub epsilon: f64,
    /// Weight decay.
    pub decay: f64,
}

/// What the device knows of an update and the host does not: `[1]` each, f32, on the parameters' device.
#[derive(Debug)]
pub struct Decision {
    /// The update's number, from 1.
    pub t: Tensor,
    /// What gradients are divided by.
    pub scale: Tensor,
    /// 1 where a number is not finite: nothing is written; else 0.
    pub skipped: Tensor,
}

/// What LAMB is told besides.
#[derive(Debug)]
#[repr(C)]
pub struct Lamb {
    /// What gradients are multiplied by.
    pub factor: f64,
    /// 1 − β₁ᵗ.
    pub correction1: f64,
    /// 1 − β₂ᵗ.
    pub correction2: f64,
    /// Whether a step is scaled by the trust ratio.
    pub scaled: bool,
}

#[repr(C)]
struct RawLists {
    parameters: *const Handle,
    gradients: *const Handle,
    first: *const Handle,
    second: *const Handle,
    n: usize,
}

#[repr(C)]
struct RawDecision {
    t: Handle,
    scale: Handle,
    skipped: Handle,
}

unsafe extern "C" {
    fn macbert_norm(
        gradients: *const Handle,
        n: usize,
        out: Handle,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_adamw(
        lists: *const RawLists,
        numbers: *const Numbers,
        decision: *const RawDecision,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
    fn macbert_lamb(
        lists: *const RawLists,
        numbers: *const Numbers,
        lamb: *const Lamb,
        reason: *mut c_char,
        capacity: usize,
    ) -> c_int;
}

/// The global norm of flat tensors of one device, left there, `[]`.
pub fn norm(gradients: &[&Tensor]) -> Tensor {
    let Some(first) = gradients.first() else {
        return Tensor::from(0f32);
    };
    let out = Tensor::zeros([0; 0], (tch::Kind::Float, first.device()));
    let handles: Vec<Handle> = gradients.iter().map(|tensor| handle(tensor)).collect();
    // SAFETY: the handles are of tensors that live until the call returns; `out` is nobody else's.
    call(|reason, capacity| unsafe {
        macbert_norm(
            handles.as_ptr(),
            handles.len(),
            handle(&out),
            reason,
            capacity,
        )
    });
    out
}

/// `AdamW` on a group.
pub fn adamw(lists: &mut Lists, numbers: &Numbers, decision: &Decision) {
    let three = [&decision.t, &decision.scale, &decision.skipped];
    lists.with_raw(three, |raw, [t, scale, skipped]| {
        let decision = RawDecision { t, scale, skipped };
        // SAFETY: as `with_raw` says.
        call(|reason, capacity| unsafe {
            macbert_adamw(raw, numbers, &raw const decision, reason, capacity)
        });
    });
}

/// LAMB on a group.
pub fn lamb(lists: &mut Lists, numbers: &Numbers, lamb: &Lamb) {
    lists.with_raw([], |raw, []| {
        // SAFETY: as `with_raw` says.
        call(|reason, capacity| unsafe { macbert_lamb(raw, numbers, lamb, reason, capacity) });
    });
}

impl Lists {
    /// Shows C++ the lists, and single numbers beside them, while they are borrowed: each pointer is one to as many handles
    /// as there are parameters, of tensors that live until `work` returns. Operations with lists of other lengths, other
    /// shapes or several devices are refused by LibTorch itself, but for the fused one, so that is checked here.
    fn with_raw<const N: usize>(
        &mut self,
        numbers: [&Tensor; N],
        work: impl FnOnce(&RawLists, [Handle; N]),
    ) {
        let n = self.parameters.len();
        if n == 0 {
            return;
        }
        let all = [&self.parameters, &self.gradients, &self.first, &self.second];
        for (at, parameter) in self.parameters.iter().enumerate() {
            for list in all {
                assert!(
                    list.len() == n
                        && list[at].size() == parameter.size()
                        && list[at].is_contiguous()
                        && list[at].kind() == tch::Kind::Float,
                    "lists of flat f32 tensors of the same sizes"
                );
            }
        }
        for number in numbers {
            assert!(
                number.numel() == 1
                    && number.kind() == tch::Kind::Float
                    && number.device() == self.parameters[0].device(),
                "f32 numbers on the parameters' device"
            );
        }
        let handles = all.map(|list| list.iter().map(handle).collect::<Vec<_>>());
        let [parameters, gradients, first, second] = handles.each_ref().map(Vec::as_ptr);
        let lists = RawLists {
            parameters,
            gradients,
            first,
            second,
            n,
        };
        work(&lists, numbers.map(handle));
    }
}
