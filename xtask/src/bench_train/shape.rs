//! Chooses the shapes that are measured.

use std::process::Command;

use super::options::Options;

/// The size of model and batch that one row of the table is about.
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

    /// How many of 100 positions have no piece, as in shards of news: 22 at length 128, 35 at length 512.
    pub(super) fn padding(&self) -> usize {
        if self.length > 256 { 35 } else { 22 }
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
        // All contestants of a row share the GPU's memory.
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

/// Whether the CPU has instructions that multiply in bf16.
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
