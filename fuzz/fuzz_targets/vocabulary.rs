//! A `vocab.txt` is refused, or written back as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segment::Vocabulary;

fuzz_target!(|text: &str| {
    let Ok(vocabulary) = Vocabulary::parse(text) else {
        return;
    };
    for id in vocabulary.ids() {
        assert_eq!(vocabulary.id(vocabulary.piece(id)), Some(id));
    }
    let again = Vocabulary::parse(&vocabulary.to_text()).expect("what was written is read");
    assert_eq!(again.sha256(), vocabulary.sha256());
});
