//! Text that another segmenter has cut: if it is cut into jieba's words, the result is that of the uncut text.

use segment::{SegmentOptions, Segmenter, sentence_spans};

use crate::small_vocabulary::{segmenter, units, vocabulary};

#[test]
fn text_cut_by_jieba_gives_the_sentences_units_and_pieces_of_the_uncut_text() {
    let jieba = segmenter();
    let options = SegmentOptions {
        is_cut: true,
        ..SegmentOptions::default()
    };
    let white_space = Segmenter::new(&vocabulary(), &options).unwrap();
    let folder = fixtures::project().join("corpora");
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
            assert_eq!(units(&cut, &found), units(document, &expect));
        }
    }
}
