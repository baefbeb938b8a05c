//! Sentences: where they end.

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
    let mut spans = Vec::new();
    append_sentence_spans(text, &mut spans);
    spans
}

/// Appends the sentences of a text.
pub(crate) fn append_sentence_spans(text: &str, spans: &mut Vec<ByteSpan>) {
    let mut start = 0;
    while start < text.len() {
        start = sentence(text, start, spans);
    }
}

/// Finds the end of the sentence that begins at byte `start`; returns where the next begins.
fn sentence(text: &str, start: usize, spans: &mut Vec<ByteSpan>) -> usize {
    let mut at = start;
    while let Some(index) = next_mark(text, at) {
        let mut characters = text[index..].chars();
        let mut last = characters.next().expect("a mark stands here");
        if is_line_end(last) {
            push_trimmed(text, start, index, spans);
            return index + 1;
        }
        at = index + last.len_utf8();
        if !is_end(last) {
            continue; // it begins with the same byte
        }
        let mut full = is_full_end(last);
        let mut next = characters.next();
        while let Some(mark) = next.filter(|c| is_end(*c) || CLOSING.contains(c)) {
            full |= is_full_end(mark);
            at += mark.len_utf8();
            last = mark;
            next = characters.next();
        }
        let before_space = next.is_none_or(char::is_whitespace);
        if full || (HALF_ENDS.contains(&last) && before_space) {
            push_trimmed(text, start, at, spans);
            return at;
        }
    }
    push_trimmed(text, start, text.len(), spans);
    text.len()
}

/// Where the next character stands that may end a sentence or a line, by the first of its bytes.
fn next_mark(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes()[from..].iter();
    let mut marks = bytes.map(|byte| MAY_END[usize::from(*byte)]);
    marks.position(|may_end| may_end).map(|n| from + n)
}

/// The first bytes of full ends, half ends and line ends in UTF-8. None of them is a later byte of another character.
const MAY_END: [bool; 256] = {
    let mut may_end = [false; 256];
    let mut index = 0;
    while index < 3 {
        may_end[HALF_ENDS[index] as usize] = true;
        index += 1;
    }
    may_end[b'\n' as usize] = true;
    may_end[b'\r' as usize] = true;
    may_end[0xe2] = true; // …
    may_end[0xe3] = true; // 。
    may_end[0xef] = true; // ！？；
    may_end
};

const fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

fn is_full_end(character: char) -> bool {
    FULL_ENDS.contains(&character) || character == ELLIPSIS
}

fn is_end(character: char) -> bool {
    is_full_end(character) || HALF_ENDS.contains(&character)
}

fn push_trimmed(text: &str, start: usize, end: usize, spans: &mut Vec<ByteSpan>) {
    let sentence = text[start..end].trim_start();
    let start = end - sentence.len();
    let length = sentence.trim_end().len();
    if length > 0 {
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
