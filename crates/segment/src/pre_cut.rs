//! Finds the words of text that another segmenter has cut: white space separates them.

use crate::spans::ByteSpan;
use crate::words::Word;

/// The words of a text and the white space between them, in order. Together they tile the text.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    let mut start = 0;
    let mut words = Vec::new();
    for end in ends(text) {
        let text = &text[start..end];
        words.push(Word { text, start });
        start = end;
    }
    words
}

/// Appends one past the last byte of every word of a part of a text, and of all white space between words.
pub(crate) fn append_ends(text: &str, part: ByteSpan, word_ends: &mut Vec<u32>) {
    word_ends.extend(ends(part.of(text)).map(|end| part.start + end as u32));
}

/// The positions at which white space begins or ends, and the end of the text.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    let mut characters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (_, first) = characters.next()?;
        let is_space = first.is_whitespace();
        while characters
            .next_if(|(_, next)| next.is_whitespace() == is_space)
            .is_some()
        {}
        Some(characters.peek().map_or(text.len(), |(start, _)| *start))
    })
}

#[cfg(test)]
mod tests {
    use crate::{SegmentOptions, Segmenter, Vocabulary};

    fn segmenter() -> Segmenter {
        let pieces = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "原", "告", "提", "起", "诉", "讼", "：", "“",
            "。", "”", "来", "吧", "gpu", "##s", "3",
        ];
        let vocabulary = Vocabulary::from_pieces(pieces.map(String::from).to_vec())
            .expect("a vocabulary")
            .into();
        let options = SegmentOptions {
            is_cut: true,
            ..SegmentOptions::default()
        };
        Segmenter::new(&vocabulary, &options).expect("no dictionary is read")
    }

    /// Checks a text's units: `|` marks a boundary between units, `||` one between sentences.
    #[track_caller]
    fn check(text: &str, expect: &str) {
        let segmented = segmenter().segment(text);
        let mut shown = Vec::new();
        for sentence in &segmented.sentences {
            let mut start = sentence.pieces.start as usize;
            let ends =
                &segmented.unit_ends[sentence.units.start as usize..sentence.units.end as usize];
            let units = ends.iter().map(|end| {
                let spans = &segmented.piece_spans[start..*end as usize];
                start = *end as usize;
                &text[spans[0].start as usize..spans[spans.len() - 1].end as usize]
            });
            shown.push(units.collect::<Vec<_>>().join("|"));
        }
        assert_eq!(shown.join("||"), expect);
    }

    #[test]
    fn white_space_separates_words() {
        check("原告 提起诉讼 。", "原告|提起诉讼|。");
        check("原 告提 起诉讼", "原|告提|起诉讼");
        check("原告\u{3000}提起\t诉讼", "原告|提起|诉讼");
    }

    #[test]
    fn what_wordpiece_cuts_inside_a_word_is_one_unit() {
        check("GPUs 3 来", "GPUs|3|来");
    }

    #[test]
    fn closing_marks_stay_with_their_sentence() {
        check(
            "原告 ： “ 来 吧 。 ” 提起 诉讼 。",
            "原告|：|“|来|吧|。|”||提起|诉讼|。",
        );
        check("来 。 。 吧 。\n。 来", "来|。|。||吧|。||。||来");
    }

    #[test]
    fn words_tile_the_text() {
        let text = " 原告  提起 诉讼 ";
        let words = segmenter().words(text).into_iter();
        let words: Vec<&str> = words.map(|word| word.text).collect();
        assert_eq!(words, [" ", "原告", "  ", "提起", " ", "诉讼", " "]);
        assert!(segmenter().words("").is_empty());
    }

    #[test]
    fn the_fingerprint_does_not_name_jieba() {
        insta::assert_snapshot!(segmenter().fingerprint(), @"white space without hmm, no dictionary, tokenizers 0.23.2, case lower, rules 3");
    }
}
