//! The text that the measurements use, and its vocabulary.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use corpus::{Corpus, CorpusOptions, Document};
use segment::{Vocabulary, VocabularyBuildOptions, VocabularyBuilder};

/// Writes the documents of files and folders into one plain text file, repeatedly until it has `at_least` bytes.
pub(crate) fn write_text(out: &Path, at_least: u64, paths: &[&str]) -> u64 {
    let options = CorpusOptions {
        paths: paths.iter().map(ToString::to_string).collect(),
        ..CorpusOptions::of("")
    };
    let here = std::env::current_dir().expect("a current folder");
    let corpus = Corpus::open(&here, &options).expect("files of text");
    let mut file = BufWriter::new(File::create(out).expect("a file to write"));
    let mut n_bytes = 0;
    while n_bytes == 0 || n_bytes < at_least {
        for source in corpus.files() {
            for document in source.documents().expect("a readable file") {
                let text = document.expect("a readable document").text;
                let text = text.trim_end();
                file.write_all(text.as_bytes()).expect("room on disk");
                file.write_all(b"\n\n").expect("room on disk");
                n_bytes += text.len() as u64 + 2;
            }
        }
    }
    file.flush().expect("room on disk");
    n_bytes
}

/// The corpus of one plain text file.
pub(crate) fn corpus(text: &Path) -> Corpus {
    let folder = text.parent().expect("a file in a folder");
    let name = text.file_name().expect("a file").to_string_lossy();
    Corpus::open(folder, &CorpusOptions::of(&name)).expect("the text")
}

/// All documents of a text, in memory.
pub(crate) fn documents(text: &Path) -> Vec<Document> {
    let corpus = corpus(text);
    let documents = corpus.files()[0].documents().expect("the text");
    documents.collect::<Result<_, _>>().expect("the text")
}

/// Reads a `vocab.txt`, or builds a vocabulary from the first documents of the text if the name is `-`.
pub(crate) fn vocabulary(name: &str, text: &Path) -> Arc<Vocabulary> {
    if name != "-" {
        return Arc::new(Vocabulary::read(Path::new(name)).expect("a vocabulary"));
    }
    let mut builder = VocabularyBuilder::new(VocabularyBuildOptions {
        min_character_count: 2,
        min_word_count: 5,
        max_size: 21_128,
        lower_case: true,
    });
    let corpus = corpus(text);
    for document in corpus.files()[0].documents().expect("the text").take(5000) {
        builder.add(&document.expect("the text").text);
    }
    Arc::new(builder.finish().expect("a vocabulary"))
}
