//! Finds sentences.

use crate::spans::ByteSpan;
use crate::vocabulary_build::is_cjk;

/// Marks that always end a sentence (method §1).
const FULL_ENDS: [char; 4] = ['。', '！', '？', '；'];
/// The ellipsis, which always ends a sentence and is usually doubled.
const ELLIPSIS: char = '…';
/// Half-width marks, which end a sentence before white space or at the end of the text.
const HALF_ENDS: [char; 3] = ['.', '!', '?'];
/// Half-width marks that also end a sentence before a Chinese character. A point does not: it can be part of a name.
const STRONG_HALF_ENDS: [char; 2] = ['!', '?'];
/// Closing marks, which belong to the sentence if they follow its end.
const CLOSING: [char; 7] = ['”', '’', '」', '』', '）', '》', '】'];
/// Half-width closing marks. They belong to the sentence only behind ! and ?, because the same marks can be opening ones.
const HALF_CLOSING: [char; 3] = ['"', '\'', ')'];

/// Finds the sentences of a text, in order and without the white space around them.
///
/// A sentence ends (method §1, project decision)
///
/// - after 。 ！ ？ … ； or several of them in a row, with any closing ” ’ 」 』 ） 》 】 that follow;
/// - after . ! ? before white space or at the end of the text;
/// - after ! ? with any closing marks that follow, also " ' ), before white space or a Chinese character, or at the end of
///   the text;
/// - at every line end.
///
/// Mixed marks (？! or 。”！) end one sentence, not several, because a sentence of marks alone would be of no use.
pub fn sentence_spans(text: &str) -> Vec<ByteSpan> {
    let mut spans = Vec::new();
    append_sentence_spans(text, false, &mut spans);
    spans
}

/// Appends the sentences of a text. In pre-cut text, white space may separate marks that belong together.
pub(crate) fn append_sentence_spans(text: &str, is_pre_cut: bool, spans: &mut Vec<ByteSpan>) {
    let mut start = 0;
    while start < text.len() {
        start = append_sentence(text, start, is_pre_cut, spans);
    }
}

/// Appends the sentence that begins at byte `start`; returns the first byte behind it.
fn append_sentence(text: &str, start: usize, is_pre_cut: bool, spans: &mut Vec<ByteSpan>) -> usize {
    let mut at = start;
    while let Some(index) = next_mark(text, at) {
        let mut characters = text[index..].chars();
        let mut last = characters.next().expect("a mark begins here");
        if is_line_end(last) {
            push_trimmed(text, start, index, spans);
            return index + 1;
        }
        at = index + last.len_utf8();
        if !is_end(last) {
            continue; // another character that begins with the same byte as a mark
        }
        let mut full = is_full_end(last);
        let mut last_end = last;
        while let Some((mark, end)) = following_mark(text, at, is_pre_cut) {
            full |= is_full_end(mark);
            (last, at) = (mark, end);
            if is_end(mark) {
                last_end = mark;
            }
        }
        let end = if full {
            Some(at)
        } else if STRONG_HALF_ENDS.contains(&last_end) {
            strong_end(text, at, is_pre_cut)
        } else {
            (HALF_ENDS.contains(&last) && is_before_space(text, at)).then_some(at)
        };
        if let Some(end) = end {
            push_trimmed(text, start, end, spans);
            return end;
        }
    }
    push_trimmed(text, start, text.len(), spans);
    text.len()
}

fn is_before_space(text: &str, at: usize) -> bool {
    let next = text[at..].chars().next();
    next.is_none_or(char::is_whitespace)
}

/// The end of a sentence whose last end mark is a half-width ! or ? and whose marks so far end at byte `at`. It is behind
/// the closing marks that follow. `None` if what comes then does not begin a new sentence.
fn strong_end(text: &str, at: usize, is_pre_cut: bool) -> Option<usize> {
    let is_closing = |c: char| CLOSING.contains(&c) || HALF_CLOSING.contains(&c);
    let mut end = at;
    while let Some((mark, behind)) = next_visible(text, end, is_pre_cut)
        && is_closing(mark)
    {
        end = behind;
    }
    let next = text[end..].chars().next();
    let is_end = is_before_space(text, end) || next.is_some_and(is_cjk);
    is_end.then_some(end)
}

