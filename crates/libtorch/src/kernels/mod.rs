//! What lies between a layer's matrix products on a GPU, each as one pass over memory; `kernels.cu` says how.
//!
//! Hidden states are bf16, sums and parameters f32, all flat and on one GPU.

mod program;

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::sync::{Arc, Mutex, PoisonError};

use tch::{Device, Kind, Tensor};

use program::{Argument, Function, Program};

const SOURCE: &str = include_str!("kernels.cu");
/// Columns of a tile, and rows that a block has at a time.
const TILE: [usize; 2] = [256, 8];
/// The widest hidden states whose sums a block can hold.
const WIDEST: usize = 4096;

/// Where numbers are dropped: what decides a mask, and what kept numbers are multiplied by.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Site {
    /// Of the place and the batch.
    pub key: u64,
    /// Draws of 32 bits below it are dropped.
    pub below: u32,
    /// The factor of what is kept.
    pub kept: f32,
}

/// Where rows are dropped, and which rows of all they are, i32 `[r]`; `None`: all.
#[derive(Clone, Copy, Debug)]
pub struct Drops<'t> {
    /// The place.
    pub site: Site,
    /// Their numbers.
    pub rows: Option<&'t Tensor>,
}

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

/// Gradients of [`Kernels::residual_norm`].
#[derive(Debug)]
pub struct NormGradients {
    /// bf16 `[r, h]`.
    pub x: Tensor,
    /// bf16 `[r, h]`.
    pub residual: Tensor,
    /// `[h]`.
    pub weight: Tensor,
    /// `[h]`.
    pub bias: Tensor,
    /// Of a bias that was added to x, `[h]`.
    pub x_bias: Tensor,
}

/// The embeddings' parameters, f32: tables `[rows, h]`, weight and bias of the norm `[h]`.
#[derive(Clone, Copy, Debug)]
pub struct Embeddings<'t> {
    /// Words, positions, segments.
    pub tables: [&'t Tensor; 3],
    /// Rows of each table that are looked up, i32 `[3, t]`.
    pub ids: &'t Tensor,
    /// Of the norm.
    pub weight: &'t Tensor,
}

/// Kernels, or why there are none.
pub type Outcome = Result<Arc<Kernels>, String>;

/// By GPU and width.
static CACHE: Mutex<BTreeMap<(usize, usize), Outcome>> = Mutex::new(BTreeMap::new());

