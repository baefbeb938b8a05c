//! Reads a checkpoint and writes it again: `round_trip FROM TO`. `tests/python/round_trip.py` runs it.

use std::env;
use std::path::Path;

use burn::tensor::Device;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else {
        return Err("usage: round_trip FROM TO".into());
    };
    let loaded = model::load(Path::new(from), &Device::default(), 1)?;
    model::save(&loaded.model, Path::new(to))?;
    Ok(())
}
