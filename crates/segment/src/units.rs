//! Units ("whole words"): where words and pieces agree on a boundary.

use crate::spans::{ByteSpan, PieceId};
use crate::vocabulary::Vocabulary;

/// Appends the ends of a sentence's units, counted in pieces from `first_piece`, to `ends`.
///
/// A unit is the smallest run of pieces whose boundaries are boundaries of words and of which none lies inside a character,
/// inside a piece or before a `##` piece (method §1, project decision). Words and pieces are tied by their offsets in
/// the text, never by what they say: a word is given by one past its last byte, in the text that the pieces' spans are
/// of. Runs in O(words + pieces).
pub fn unit_ends(
    word_ends: &[u32],
    (pieces, spans): (&[PieceId], &[ByteSpan]),
    vocabulary: &Vocabulary,
    first_piece: u32,
    ends: &mut Vec<u32>,
) {
    let mut word = 0;
    for (right, pair) in (1..).zip(spans.windows(2)) {
        let (left_end, right_start) = (pair[0].end, pair[1].start);
        if left_end > right_start {
            continue;
        }
        while word_ends.get(word).is_some_and(|end| *end < left_end) {
            word += 1;
        }
        let is_word_end = word_ends.get(word).is_some_and(|end| *end <= right_start);
        if is_word_end && !vocabulary.is_continuation(pieces[right]) {
            ends.push(first_piece + right as u32);
        }
    }
    if !pieces.is_empty() {
        ends.push(first_piece + pieces.len() as u32);
    }
}

#[cfg(test)]
mod tests {
    use crate::{SegmentOptions, Segmenter, Vocabulary};

    /// Texts cut into units: a bar at every unit boundary.
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
    fn a_unit_is_a_word_of_the_segmenter_where_pieces_agree() {
        check("使用语言模型", "使用|语言|模型");
    }

    #[test]
    fn what_the_segmenter_cuts_inside_a_piece_run_is_one_unit() {
        check("iPhone11的", "iPhone11|的");
    }

    #[test]
    fn what_wordpiece_cuts_inside_a_word_is_one_unit() {
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
    fn the_same_word_inside_others_is_no_boundary() {
        check("来使用语言的语言", "来|使用|语言|的|语言");
    }
}
