//! The operations between the matrix products of a layer on a GPU, each as one pass over memory.
//!
//! `kernels.cu` has the kernels, `program.rs` compiles and launches them, [`rows`] and [`tiles`] call them. Hidden states
//! are bf16, sums and parameters f32. All tensors are contiguous and on one GPU.

mod arguments;
mod program;
pub mod rows;
pub mod site;
pub mod tiles;

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::sync::{Arc, Mutex, PoisonError};

use tch::Device;

use program::{Function, Program};

const SOURCE: &str = include_str!("kernels.cu");
/// The largest hidden width whose sums fit into the shared memory of a block.
const WIDEST: usize = 4096;

/// The kernels of a GPU for a hidden width h.
pub struct Kernels {
    program: Program,
    width: usize,
    residual_norm: Function,
    residual_norm_backward: Function,
    embeddings: Function,
    embeddings_backward: Function,
    gelu: Function,
    gelu_backward: Function,
    side_by_side: Function,
    column_sums: Function,
    sum_rows: Function,
    cross_entropy: Function,
}

/// Kernels, or the reason why there are none.
pub type Outcome = Result<Arc<Kernels>, String>;

/// The kernels that have been compiled so far, or the reasons why they could not be, by GPU and width.
static CACHE: Mutex<BTreeMap<(usize, usize), Outcome>> = Mutex::new(BTreeMap::new());

/// Returns the kernels of a device for a hidden width. The first call compiles them, in about a second.
///
/// The error says why there are none: the device is not a GPU or is too old, the width does not fit, or CUDA's compiler was
/// not found.
pub fn kernels(device: Device, width: usize) -> Outcome {
    let Device::Cuda(gpu) = device else {
        return Err("kernels exist for GPUs only".to_owned());
    };
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    let kernels = cache.entry((gpu, width));
    kernels
        .or_insert_with(|| Kernels::new(gpu, width).map(Arc::new))
        .clone()
}

impl Kernels {
    fn new(gpu: usize, width: usize) -> Result<Self, String> {
        if !width.is_multiple_of(8) || width > WIDEST {
            return Err(format!(
                "the hidden width is {width}, expected a multiple of 8 up to {WIDEST}"
            ));
        }
        let program = Program::compile(SOURCE, gpu, width)?;
        let function = |name: &CStr, n_threads| program.function(name, n_threads);
        Ok(Self {
            residual_norm: function(c"residual_norm", 128)?,
            residual_norm_backward: function(c"residual_norm_backward", 128)?,
            embeddings: function(c"embeddings", 128)?,
            embeddings_backward: function(c"embeddings_backward", 128)?,
            gelu: function(c"gelu", 256)?,
            gelu_backward: function(c"gelu_backward", 256)?,
            side_by_side: function(c"side_by_side", 256)?,
            column_sums: function(c"column_sums", 256)?,
            sum_rows: function(c"sum_rows", 256)?,
            cross_entropy: function(c"cross_entropy", 512)?,
            program,
            width,
        })
    }
}

impl std::fmt::Debug for Kernels {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Kernels of width {}", self.width)
    }
}
