//! The shapes that are measured.

use std::process::Command;

use super::Options;

/// A shape: what one row of the table is about.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) size: &'static str,
    pub(super) length: usize,
    pub(super) n_examples: usize,
    pub(super) precision: &'static str,
}

impl Shape {
    pub(super) fn name(&self) -> String {
        format!(
            "{} {}x{} {}",
            self.size, self.n_examples, self.length, self.precision
        )
    }
}

/// Layers, hidden width and heads of each size; the bench programs have the same.
const SIZES: [(&str, [usize; 2]); 3] = [
    ("mini", [4, 256]),
    ("base", [12, 768]),
    ("large", [24, 1024]),
];
const N_PIECES: f64 = 21_128.0;
/// Of 100 pieces, so many are masked.
const MASKED: usize = 15;

impl Shape {
    /// The shape of a row's name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let [size, examples, precision] = name.split(' ').collect::<Vec<_>>()[..] else {
            return None;
        };
        let (n_examples, length) = examples.split_once('x')?;
        Some(Self {
            size: SIZES.iter().find(|(name, _)| *name == size)?.0,
            length: length.parse().ok()?,
            n_examples: n_examples.parse().ok()?,
            precision: ["f32", "bf16"]
                .into_iter()
                .find(|name| *name == precision)?,
        })
    }

    /// Of 100 positions at the full length, so many have no piece: what shards of news have (22 at 128, 35 at 512).
    pub(super) fn padding(&self) -> usize {
        if self.length > 256 { 35 } else { 22 }
    }

    pub(super) fn n_tokens(&self) -> f64 {
        (self.n_examples * self.length) as f64
    }

    /// Floating point operations of the model's own, as `timing.jsonl` counts them (`trainer::flops`).
    pub(super) fn flops(&self) -> f64 {
        let sizes = SIZES.iter().find(|(name, _)| *name == self.size);
        let [layers, h] = sizes.map_or([0.0; 2], |(_, sizes)| sizes.map(|n| n as f64));
        let n_masked = (self.n_examples * (self.length * MASKED / 100)) as f64;
        let layer = self.n_tokens() * (24.0 * h * h + 4.0 * self.length as f64 * h);
        let head = n_masked * (2.0 * h * h + 2.0 * h * N_PIECES);
        3.0 * (layers * layer + head + self.n_examples as f64 * 2.0 * h * h)
    }
}

pub(super) fn shapes(options: &Options) -> Vec<Shape> {
    let sizes: &[&str] = match (options.gpu, options.quick) {
        (true, _) => &["base", "large"],
        (false, true) => &["mini"],
        (false, false) => &["mini", "base"],
    };
    let part = if options.gpu && has_large_memory() {
        1
    } else {
        2
    };
    let lengths = |size| match (options.gpu, size) {
        // All of a row are on the GPU at a time.
        (true, "large") => [(512, 64 / part), (128, 256 / part)],
        (true, _) => [(512, 128 / part), (128, 512 / part)],
        _ => [(128, 8), (512, 2)],
    };
    let precisions: &[&str] = if options.gpu {
        &["bf16"]
    } else if has_bf16() && !options.without_libtorch {
        &["f32", "bf16"]
    } else {
        &["f32"]
    };
    let mut shapes = Vec::new();
    for precision in precisions {
        for size in sizes {
            for (length, n_examples) in lengths(*size) {
                shapes.push(Shape {
                    size,
                    length,
                    n_examples,
                    precision,
                });
            }
        }
    }
    shapes
}

/// Whether the CPU multiplies bf16 itself.
fn has_bf16() -> bool {
    std::fs::read_to_string("/proc/cpuinfo").is_ok_and(|info| info.contains("avx512_bf16"))
}

/// Whether the first GPU has more than 120 GB.
fn has_large_memory() -> bool {
    let query = ["--query-gpu=memory.total", "--format=csv,noheader,nounits"];
    let output = Command::new("nvidia-smi").args(query).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let first = text
        .ok()
        .and_then(|text| text.lines().next()?.trim().parse().ok());
    first.is_some_and(|mebibytes: u64| mebibytes > 115_000)
}
