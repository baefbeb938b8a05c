//! Text to sentences, words, pieces and units: the method's corner cases, laws of any text, and equality with jieba-rs,
//! `tokenizers` and transformers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod corner_cases;
mod cut;
mod laws;
mod parity;
mod reference;
mod small_vocabulary;
mod words;
