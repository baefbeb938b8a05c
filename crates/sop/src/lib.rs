//! Turns sentences into examples, and draws from each example the pair of texts that the model reads.
//!
//! Shards store examples. Pairs are drawn when an example is read, from a seed, the epoch and the example's key.
//! Section numbers such as §3.1 are those of `docs/method.md`.
//!
//! The types, in the order of the data flow:
//!
//! 1. [`ExampleOptions`]: the `[examples]` section of a config.
//! 2. [`examples()`]: groups the sentences of a document into [`Example`]s. [`ExampleDrops`] counts what was cut or dropped.
//! 3. [`DocumentKey`], [`ExampleKey`]: the keys that seed the random draws of an example.
//! 4. [`PairDraw`]: the objective ([`PairObjective`]), the seed and the epoch of a draw.
//! 5. [`draw_pair`]: draws the [`Pair`] `[CLS] A [SEP] B [SEP]` of an example.
//! 6. [`OrderAudit`]: measures how well order labels can be predicted from lengths and end marks alone.
//!
//! ```
//! use segment::{SegmentOptions, Segmenter, Vocabulary};
//! use sop::{ExampleDrops, ExampleOptions, PairDraw, PairObjective, draw_pair, examples};
//!
//! let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "下", "雨", "了", "走", "吧", "。"];
//! let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec())?.into();
//! let segmenter = Segmenter::new(&vocabulary, &SegmentOptions::default())?;
//! let document = segmenter.segment("下雨了。走吧。");
//!
//! let options = ExampleOptions { max_length: 32, short_share: 0.0 };
//! let mut drops = ExampleDrops::default();
//! let pairs = PairObjective::Sop;
//! let examples = examples(&document, &"a.txt".into(), 0, &options, pairs, 1, &mut drops);
//! assert_eq!(examples[0].pieces().len(), 7);
//!
//! let draw = PairDraw { objective: pairs, seed: 1, epoch: 0 };
//! let pair = draw_pair(&examples[0], &draw, vocabulary.specials(), |_| None);
//! assert_eq!(pair.input_ids.len(), 10); // with [CLS] and two [SEP]
//! assert!(pair.order_label.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod audit;
mod drops;
mod edges;
mod example;
mod examples;
mod key;
mod next_sentence;
mod objective;
mod order;
mod pair;
mod runs;
mod text;

pub use audit::{Clue, OrderAudit, Predicted};
pub use drops::ExampleDrops;
pub use example::{Example, ExampleError, ExampleSource};
pub use examples::{ExampleOptions, N_SPECIALS, examples};
pub use key::{DocumentKey, ExampleKey};
pub use objective::PairObjective;
pub use pair::{Pair, PairDraw, draw_pair};
