//! Sentences to examples; boundary, order and next-sentence pairs drawn from a key.
//!
//! Section numbers such as §3.1 are those of `docs/method.md`.
//!
//! ```
//! use sop::{DocumentKey, ExampleKey};
//!
//! // An example's key follows from its document's and its number there.
//! let document = DocumentKey::new("news.txt", 0);
//! assert_eq!(ExampleKey::new(document, 0), ExampleKey::new(document, 0));
//! assert_ne!(ExampleKey::new(document, 0), ExampleKey::new(document, 1));
//! ```

mod example;
mod examples;
mod key;
mod next_sentence;
mod order;
mod pair;
mod runs;

pub use example::{Example, ExampleError, ExampleSource};
pub use examples::{ExampleDrops, ExampleOptions, N_SPECIALS, examples};
pub use key::{DocumentKey, ExampleKey};
pub use order::{Text, draw_boundary, draw_swap};
pub use pair::{Pair, PairDraw, PairObjective, draw_pair};
