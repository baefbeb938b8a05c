//! Masks examples: decides which units are masked, and what replaces them.
//!
//! MacBERT masks whole words and runs of words, and replaces most of them with similar words instead of `[MASK]`. The
//! steps, in the order in which [`Masker::mask`] takes them:
//!
//! 1. [`budget`] says how many pieces of an example are masked.
//! 2. [`walk`] cuts each text into n-grams of units ([`Ngram`]).
//! 3. A [`Kind`] is drawn for each slot (the i-th unit to be masked): similar word, random word, `[MASK]`, or kept.
//! 4. [`select`] takes n-grams in random order until the budget is used ([`Selection`], [`NgramTaken`]). The selection
//!    depends on the kinds, because the number of fallbacks is capped.
//! 5. Each selected unit is replaced as its kind says. The result is [`Masked`]: input ids, positions, labels.
//!
//! [`MaskingOptions`] is the `[masking]` section of a config. It names a preset ([`ObjectiveName`]) and resolves to an
//! [`Objective`], which a [`Masker`] applies with a vocabulary and a table of similar words. [`Audit`] compares the masks
//! of many examples with the rules of the method. [`WithoutContext`] measures how many replaced words a classifier detects
//! from the word alone, without its context ([`Detection`]).
//!
//! Section numbers such as §2.3, and tags of sources such as \[M\], are those of `docs/method.md`.
//!
//! ```
//! use std::sync::Arc;
//!
//! use masking::{Kind, Masker, MaskingOptions, ObjectiveName};
//! use rand::SeedableRng as _;
//! use segment::{UnitSpan, Vocabulary};
//!
//! let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "天", "气", "很", "好", "。"];
//! let vocabulary = Arc::new(Vocabulary::from_pieces(pieces.map(String::from).to_vec())?);
//! let objective = MaskingOptions::preset(ObjectiveName::Wwm).resolve()?;
//! let masker = Masker::new(objective, Arc::clone(&vocabulary), None)?;
//!
//! // [CLS] 天气 很 [SEP] 好 。 [SEP], with two units in each text.
//! let ids: Vec<_> = ["[CLS]", "天", "气", "很", "[SEP]", "好", "。", "[SEP]"]
//!     .map(|piece| vocabulary.id(piece).expect("in the vocabulary"))
//!     .to_vec();
//! let units = [(1, 2), (3, 1), (5, 1), (6, 1)].map(|(start, n_pieces)| UnitSpan { start, n_pieces });
//! let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
//! let masked = masker.mask(&ids, &units, 2, &mut rng);
//!
//! assert_eq!(masked.budget, 1); // 15 % of 8 pieces
//! let position = masked.positions[0] as usize;
//! assert_eq!(masked.labels, [ids[position]]);
//! assert!([Kind::Mask, Kind::Random, Kind::Kept].contains(&masked.kinds[0]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod audit;
mod budget;
mod mask;
mod objective;
mod replace;
mod select;
mod walk;
mod without_context;

pub use audit::{Audit, AuditLine, AuditUnit, Expected};
pub use budget::{budget, fallback_cap, most_masked};
pub use mask::{Masked, Masker, MaskerError};
pub use objective::{MaskUnit, MaskingOptions, Objective, ObjectiveError, ObjectiveName};
pub use replace::Kind;
pub use select::{NgramTaken, Selection, select};
pub use walk::{Ngram, walk};
pub use without_context::{Detection, WithoutContext};
