//! Sentences to examples; border, order and next-sentence pairs drawn from a key.
//!
//! Section numbers such as §3.1 are those of `docs/method.md`.
//!
//! ```
//! use rand::RngExt as _;
//! use sop::{Purpose, generator};
//!
//! // The same seed, purpose, epoch and key give the same draws, wherever and whenever.
//! let draw = |epoch| generator(1, Purpose::Border, epoch, 42).random_range(0..1_000_000);
//! assert_eq!(draw(3), draw(3));
//! assert_ne!(draw(3), draw(4));
//! ```

mod example;
mod examples;
mod generator;
mod key;
mod next_sentence;
mod order;
mod pair;
mod runs;

pub use example::{Example, ExampleError, ExampleSource};
pub use examples::{ExampleDrops, ExampleOptions, N_SPECIALS, examples};
pub use generator::{Generator, Purpose, generator};
pub use key::{DocumentKey, ExampleKey};
pub use order::{Text, draw_border, draw_swap};
pub use pair::{Pair, PairDraw, PairObjective, draw_pair};
