//! An example as one epoch shows it.

use masking::Masked;
use sop::{ExampleKey, Pair};

/// An example with everything drawn: boundary, order and masks.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The example's key.
    pub key: ExampleKey,
    /// The two texts as one input, `[CLS] A [SEP] B [SEP]`, before masking.
    pub pair: Pair,
    /// The input after masking, with the labels.
    pub masked: Masked,
}
