//! Sentences: where they end.

use std::iter::Peekable;
use std::str::CharIndices;

use crate::spans::ByteSpan;

/// Ends a sentence wherever it stands (method §1).
const FULL_ENDS: [char; 4] = ['。', '！', '？', '；'];
/// The ellipsis, usually doubled.
const ELLIPSIS: char = '…';
/// Ends a sentence before white space or at the end of the text.
const HALF_ENDS: [char; 3] = ['.', '!', '?'];
/// Closing marks that still belong to the sentence.
const CLOSING: [char; 7] = ['”', '’', '」', '』', '）', '》', '】'];

/// The sentences of a text, in order, without the white space around them.
///
/// A sentence ends after 。！？…；or their doubles, with the closing ”’」』）》】 that follow; after . ! ? before white
/// space or the end; and at every line end (method §1, project decision). Mixed marks (？!, 。”！) end one sentence, not
/// several: a sentence of marks alone would be of no use.
pub fn sentence_spans(text: &str) -> Vec<ByteSpan> {
    spans(text, false)
}

/// The sentences of a text that is cut into words: white space may stand between marks that belong together.
pub(crate) fn cut_sentence_spans(text: &str) -> Vec<ByteSpan> {
    spans(text, true)
}

fn spans(text: &str, is_cut: bool) -> Vec<ByteSpan> {
    let mut spans = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        line_sentences(line, line_start, is_cut, &mut spans);
        line_start += line.len();
    }
    spans
}

fn line_sentences(line: &str, line_start: usize, is_cut: bool, spans: &mut Vec<ByteSpan>) {
    let mut start = 0;
    let mut characters = line.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        if !is_end(character) {
            continue;
        }
        let (mut last, mut end) = (character, index + character.len_utf8());
        let mut full = is_full_end(character);
        while let Some((index, next)) = next_mark(&mut characters, is_cut) {
            full |= is_full_end(next);
            (last, end) = (next, index + next.len_utf8());
        }
        let before_space = characters
            .peek()
            .is_none_or(|(_, next)| next.is_whitespace());
        if full || (HALF_ENDS.contains(&last) && before_space) {
            push_trimmed(line, start, end, line_start, spans);
            start = end;
        }
    }
    push_trimmed(line, start, line.len(), line_start, spans);
}

/// Takes an end or a closing mark that follows, in cut text also behind white space.
fn next_mark(characters: &mut Peekable<CharIndices<'_>>, is_cut: bool) -> Option<(usize, char)> {
    let mut ahead = characters.clone();
    let mut next = ahead.next()?;
    while is_cut && next.1.is_whitespace() {
        next = ahead.next()?;
    }
    let is_mark = is_end(next.1) || CLOSING.contains(&next.1);
    is_mark.then(|| {
        *characters = ahead;
        next
    })
}

fn is_full_end(character: char) -> bool {
    FULL_ENDS.contains(&character) || character == ELLIPSIS
}

fn is_end(character: char) -> bool {
    is_full_end(character) || HALF_ENDS.contains(&character)
}

fn push_trimmed(
    line: &str,
    start: usize,
    end: usize,
    line_start: usize,
    spans: &mut Vec<ByteSpan>,
) {
    let sentence = &line[start..end];
    let front = sentence.len() - sentence.trim_start().len();
    let length = sentence.trim().len();
    if length > 0 {
        let start = line_start + start + front;
        spans.push(ByteSpan::new(start, start + length));
    }
}

#[cfg(test)]
mod tests {
    use super::sentence_spans;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let found: Vec<&str> = sentence_spans(text)
            .iter()
            .map(|span| span.of(text))
            .collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn chinese_ends_with_their_doubles_and_closing_marks() {
        check(
            "今天下雨。我们在家！好吗？",
            &["今天下雨。", "我们在家！", "好吗？"],
        );
        check(
            "真的？！走吧……他走了。",
            &["真的？！", "走吧……", "他走了。"],
        );
        check("他说：“来吧。”我来了。", &["他说：“来吧。”", "我来了。"]);
        check(
            "（见下文。）后来；再后来",
            &["（见下文。）", "后来；", "再后来"],
        );
    }

    #[test]
    fn half_width_ends_only_before_white_space_or_the_end() {
        check("圆周率是3.14左右. 真的!", &["圆周率是3.14左右.", "真的!"]);
        check("见 www.example.com 首页", &["见 www.example.com 首页"]);
    }

    #[test]
    fn every_line_end_is_an_end() {
        check(
            "标题\n正文一句\r\n\r\n 又一句 ",
            &["标题", "正文一句", "又一句"],
        );
        check(" \n\t\n", &[]);
    }

    #[test]
    fn a_half_width_end_before_a_closing_mark_is_none() {
        check("（a.）b", &["（a.）b"]);
        check("（a.） b", &["（a.） b"]);
    }

    #[test]
    fn mixed_marks_end_one_sentence() {
        check("什么？!真的吗！?是。", &["什么？!", "真的吗！?", "是。"]);
        check("“走。”！他说", &["“走。”！", "他说"]);
        check("好的!! 走 Really?! 是", &["好的!!", "走 Really?!", "是"]);
        check("。", &["。"]);
    }
}
