//! The fast path for pieces and the `tokenizers` crate agree on any text, ids and offsets.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use segment::{PieceTokenizer, Vocabulary};

static TOKENIZERS: LazyLock<[PieceTokenizer; 2]> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/segment/tests/data/vocab.txt");
    let vocabulary = Vocabulary::read(&path).expect("the tests' vocabulary");
    [true, false].map(|lower_case| PieceTokenizer::new(&vocabulary, lower_case))
});

fuzz_target!(|text: &str| {
    for tokenizer in TOKENIZERS.iter() {
        assert_eq!(tokenizer.pieces(text), tokenizer.reference_pieces(text));
    }
});
