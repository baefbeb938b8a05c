//! Any bytes read as plain text give documents that are the exact bytes of the file, or an error: another encoding.
#![no_main]

use corpus::{Corpus, CorpusOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("a.txt"), bytes).expect("written");
    let options = CorpusOptions {
        max_document_bytes: 64,
        ..CorpusOptions::of("a.*")
    };
    let corpus = Corpus::open(folder.path(), &options).expect("the file is there");
    for document in corpus.files()[0].documents().expect("it opens") {
        let Ok(document) = document else { return };
        assert!(document.text.len() <= 64 && !document.text.trim().is_empty());
        assert!(bytes[document.source.record as usize..].starts_with(document.text.as_bytes()));
    }
});
