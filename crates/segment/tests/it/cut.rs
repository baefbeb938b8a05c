//! Text that is cut already: cut by our own words, it becomes what the uncut text becomes.

use std::path::Path;

use segment::{SegmentOptions, Segmenter, sentence_spans};

#[test]
fn text_cut_by_jieba_has_the_sentences_units_and_pieces_of_the_text() {
    let jieba = crate::small::segmenter();
    let options = SegmentOptions {
        is_cut: true,
        ..SegmentOptions::default()
    };
    let white_space = Segmenter::new(&crate::small::vocabulary(), &options).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora");
    for name in ["daily_life.txt", "stories.txt", "science.txt"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        for document in text.split("\n\n") {
            let mut cut = String::new();
            for sentence in sentence_spans(document) {
                let words = jieba.words(sentence.of(document));
                let words: Vec<&str> = words.iter().map(|word| word.text).collect();
                cut += &words.join(" ");
                cut += " ";
            }
            let (expect, found) = (jieba.segment(document), white_space.segment(&cut));
            assert_eq!(found.pieces, expect.pieces, "{document}");
            assert_eq!(found.unit_ends, expect.unit_ends, "{document}");
            assert_eq!(found.sentences.len(), expect.sentences.len(), "{cut}");
            assert_eq!(
                crate::small::units(&cut, &found),
                crate::small::units(document, &expect)
            );
        }
    }
}
