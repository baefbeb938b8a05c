//! Any text is cut into jieba-rs's own words, by its dictionary and with a user's on top, with and without its model.
#![no_main]

use std::io::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use segment::WordSegmenter;

const WORDS: &str = "语言模型 20000\n北京大学 0\n深度 学习 9\na.b 7\n𠀀𠀁 3\n";

static SEGMENTERS: LazyLock<Vec<WordSegmenter>> = LazyLock::new(|| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(WORDS.as_bytes()).expect("room on disk");
    let dictionaries: [Option<&Path>; 2] = [None, Some(file.path())];
    let all = dictionaries.into_iter().flat_map(|dictionary| {
        [true, false].map(|hmm| WordSegmenter::new(hmm, dictionary).expect("a dictionary"))
    });
    all.collect()
});

fuzz_target!(|text: &str| {
    for segmenter in SEGMENTERS.iter() {
        assert_eq!(segmenter.words(text), segmenter.reference_words(text));
    }
});
