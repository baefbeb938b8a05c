//! The contestants of a row: the programs that are measured, and how each is started.

use std::path::Path;
use std::process::Command;

use super::options::Options;
use super::programs::Programs;
use super::shape::Shape;
use crate::shell;

/// PyTorch's side.
const PEER: &str = "benches/peers/train.py";

/// A program that takes part, and has not started yet.
pub(super) struct Contestant {
    pub(super) name: &'static str,
    pub(super) command: Command,
}

/// The contestants of a row, in groups. All of a group are in memory at the same time, and take turns.
pub(super) fn groups(options: &Options, programs: &Programs, shape: Shape) -> Vec<Vec<Contestant>> {
    let row = Row {
        options,
        programs,
        shape,
    };
    let mut all = row.flex();
    all.extend(row.libtorch());
    all.push(row.peer("PyTorch", "eager", 0));
    all.extend(if options.gpu {
        row.other_peers_on_gpu()
    } else {
        row.padded_on_cpu()
    });
    let mut groups = vec![all];
    groups.extend(row.burn_cuda().map(|alone| vec![alone]));
    groups
}

/// The row that contestants are made for.
struct Row<'r> {
    options: &'r Options,
    programs: &'r Programs,
    shape: Shape,
}

/// How a bench program of this project computes.
#[derive(Clone, Copy)]
struct Way {
    device: &'static str,
    /// `plain`, burn's operations; or `native`, the device's own.
    bodies: &'static str,
    precision: &'static str,
    /// How many of 100 positions have no piece.
    padding: usize,
}

impl Row<'_> {
    /// The pure-Rust device, which computes in f32 only.
    fn flex(&self) -> Vec<Contestant> {
        let (Some(program), "f32") = (&self.programs.flex, self.shape.precision) else {
            return Vec::new();
        };
        vec![
            self.own("flex plain", program, self.way("flex", "plain")),
            self.own("flex", program, self.way("flex", "native")),
        ]
    }

    fn libtorch(&self) -> Vec<Contestant> {
        let mut all = Vec::new();
        let device = self.options.libtorch_device();
        if let Some(program) = &self.programs.libtorch {
            if self.shape.precision == "f32" {
                all.push(self.own("tch plain", program, self.way(device, "plain")));
            }
            all.push(self.own("tch", program, self.way(device, "native")));
        }
        all
    }

    fn other_peers_on_gpu(&self) -> Vec<Contestant> {
        let mut all = Vec::new();
        // Hugging Face computes logits everywhere. For the large model, that leaves too little of the GPU's memory to the others.
        if self.shape.size != "large" {
            all.push(self.peer("Hugging Face", "hf", 0));
        }
        all.push(self.peer("torch.compile", "compile", 0));
        all
    }

    /// Examples of unequal length, as they are in training. Hugging Face's collator pads them to the longest.
    fn padded_on_cpu(&self) -> Vec<Contestant> {
        let padding = self.shape.padding();
        let unequal = |name, program, device| {
            let way = Way {
                padding,
                ..self.way(device, "native")
            };
            self.own(name, program, way)
        };
        let mut all = Vec::new();
        if let Some(program) = &self.programs.libtorch {
            let device = self.options.libtorch_device();
            all.push(unequal("tch, unequal", program, device));
        } else if let Some(program) = &self.programs.flex {
            all.push(unequal("flex, unequal", program, "flex"));
        }
        all.push(self.peer("Hugging Face, padded", "hf", padding));
        all
    }

    /// burn's own CUDA device, which has no operations of its own here, and so no bf16.
    fn burn_cuda(&self) -> Option<Contestant> {
        let program = self.options.burn_cuda.as_ref()?;
        let way = Way {
            precision: "f32",
            ..self.way("cuda:0", "plain")
        };
        (self.shape.size == "base").then(|| self.own("burn cuda", program, way))
    }

    fn way(&self, device: &'static str, bodies: &'static str) -> Way {
        Way {
            device,
            bodies,
            precision: self.shape.precision,
            padding: 0,
        }
    }

    fn own(&self, name: &'static str, program: &Path, way: Way) -> Contestant {
        let mut command = Command::new(program);
        command.args([way.device, way.bodies, self.shape.size]);
        command.args([self.shape.length, self.shape.n_examples].map(|n| n.to_string()));
        command.arg(way.precision).arg(way.padding.to_string());
        self.contestant(name, command)
    }

    fn peer(&self, name: &'static str, way: &str, padding: usize) -> Contestant {
        let device = if self.options.gpu { "cuda" } else { "cpu" };
        let mut command = Command::new(&self.options.python);
        command.arg(shell::root().join(PEER)).arg(way);
        command.args([device, self.shape.precision, self.shape.size]);
        command.args([self.shape.length, self.shape.n_examples].map(|n| n.to_string()));
        command.arg(padding.to_string());
        self.contestant(name, command)
    }

    fn contestant(&self, name: &'static str, mut command: Command) -> Contestant {
        let threads = self.options.threads.to_string();
        command
            .env("RAYON_NUM_THREADS", &threads)
            .env("OMP_NUM_THREADS", &threads);
        if let Some(folder) = &self.programs.libtorch_folder {
            command.env("LD_LIBRARY_PATH", folder.join("lib"));
        }
        Contestant { name, command }
    }
}