/// The position of the next character that may end a sentence or a line, as far as its first byte tells.
fn next_mark(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes()[from..].iter();
    let mut marks = bytes.map(|byte| MAY_END[usize::from(*byte)]);
    marks.position(|may_end| may_end).map(|n| from + n)
}

/// Whether a byte is the first byte of a mark or line end in UTF-8. None of them is a later byte of any character.
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

/// Whether a line's last character, closing marks aside, ends a sentence.
pub(crate) fn ends_sentence(line: &str) -> bool {
    let is_closing = |c: char| CLOSING.contains(&c) || HALF_CLOSING.contains(&c);
    line.trim_end_matches(CLOSING).ends_with(is_end)
        || line
            .trim_end_matches(is_closing)
            .ends_with(STRONG_HALF_ENDS)
}

/// The end mark or closing mark at byte `from`, and one past its last byte. In pre-cut text, white space of the same
/// line may be before it.
fn following_mark(text: &str, from: usize, is_pre_cut: bool) -> Option<(char, usize)> {
    let (mark, end) = next_visible(text, from, is_pre_cut)?;
    let is_mark = is_end(mark) || CLOSING.contains(&mark);
    is_mark.then_some((mark, end))
}

/// The character at byte `from`, and one past its last byte. In pre-cut text, white space before it is passed over, but not
/// a line end.
fn next_visible(text: &str, from: usize, is_pre_cut: bool) -> Option<(char, usize)> {
    let is_skipped = |c: char| is_pre_cut && c.is_whitespace() && !is_line_end(c);
    let mut characters = text[from..].char_indices();
    let (at, character) = characters.find(|(_, c)| !is_skipped(*c))?;
    Some((character, from + at + character.len_utf8()))
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
    use super::{append_sentence_spans, ends_sentence, sentence_spans};

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
    fn half_width_question_and_exclamation_marks_end_before_a_chinese_character() {
        check("真的吗?他问。", &["真的吗?", "他问。"]);
        check("快跑!!大家喊!他没动", &["快跑!!", "大家喊!", "他没动"]);
        check("去不去?!我去。", &["去不去?!", "我去。"]);
        check("圆周率是3.14.真的", &["圆周率是3.14.真的"]);
        check("见 a.com/?q=1!x 首页", &["见 a.com/?q=1!x 首页"]);
    }

    #[test]
    fn closing_marks_behind_a_half_width_question_or_exclamation_mark_belong_to_its_sentence() {
        check("\"真的吗?\"他问。", &["\"真的吗?\"", "他问。"]);
        check("(真的吗?)他问。", &["(真的吗?)", "他问。"]);
        check("'走吧!'他说。", &["'走吧!'", "他说。"]);
        check("“真的吗?”他问。", &["“真的吗?”", "他问。"]);
        check("(他说\"走!\")我走了。", &["(他说\"走!\")", "我走了。"]);
        check("\"走吧!\" 他说。", &["\"走吧!\"", "他说。"]);
        check("\"走吧!\"，他说。", &["\"走吧!\"，他说。"]);
        check("他说\"走吧!\"", &["他说\"走吧!\""]);
        check("rock!'n'roll", &["rock!'n'roll"]);
    }

    #[test]
    fn white_space_may_separate_closing_marks_of_pre_cut_text() {
        let text = "\" 真的 吗 ? \" 他 问 。";
        let mut spans = Vec::new();
        append_sentence_spans(text, true, &mut spans);
        let found: Vec<&str> = spans.iter().map(|span| span.of(text)).collect();
        assert_eq!(found, ["\" 真的 吗 ? \"", "他 问 。"]);
    }

    #[test]
    fn a_line_ends_a_sentence_with_its_closing_marks() {
        for line in ["他走了。”", "真的吗?\"", "(走!)", "end."] {
            assert!(ends_sentence(line), "{line}");
        }
        for line in ["他走了\"", "a.)", "他说，"] {
            assert!(!ends_sentence(line), "{line}");
        }
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
    fn a_half_width_mark_before_a_closing_mark_ends_no_sentence() {
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
