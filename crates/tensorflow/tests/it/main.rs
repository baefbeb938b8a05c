//! Tests of the crate through its public functions.

mod checkpoints;
mod damage;
mod reference;
mod small;