/// The kernels of a device for a hidden width; compiled at the first call, in about a second. The error says why there are
/// none: the device is no GPU, or too old, or CUDA's compiler is not there.
pub fn kernels(device: Device, width: usize) -> Outcome {
    let Device::Cuda(gpu) = device else {
        return Err("only for GPUs".to_owned());
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
                "a hidden width of {width} is no multiple of 8 up to {WIDEST}"
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

    /// norm(dropout(x) + residual), bf16 `[r, h]`, and the rows' mean and 1 / deviation, `[r, 2]`.
    pub fn residual_norm(
        &self,
        [x, residual]: [&Tensor; 2],
        [weight, bias]: [&Tensor; 2],
        eps: f64,
        drops: Drops<'_>,
    ) -> (Tensor, Tensor) {
        let rows = self.rows(x);
        let (y, statistics) = (x.empty_like(), self.statistics(x));
        let arguments = [
            hidden(x, rows, self.width),
            hidden(residual, rows, self.width),
            numbers(weight, self.width),
            numbers(bias, self.width),
            hidden(&y, rows, self.width),
            numbers(&statistics, 2 * rows),
            Argument::Int(rows as i32),
            Argument::Float(eps as f32),
            drops.rows(rows),
            Argument::Site(drops.site),
        ];
        self.by_row(self.residual_norm, &arguments);
        (y, statistics)
    }

    /// The backward pass of [`Self::residual_norm`] from the gradient of what it gave.
    pub fn residual_norm_backward(
        &self,
        gradient: &Tensor,
        [x, residual]: [&Tensor; 2],
        weight: &Tensor,
        statistics: &Tensor,
        drops: Drops<'_>,
    ) -> NormGradients {
        let rows = self.rows(x);
        let function = self.residual_norm_backward;
        let (dx, dresidual) = (x.empty_like(), x.empty_like());
        let sums = floats(&[function.n_blocks as usize, 3 * self.width], x);
        let arguments = [
            hidden(gradient, rows, self.width),
            hidden(x, rows, self.width),
            hidden(residual, rows, self.width),
            numbers(weight, self.width),
            numbers(statistics, 2 * rows),
            hidden(&dx, rows, self.width),
            hidden(&dresidual, rows, self.width),
            numbers(&sums, function.n_blocks as usize * 3 * self.width),
            Argument::Int(rows as i32),
            drops.rows(rows),
            Argument::Site(drops.site),
        ];
        self.by_row(function, &arguments);
        let sums = self.sum_rows(&sums);
        let [weight, bias, x_bias] = [0, 1, 2].map(|part| self.part(&sums, part));
        NormGradients {
            x: dx,
            residual: dresidual,
            weight,
            bias,
            x_bias,
        }
    }

    /// dropout(norm(word + position + segment)), bf16 `[t, h]`, and the rows' mean and 1 / deviation, `[t, 2]`.
    pub fn embeddings(
        &self,
        embeddings: Embeddings<'_>,
        bias: &Tensor,
        eps: f64,
        site: Site,
    ) -> (Tensor, Tensor) {
        let rows = embeddings.rows();
        let y = Tensor::empty(
            [rows as i64, self.width as i64],
            (Kind::BFloat16, bias.device()),
        );
        let statistics = self.statistics(&y);
        let [word, position, segment, ids] = self.lookups(embeddings);
        let arguments = [
            word,
            position,
            segment,
            ids,
            numbers(embeddings.weight, self.width),
            numbers(bias, self.width),
            hidden(&y, rows, self.width),
            numbers(&statistics, 2 * rows),
            Argument::Int(rows as i32),
            Argument::Float(eps as f32),
            Argument::Site(site),
        ];
        self.by_row(self.embeddings, &arguments);
        (y, statistics)
    }

    /// The backward pass of [`Self::embeddings`]: gradients of each row's sum, f32 `[t, h]`, and of weight and bias, `[h]`.
    pub fn embeddings_backward(
        &self,
        gradient: &Tensor,
        embeddings: Embeddings<'_>,
        statistics: &Tensor,
        site: Site,
    ) -> [Tensor; 3] {
        let rows = embeddings.rows();
        let function = self.embeddings_backward;
        let [word, position, segment, ids] = self.lookups(embeddings);
        let dsum = floats(&[rows, self.width], gradient);
        let sums = floats(&[function.n_blocks as usize, 2 * self.width], gradient);
        let arguments = [
            hidden(gradient, rows, self.width),
            word,
            position,
            segment,
            ids,
            numbers(embeddings.weight, self.width),
            numbers(statistics, 2 * rows),
            numbers(&dsum, rows * self.width),
            numbers(&sums, function.n_blocks as usize * 2 * self.width),
            Argument::Int(rows as i32),
            Argument::Site(site),
        ];
        self.by_row(function, &arguments);
        let sums = self.sum_rows(&sums);
        [dsum, self.part(&sums, 0), self.part(&sums, 1)]
    }

    /// GELU, number by number, bf16; their number is a multiple of 8.
    pub fn gelu(&self, x: &Tensor) -> Tensor {
        let (y, n) = (x.empty_like(), x.numel());
        assert!(n.is_multiple_of(8), "{n} numbers, expected a multiple of 8");
        let arguments = [hidden(x, n, 1), hidden(&y, n, 1), Argument::Long(n as u64)];
        let blocks = [n.div_ceil(8 * 256), 1];
        self.program.launch(self.gelu, blocks, &arguments);
        y
    }

    /// The backward pass of [`Self::gelu`] on `[t, i]`, in the gradient's memory, and the sum of its rows, `[i]`.
    pub fn gelu_backward(&self, gradient: Tensor, x: &Tensor) -> (Tensor, Tensor) {
        let (rows, width) = sizes(x);
        assert!(
            width.is_multiple_of(8),
            "a width of {width}, expected a multiple of 8"
        );
        let sums = self.by_tile(self.gelu_backward, (rows, width), x, |sums| {
            vec![
                hidden(&gradient, rows, width),
                hidden(x, rows, width),
                sums,
                Argument::Int(rows as i32),
                Argument::Int(width as i32),
            ]
        });
        (gradient, sums)
    }

    /// Three matrices, bf16 `[t, h]` each, side by side, `[t, 3h]`, and the sum of its rows, `[3h]`.
    pub fn side_by_side(&self, parts: [&Tensor; 3]) -> (Tensor, Tensor) {
        let (rows, width) = (self.rows(parts[0]), self.width);
        let all = Tensor::empty(
            [rows as i64, 3 * width as i64],
            (Kind::BFloat16, parts[0].device()),
        );
        let sums = self.by_tile(self.side_by_side, (rows, 3 * width), parts[0], |sums| {
            let mut arguments = parts.map(|part| hidden(part, rows, width)).to_vec();
            arguments.extend([
                hidden(&all, rows, 3 * width),
                sums,
                Argument::Int(rows as i32),
                Argument::Int(width as i32),
            ]);
            arguments
        });
        (all, sums)
    }

    /// The sum of a matrix's rows, bf16 `[m, n]` to f32 `[n]`.
    pub fn column_sums(&self, x: &Tensor) -> Tensor {
        let (rows, width) = sizes(x);
        self.by_tile(self.column_sums, (rows, width), x, |sums| {
            vec![
                hidden(x, rows, width),
                sums,
                Argument::Int(rows as i32),
                Argument::Int(width as i32),
            ]
        })
    }

    /// Cross-entropies of logits to which a bias is still to be added, in nats, `[m]`, and, in the logits' memory, bf16
    /// `[m, v]`, the gradients of `scale` times each.
    ///
    /// `labels` are i32 `[m]`, each below v.
    pub fn cross_entropy(
        &self,
        logits: Tensor,
        bias: &Tensor,
        labels: &Tensor,
        scale: f64,
    ) -> (Tensor, Tensor) {
        let (rows, width) = sizes(&logits);
        let losses = floats(&[rows], &logits);
        let arguments = [
            hidden(&logits, rows, width),
            numbers(bias, width),
            integers(labels, rows),
            numbers(&losses, rows),
            Argument::Int(width as i32),
            Argument::Float(scale as f32),
        ];
        self.program
            .launch(self.cross_entropy, [rows, 1], &arguments);
        (losses, logits)
    }

    fn rows(&self, x: &Tensor) -> usize {
        let (rows, width) = sizes(x);
        assert_eq!(width, self.width, "hidden states of the kernels' width");
        rows
    }

    fn statistics(&self, x: &Tensor) -> Tensor {
        floats(&[self.rows(x), 2], x)
    }

    fn lookups(&self, embeddings: Embeddings<'_>) -> [Argument; 4] {
        let [word, position, segment] = embeddings
            .tables
            .map(|table| numbers(table, sizes(table).0 * self.width));
        [
            word,
            position,
            segment,
            integers(embeddings.ids, 3 * embeddings.rows()),
        ]
    }

    /// One part of sums side by side; no two have a number in common.
    fn part(&self, sums: &Tensor, number: usize) -> Tensor {
        let width = self.width as i64;
        sums.narrow(0, number as i64 * width, width)
    }

    fn by_row(&self, function: Function, arguments: &[Argument]) {
        self.program
            .launch(function, [function.n_blocks as usize, 1], arguments);
    }

    /// A kernel that goes over tiles of a matrix and gives sums of its columns; `arguments` puts those sums in their place.
    fn by_tile(
        &self,
        function: Function,
        (rows, width): (usize, usize),
        like: &Tensor,
        arguments: impl FnOnce(Argument) -> Vec<Argument>,
    ) -> Tensor {
        let tiles = width.div_ceil(TILE[0]);
        let groups = (function.n_blocks as usize / tiles).clamp(1, rows.div_ceil(TILE[1]).max(1));
        let sums = floats(&[groups, width], like);
        let arguments = arguments(numbers(&sums, groups * width));
        self.program.launch(function, [tiles, groups], &arguments);
        self.sum_rows(&sums)
    }

    /// `[rows, width]` to `[width]`, f32.
    fn sum_rows(&self, x: &Tensor) -> Tensor {
        let (rows, width) = sizes(x);
        let sum = floats(&[width], x);
        let arguments = [
            numbers(x, rows * width),
            numbers(&sum, width),
            Argument::Int(rows as i32),
            Argument::Int(width as i32),
        ];
        self.program
            .launch(self.sum_rows, [width.div_ceil(32), 1], &arguments);
        sum
    }
}

impl Drops<'_> {
    fn rows(&self, n: usize) -> Argument {
        self.rows
            .map_or(Argument::Address(0), |rows| integers(rows, n))
    }
}

