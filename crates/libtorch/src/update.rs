//! Updates all parameters in a few calls, on the CPU and on GPUs.
#![expect(
    unsafe_code,
    reason = "`tch` has no operations on lists of tensors, which are several times faster than a call per tensor"
)]

use std::ffi::{c_char, c_int};

use tch::Tensor;
use torch_sys::C_tensor;

use crate::call::{call, handle};

/// An `at::Tensor *`.
type Handle = *const C_tensor;

/// A group of parameters with their gradients and moments: contiguous f32 tensors on one device, in the same order.
#[derive(Debug, Default)]
pub struct Lists {
    /// The parameters. An update writes them.
    pub parameters: Vec<Tensor>,
    /// The gradients. An update may write them.
    pub gradients: Vec<Tensor>,
    /// First moments. An update writes them.
    pub first: Vec<Tensor>,
    /// Second moments. An update writes them.
    pub second: Vec<Tensor>,
}

/// The hyperparameters of an update.
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

/// The numbers of an update that stay on the device, so that the host does not wait for them: f32 `[1]` each, on the
/// device of the parameters.
#[derive(Debug)]
pub struct Decision {
    /// The number of the update, from 1.
    pub t: Tensor,
    /// What gradients are divided by.
    pub scale: Tensor,
    /// 1 if a number of the step is not finite, so that nothing is to be written; else 0.
    pub skipped: Tensor,
}

/// What LAMB needs in addition to [`Numbers`].
#[derive(Debug)]
#[repr(C)]
pub struct Lamb {
    /// What gradients are multiplied by.
    pub factor: f64,
    /// 1 − β₁ᵗ.
    pub correction1: f64,
    /// 1 − β₂ᵗ.
    pub correction2: f64,
    /// Whether the trust ratio scales the update.
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

/// Computes the global norm of contiguous tensors on one device, `[]`. It stays on the device.
pub fn norm(gradients: &[&Tensor]) -> Tensor {
    let Some(first) = gradients.first() else {
        return Tensor::from(0f32);
    };
    let out = Tensor::zeros([0; 0], (tch::Kind::Float, first.device()));
    let handles: Vec<Handle> = gradients.iter().map(|tensor| handle(tensor)).collect();
    // SAFETY: the handles are those of tensors that live until the call returns. `out` is a new tensor.
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

/// Updates a group by `AdamW`.
pub fn adamw(lists: &mut Lists, numbers: &Numbers, decision: &Decision) {
    let numbers_on_device = [&decision.t, &decision.scale, &decision.skipped];
    lists.with_raw(numbers_on_device, |raw, [t, scale, skipped]| {
        let decision = RawDecision { t, scale, skipped };
        // SAFETY: the pointers are valid while `with_raw` runs this closure; see its documentation.
        call(|reason, capacity| unsafe {
            macbert_adamw(raw, numbers, &raw const decision, reason, capacity)
        });
    });
}

/// Updates a group by LAMB.
pub fn lamb(lists: &mut Lists, numbers: &Numbers, lamb: &Lamb) {
    lists.with_raw([], |raw, []| {
        // SAFETY: the pointers are valid while `with_raw` runs this closure; see its documentation.
        call(|reason, capacity| unsafe { macbert_lamb(raw, numbers, lamb, reason, capacity) });
    });
}

impl Lists {
    /// Calls `work` with pointers to the handles of the lists, and with the handles of `numbers`. Each pointer points
    /// to as many handles as there are parameters. The tensors live until `work` returns.
    ///
    /// # Panics
    ///
    /// If the lists differ in length, or if their tensors differ in shape or type. This is checked here because
    /// LibTorch's fused operation does not check it.
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
                    "lists of contiguous f32 tensors of the same sizes"
                );
            }
        }
        for number in numbers {
            assert!(
                number.numel() == 1
                    && number.kind() == tch::Kind::Float
                    && number.device() == self.parameters[0].device(),
                "f32 numbers on the device of the parameters"
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
