//! Finds units ("whole words"): runs of pieces between boundaries that words and pieces agree on.

use crate::spans::{ByteSpan, PieceId};
use crate::vocabulary::Vocabulary;

/// Finds the units of a sentence, and appends to `ends` one past the index of each unit's last piece.
///
/// A unit is a run of pieces between two neighbouring boundaries of units. Such a boundary is one between words that
/// does not lie inside a character, inside a piece or before a `##` piece (method §1, project decision). Words and
/// pieces are aligned by their offsets in the text, never by their strings.
///
/// Runs in O(words + pieces). `word_ends` has one past the last byte of each word, counted in the same text as
/// `piece_spans`. The sentence's first piece has index `first_piece`.
pub fn unit_ends(
    word_ends: &[u32],
    piece_ids: &[PieceId],
    piece_spans: &[ByteSpan],
    vocabulary: &Vocabulary,
    first_piece: u32,
    ends: &mut Vec<u32>,
) {
    let mut word = 0;
    for (right, pair) in (1..).zip(piece_spans.windows(2)) {
        let (left_end, right_start) = (pair[0].end, pair[1].start);
        if left_end > right_start {
            continue; // both pieces are of one character
        }
        while word_ends.get(word).is_some_and(|end| *end < left_end) {
            word += 1;
        }
        let is_word_end = word_ends.get(word).is_some_and(|end| *end <= right_start);
        if is_word_end && !vocabulary.is_continuation(piece_ids[right]) {
            ends.push(first_piece + right as u32);
        }
    }
    if !piece_ids.is_empty() {
        ends.push(first_piece + piece_ids.len() as u32);
    }
}

#[cfg(test)]
mod tests {
    use crate::{SegmentOptions, Segmenter, Vocabulary};

    /// Checks a text's units: `|` marks a boundary between units.
    #[track_caller]
    fn check(text: &str, expect: &str) {
        let pieces = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "使", "用", "语", "言", "模", "型", "来", "iphone",
            "##11", "co", "##vid", "covid", "-", "19", "3", ".", "14", "c", "+", "ᄒ", "##ᅡ", "##ᆫ",
            "cafe", "，", "的",
        ];
        let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec())
            .expect("a vocabulary")
            .into();
        let segmenter = Segmenter::new(&vocabulary, &SegmentOptions::default()).expect("jieba");
        let segmented = segmenter.segment(text);
        let mut shown = String::new();
        let mut start = 0;
        for end in segmented.unit_ends {
            let spans = &segmented.piece_spans[start as usize..end as usize];
            let (first, last) = (spans[0], spans[spans.len() - 1]);
            if start > 0 {
                shown.push('|');
            }
            shown.push_str(&text[first.start as usize..last.end as usize]);
            start = end;
        }
        assert_eq!(shown, expect);
    }

    #[test]
    fn a_unit_is_a_word_of_the_segmenter_if_pieces_agree() {
        check("使用语言模型", "使用|语言|模型");
    }

    #[test]
    fn a_word_boundary_before_a_continuation_is_not_one_of_units() {
        check("iPhone11的", "iPhone11|的");
    }

    #[test]
    fn several_pieces_inside_a_word_are_one_unit() {
        check("3.14的", "3.14|的");
        check("COVID的", "COVID|的");
    }

    #[test]
    fn several_pieces_of_one_character_stay_together() {
        check("한的", "한|的");
    }

    #[test]
    fn combining_marks_do_not_move_boundaries() {
        check("cafe\u{301}的模型", "cafe|的|模型");
    }

    #[test]
    fn words_are_aligned_by_offsets_and_not_by_strings() {
        check("来使用语言的语言", "来|使用|语言|的|语言");
    }
}
