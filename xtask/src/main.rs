//! Jobs of the project itself.

fn main() {}
