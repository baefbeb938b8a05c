//! A file of vectors is refused, or gives words with vectors of length 1, each word once; in the format it looks like, and in
//! one that the first byte picks.
#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use synonym::{VectorFormat, read_vectors};

fuzz_target!(|bytes: &[u8]| {
    let Some((picked, bytes)) = bytes.split_first() else {
        return;
    };
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("written");
    let looks = VectorFormat::of(file.path());
    for format in looks
        .into_iter()
        .chain([VectorFormat::ALL[*picked as usize % VectorFormat::ALL.len()]])
    {
        let Ok((vectors, report)) = read_vectors(file.path(), format, None) else {
            continue;
        };
        assert_eq!(report.n_words, vectors.words().len());
        assert_eq!(
            vectors.words().iter().collect::<HashSet<_>>().len(),
            report.n_words
        );
        for word in 0..report.n_words {
            assert!((vectors.cosine(word, word) - 1.0).abs() < 1e-3);
        }
    }
});
