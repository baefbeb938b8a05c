//! Numbered documents, and preparations of them.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use fixtures::Preparation;
use segment::{SegmentOptions, Segmenter, Vocabulary};

/// Cuts [`text`] into words by jieba.
static SEGMENTER: LazyLock<Segmenter> =
    LazyLock::new(|| Segmenter::new(&vocabulary(), &SegmentOptions::default()).unwrap());

/// 200 documents of five sentences, no two alike, and one of a single sentence.
pub(crate) fn text() -> String {
    let document = |n: usize| {
        format!(
            "第{n}篇文章。今天天气很好！我们去公园，看见{n}只鸟。后来下雨了。\n大家都回家。\n\n"
        )
    };
    (0..200).map(document).collect::<String>() + "只有一句。\n\n"
}

/// The vocabulary of [`text`].
pub(crate) fn vocabulary() -> Arc<Vocabulary> {
    Arc::new(fixtures::vocabulary_of([text().as_str()]))
}

/// Writes a text into a folder.
pub(crate) fn write_text(home: &Path, text: &str) {
    std::fs::write(home.join("a.txt"), text).unwrap();
}

/// Writes a text into a folder and returns a preparation of it.
pub(crate) fn preparation_of(home: &Path, text: &str) -> Preparation {
    write_text(home, text);
    preparation_in(home)
}

/// A preparation of the text that is already in a folder.
pub(crate) fn preparation_in(home: &Path) -> Preparation {
    Preparation::new(home, &SEGMENTER)
}

/// The names of files beside the shards and the text.
pub(crate) fn leftovers(home: &Path) -> Vec<String> {
    let names = fixtures::names(home).into_iter();
    names
        .filter(|name| name != "shards" && name != "a.txt")
        .collect()
}
