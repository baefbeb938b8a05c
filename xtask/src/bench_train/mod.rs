//! `cargo xtask bench train`: a step of training beside PyTorch's, on the same shapes, in turns.
//!
//! Each contestant is a program that keeps running. It prints `ready`, and runs as many steps as it is asked for. All
//! contestants of a row take turns in every round, so that other load on the machine meets them alike.

mod contestant;
pub(crate) mod options;
mod programs;
mod shape;
mod table;
mod waiting;

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

use contestant::{Contestant, groups};
use options::Options;
use programs::Programs;
use shape::{Shape, shapes};
use table::{WORK, read_table, say_table, write_table};
use waiting::{StepWork, Waiting};

use crate::shell;

/// Steps before the first round.
const N_FIRST: usize = 3;

/// Measures row by row, and prints the table.
pub(crate) fn train(options: &Options) -> Result<()> {
    ensure!(
        options.rounds >= 7,
        "--rounds: at least 7, because fewer give no interval to trust"
    );
    let path = shell::root().join(&options.table);
    let mut table = read_table(&path)?;
    let programs = Programs::build(options)?;
    for shape in shapes(options) {
        if table.get(shape.name()).is_some() {
            shell::say(&format!("{}: measured before", shape.name()));
            continue;
        }
        shell::say(&shape.name());
        table[shape.name()] = measure(options, &programs, shape)?;
        write_table(&path, &table)?;
    }
    say_table(&table, options.gpu.then_some(options.peak_tflops));
    Ok(())
}

/// The measurements of a row.
#[derive(Default)]
struct Row {
    times: Vec<Times>,
    work: Option<StepWork>,
}

/// The median step of each round of a contestant, in seconds.
struct Times {
    name: &'static str,
    seconds: Vec<f64>,
}

fn measure(options: &Options, programs: &Programs, shape: Shape) -> Result<Value> {
    let n_steps = n_steps(options, shape);
    let mut row = Row::default();
    for group in groups(options, programs, shape) {
        row.measure(group, options.rounds, n_steps)?;
    }
    Ok(row.into_json())
}

/// Steps of a contestant's turn.
fn n_steps(options: &Options, shape: Shape) -> usize {
    match (options.gpu, shape.size) {
        (true, _) => 10,
        (false, "mini") if options.quick => 3,
        (false, "mini") => 7,
        // A step takes seconds.
        (false, _) => 1,
    }
}

impl Row {
    /// Measures a group, whose contestants take turns.
    fn measure(&mut self, group: Vec<Contestant>, n_rounds: usize, n_steps: usize) -> Result<()> {
        let waiting = group.into_iter().map(Waiting::start);
        let mut waiting = waiting.collect::<Result<Vec<_>>>()?;
        let first = self.times.len();
        // The first steps allocate, compile and choose kernels. All contestants run them at the same time.
        for contestant in &mut waiting {
            contestant.ask(N_FIRST)?;
        }
        for contestant in &mut waiting {
            contestant.answer(N_FIRST)?;
            self.work = self.work.or(contestant.work);
            self.times.push(Times {
                name: contestant.name,
                seconds: Vec::new(),
            });
        }
        for round in 1..=n_rounds {
            let mut line = format!("  round {round}:");
            for (contestant, times) in waiting.iter_mut().zip(&mut self.times[first..]) {
                contestant.ask(n_steps)?;
                let seconds = contestant.answer(n_steps)?;
                let _ = write!(line, "  {} {:.0} ms", times.name, seconds * 1e3);
                times.seconds.push(seconds);
            }
            shell::say(&line);
        }
        Ok(())
    }

    fn into_json(self) -> Value {
        let times = self.times.into_iter();
        let times = times.map(|times| (times.name.to_owned(), json!(times.seconds)));
        let mut row: Map<String, Value> = times.collect();
        if let Some(StepWork { tokens, flops }) = self.work {
            row.insert(WORK.to_owned(), json!({"tokens": tokens, "flops": flops}));
        }
        Value::Object(row)
    }
}