impl Embeddings<'_> {
    fn rows(&self) -> usize {
        sizes(self.ids).1
    }
}

impl std::fmt::Debug for Kernels {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Kernels of width {}", self.width)
    }
}

fn sizes(x: &Tensor) -> (usize, usize) {
    let (rows, width) = x.size2().expect("a matrix");
    (rows as usize, width as usize)
}

fn floats(shape: &[usize], like: &Tensor) -> Tensor {
    let shape: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
    Tensor::empty(shape, (Kind::Float, like.device()))
}

fn hidden(x: &Tensor, rows: usize, width: usize) -> Argument {
    address(x, Kind::BFloat16, rows * width)
}

fn numbers(x: &Tensor, n: usize) -> Argument {
    address(x, Kind::Float, n)
}

fn integers(x: &Tensor, n: usize) -> Argument {
    address(x, Kind::Int, n)
}

/// Where a tensor lies, which a kernel takes on trust: so its type, its size and where it is are looked at here.
fn address(x: &Tensor, kind: Kind, n: usize) -> Argument {
    assert!(
        x.kind() == kind && x.numel() == n && x.is_contiguous() && x.device().is_cuda(),
        "{n} numbers of {kind:?}, flat and on a GPU, not {:?} {:?} on {:?}",
        x.size(),
        x.kind(),
        x.device()
    );
    let address = x.data_ptr() as u64;
    assert!(
        address.is_multiple_of(16),
        "numbers are read 16 bytes at a time"
    );
    Argument::Address(address)
}
