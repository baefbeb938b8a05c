//! Laws that hold for any text.

use std::sync::LazyLock;

use proptest::prelude::*;
use segment::{Segmented, Segmenter, sentence_spans};

use crate::small_vocabulary::{segmenter, units};

static SEGMENTER: LazyLock<Segmenter> = LazyLock::new(segmenter);

/// Text of any characters, with those that end sentences, words or pieces drawn often.
fn texts() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        6 => prop::sample::select("使用语言模型来预测下一个词的概率大学生物理学北京".chars().collect::<Vec<_>>()),
        4 => prop::sample::select("。！？…；.!?”’」』）》】“，、- \n\r\t\u{3000}".chars().collect::<Vec<_>>()),
        4 => prop::sample::select("abcxyzABC0129+#_%한が①\u{301}\u{200b}\u{200d}\u{feff}\0ß".chars().collect::<Vec<_>>()),
        2 => any::<char>(),
    ];
    prop::collection::vec(character, 0..60).prop_map(|text| text.into_iter().collect())
}

/// Whether a unit ends before the piece at index `right`, by the definition in method §1, with a search of all words.
fn is_boundary(text: &str, segmented: &Segmented, right: usize) -> bool {
    let (left_span, right_span) = (
        segmented.piece_spans[right - 1],
        segmented.piece_spans[right],
    );
    let sentence = segmented
        .sentences
        .iter()
        .find(|s| s.pieces.contains(&(right as u32)))
        .unwrap();
    if sentence.pieces.start == right as u32 {
        return true;
    }
    let words = SEGMENTER.words(sentence.text.of(text));
    let mut ends = words
        .iter()
        .map(|word| sentence.text.start + word.end() as u32);
    left_span.end <= right_span.start
        && !SEGMENTER
            .vocabulary()
            .is_continuation(segmented.pieces[right])
        && ends.any(|end| left_span.end <= end && end <= right_span.start)
}

proptest! {
    #[test]
    fn sentences_lie_in_order_and_hold_every_character_but_white_space(text in texts()) {
        let spans = sentence_spans(&text);
        let mut end = 0;
        for span in &spans {
            prop_assert!(end <= span.start && span.start < span.end);
            prop_assert!(text[end as usize..span.start as usize].trim().is_empty());
            let sentence = span.of(&text);
            prop_assert!(sentence.trim() == sentence && !sentence.contains(['\n', '\r']));
            end = span.end;
        }
        prop_assert!(text[end as usize..].trim().is_empty());
    }

    #[test]
    fn pieces_lie_in_order_within_their_sentence_on_character_boundaries(text in texts()) {
        let segmented = SEGMENTER.segment(&text);
        let mut n_pieces = 0;
        for sentence in &segmented.sentences {
            prop_assert_eq!(sentence.pieces.start, n_pieces);
            prop_assert!(sentence.pieces.start < sentence.pieces.end);
            n_pieces = sentence.pieces.end;
            let mut start = sentence.text.start;
            for span in &segmented.piece_spans[sentence.pieces.start as usize..n_pieces as usize] {
                prop_assert!(start <= span.start && span.start < span.end);
                prop_assert!(span.end <= sentence.text.end);
                prop_assert!(!span.of(&text).is_empty());
                start = span.start;
            }
        }
        prop_assert_eq!(n_pieces as usize, segmented.pieces.len());
        prop_assert_eq!(segmented.piece_spans.len(), segmented.pieces.len());
    }

    #[test]
    fn units_end_exactly_where_a_word_and_a_piece_both_end(text in texts()) {
        let segmented = SEGMENTER.segment(&text);
        let n_pieces = segmented.pieces.len();
        let mut expect: Vec<u32> = (1..n_pieces)
            .filter(|right| is_boundary(&text, &segmented, *right))
            .map(|right| right as u32)
            .collect();
        expect.extend((n_pieces > 0).then_some(n_pieces as u32));
        prop_assert_eq!(&segmented.unit_ends, &expect);
        let mut n_units = 0;
        for sentence in &segmented.sentences {
            prop_assert_eq!(sentence.units.start, n_units);
            n_units = sentence.units.end;
            prop_assert_eq!(segmented.unit_ends[n_units as usize - 1], sentence.pieces.end);
        }
        prop_assert_eq!(n_units as usize, segmented.unit_ends.len());
    }

    #[test]
    fn units_of_chinese_characters_are_the_words(text in "[使用语言模型来预测下一个词的概率大学生物理北京在]{1,40}") {
        let segmented = SEGMENTER.segment(&text);
        let words: Vec<&str> = SEGMENTER.words(&text).iter().map(|word| word.text).collect();
        prop_assert_eq!(units(&text, &segmented), words);
    }

    #[test]
    fn words_tile_any_text(text in texts()) {
        let words: Vec<&str> = SEGMENTER.words(&text).iter().map(|word| word.text).collect();
        prop_assert_eq!(words.concat(), text);
    }

    #[test]
    fn a_built_vocabulary_has_every_piece_once_for_any_texts_in_any_order(texts in prop::collection::vec(texts(), 1..5)) {
        let texts = texts.iter().map(String::as_str);
        let vocabulary = fixtures::vocabulary_of(texts.clone());
        prop_assert_eq!(vocabulary.to_text(), fixtures::vocabulary_of(texts.rev()).to_text());
        prop_assert_eq!(vocabulary.to_text().split('\n').count(), vocabulary.len() + 1);
    }
}
