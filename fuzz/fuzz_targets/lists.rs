//! Lists of similar words, opposites, judgements, counts and a thesaurus are refused with their line, or read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use synonym::{Antonyms, Frequencies, Thesaurus, read_human, read_list};

fuzz_target!(|bytes: &[u8]| {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("written");
    let path = file.path();
    for entry in read_list(path).into_iter().flatten() {
        assert!(entry.score.is_finite() && entry.weight > 0.0);
    }
    let pairs = Antonyms::read(path).unwrap_or_default();
    for (a, b) in pairs.clone() {
        assert!(Antonyms::new(pairs.clone(), true).are_opposite(&b, &a));
    }
    for pair in read_human(path).into_iter().flatten() {
        assert!(pair.similarity.is_finite());
    }
    let _ = Frequencies::read(path);
    for entry in Thesaurus::read(path)
        .into_iter()
        .flat_map(|thesaurus| thesaurus.entries(1.0))
    {
        assert_ne!(entry.word, entry.similar);
    }
});
