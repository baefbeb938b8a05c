//! Recognises text whose lines were broken at a fixed width, in mid-sentence, as in many old novels; joins these lines.

use std::borrow::Cow;
use std::ops::Range;

use crate::segmented::Segmented;
use crate::sentence::ends_sentence;
use crate::spans::ByteSpan;

/// Widths that text is broken at, in columns. An ASCII character takes one column, any other takes two. Verse is
/// narrower.
const WIDTHS: Range<usize> = 30..201;
/// Lines of about the same width that are needed. Fewer may just as well be a list.
const MIN_LINES: usize = 8;

/// How a text's lines were broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedLines {
    /// About the width that they were broken at, in columns.
    pub width: usize,
    /// The line ends inside sentences, each with the white space around it, as byte ranges.
    pub breaks: Vec<Range<usize>>,
}

/// A line that is followed by another one.
struct Line {
    /// The line's bytes, without the white space behind them.
    text: Range<usize>,
    /// The next line's first byte, behind its indent.
    next: usize,
    /// Whether the next line is indented, that is, begins a paragraph.
    is_before_indent: bool,
    /// In columns.
    width: usize,
    /// Whether the line ends with a letter, digit or Chinese character, and so in the middle of a clause.
    ends_in_clause: bool,
}

/// Finds the line ends of a text that are inside sentences; `None` if the text was not broken at a fixed width.
///
/// Only lines that are followed by another one count. The width is the one that nine in ten of the lines that end in
/// a letter, digit or Chinese character do not exceed. A line is full if its width differs from that by at most an
/// eighth (four columns, if that is more). A text was broken at the width if
///
/// - the width is from 30 to 200 columns;
/// - at least eight lines, and at least three in ten, are full;
/// - at least seven in ten of the full lines end in a letter, digit or Chinese character;
/// - at most one line in ten is wider than a full one.
///
/// A line end of such a text is inside a sentence if its line is full and does not end a sentence, and the next line
/// is not indented. The numbers are a project decision, made on novels and news.
pub fn wrapped_lines(text: &str) -> Option<WrappedLines> {
    let lines = followed_lines(text);
    let mut widths: Vec<usize> = lines
        .iter()
        .filter_map(|line| line.ends_in_clause.then_some(line.width))
        .collect();
    if widths.len() < MIN_LINES {
        return None;
    }
    widths.sort_unstable();
    let width = widths[widths.len() * 9 / 10];
    let slack = (width / 8).max(4);
    let is_full = |line: &&Line| line.width.abs_diff(width) <= slack;
    let n_full = lines.iter().filter(is_full).count();
    let full_in_clause = lines
        .iter()
        .filter(is_full)
        .filter(|line| line.ends_in_clause);
    let wider = lines.iter().filter(|line| line.width > width + slack);
    let is_wrapped = WIDTHS.contains(&width)
        && n_full >= MIN_LINES
        && n_full * 10 >= lines.len() * 3
        && full_in_clause.count() * 10 >= n_full * 7
        && wider.count() * 10 <= lines.len();
    if !is_wrapped {
        return None;
    }
    let inside = lines.iter().filter(is_full).filter(|line| {
        let line_text = text[line.text.clone()].trim_end();
        !line.is_before_indent && !ends_sentence(line_text)
    });
    let breaks = inside.map(|line| line.text.end..line.next).collect();
    Some(WrappedLines { width, breaks })
}

fn followed_lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    while let Some(length) = text[start..].find('\n') {
        let line = text[start..start + length].trim_end();
        let next = start + length + 1;
        let after = &text[next..];
        let indent = after.len()
            - after
                .trim_start_matches(|c: char| c.is_whitespace() && c != '\n')
                .len();
        let is_followed =
            !line.is_empty() && !after[indent..].starts_with('\n') && indent < after.len();
        if is_followed {
            let columns = |c: char| if c.is_ascii() { 1 } else { 2 };
            lines.push(Line {
                text: start..start + line.len(),
                next: next + indent,
                is_before_indent: indent > 0,
                width: line.chars().map(columns).sum(),
                ends_in_clause: line.ends_with(char::is_alphanumeric),
            });
        }
        start = next;
    }
    lines
}

/// Joins the lines of a text that were broken in mid-sentence. A text without such lines stays as it is.
pub fn join_wrapped_lines(text: &str) -> Cow<'_, str> {
    match wrapped_lines(text) {
        Some(wrapped) => Joined::new(text, &wrapped).text.into(),
        None => text.into(),
    }
}

/// A text without the line ends inside its sentences; knows the way back to the original positions.
pub(crate) struct Joined {
    pub(crate) text: String,
    removals: Vec<Removal>,
}

/// A line end that was removed.
struct Removal {
    /// Where it was, in the joined text.
    at: u32,
    /// How many bytes were removed in total, here and before.
    n_bytes: u32,
}

impl Joined {
    /// Joins lines. If ASCII letters or digits would meet, a space stays between them.
    pub(crate) fn new(text: &str, wrapped: &WrappedLines) -> Self {
        let mut joined = Self {
            text: String::with_capacity(text.len()),
            removals: Vec::with_capacity(wrapped.breaks.len()),
        };
        let is_letter = |c: char| c.is_ascii_alphanumeric();
        let mut end = 0;
        for line_end in &wrapped.breaks {
            joined.text.push_str(&text[end..line_end.start]);
            if text[..line_end.start].ends_with(is_letter)
                && text[line_end.end..].starts_with(is_letter)
            {
                joined.text.push(' ');
            }
            end = line_end.end;
            joined.removals.push(Removal {
                at: joined.text.len() as u32,
                n_bytes: (end - joined.text.len()) as u32,
            });
        }
        joined.text.push_str(&text[end..]);
        joined
    }

    /// Turns spans of the joined text into spans of the original text.
    pub(crate) fn restore_spans(&self, segmented: &mut Segmented) {
        for span in &mut segmented.piece_spans {
            *span = self.original(*span);
        }
        for sentence in &mut segmented.sentences {
            sentence.text = self.original(sentence.text);
        }
    }

    /// A span that begins at a removed line end begins behind it in the original text. One that ends there ends
    /// before it.
    fn original(&self, span: ByteSpan) -> ByteSpan {
        let n_bytes = |n_removals: usize| match n_removals {
            0 => 0,
            n => self.removals[n - 1].n_bytes,
        };
        let removals = &self.removals;
        let before_start = removals.partition_point(|removal| removal.at <= span.start);
        let before_end = removals.partition_point(|removal| removal.at < span.end);
        ByteSpan {
            start: span.start + n_bytes(before_start),
            end: span.end + n_bytes(before_end),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::wrapped_lines;
    use crate::{
        SegmentOptions, Segmented, Segmenter, Vocabulary, VocabularyBuildOptions, VocabularyBuilder,
    };

    const PARAGRAPH: &str = "杨载福指挥五营水师作前锋先天已出发，李孟群指挥五营水师作后卫暂时未动，曾国藩带着一班幕僚亲兵，坐着特制的拖罟，夹在居中的十营水师中，这天起航了。为了议事的方便，彭玉麟也坐在曾国藩的座船上。时已深秋，长江水显得比春夏两季清亮，the water was low and clear。天空万里无云，灿烂的秋阳，照射着勇丁们划起的水波，发出白花花的耀眼的亮光。";

    /// Breaks a text at a width, as editors do.
    fn broken(text: &str, width: usize, end: &str) -> String {
        let mut out = String::new();
        let mut column = 0;
        for character in text.chars() {
            let in_word = character.is_ascii_alphanumeric()
                && out.ends_with(|c: char| c.is_ascii_alphanumeric());
            if column >= width && !in_word && character != '\n' {
                out.truncate(out.trim_end_matches(' ').len());
                out.push_str(end);
                column = 0;
                if character == ' ' {
                    continue;
                }
            }
            out.push(character);
            column = if character == '\n' {
                0
            } else {
                column + 1 + usize::from(!character.is_ascii())
            };
        }
        out
    }

    fn novel() -> String {
        [PARAGRAPH; 4].join("\n")
    }

    fn segmenter(join_wrapped_lines: bool) -> Segmenter {
        let mut builder = VocabularyBuilder::new(VocabularyBuildOptions {
            min_character_count: 1,
            min_word_count: 1,
            max_size: 2000,
            lower_case: true,
        });
        builder.add(PARAGRAPH);
        let vocabulary: Vocabulary = builder.finish().expect("a vocabulary");
        let options = SegmentOptions {
            join_wrapped_lines,
            ..SegmentOptions::default()
        };
        Segmenter::new(&vocabulary.into(), &options).expect("no dictionary")
    }

    #[test]
    fn broken_lines_are_recognised_and_others_are_not() {
        for width in [40, 64, 80] {
            let text = broken(&novel(), width, "\n");
            let wrapped = wrapped_lines(&text).expect("wrapped");
            assert!(wrapped.width.abs_diff(width) <= 2, "{width}: {wrapped:?}");
            // Paragraphs end with sentences, so their line ends are no breaks.
            assert!(
                wrapped
                    .breaks
                    .iter()
                    .all(|line_end| !text[..line_end.start].ends_with('。'))
            );
        }
        assert_eq!(wrapped_lines(&novel()), None);
        let verse = "床前明月光\n疑是地上霜\n举头望明月\n低头思故乡\n".repeat(9);
        assert_eq!(wrapped_lines(&verse), None);
        let sentences = PARAGRAPH.replace('。', "。\n").repeat(9);
        assert_eq!(wrapped_lines(&sentences), None);
        assert_eq!(wrapped_lines(""), None);
    }

    #[test]
    fn indented_lines_begin_paragraphs() {
        let text = broken(&novel(), 60, "\n");
        let indented = text.replace("发，李", "发\n　　李");
        let wrapped = wrapped_lines(&indented).expect("wrapped");
        let at = indented.find('\u{3000}').expect("there");
        assert!(
            wrapped
                .breaks
                .iter()
                .all(|line_end| !line_end.contains(&at))
        );
    }

    /// The text of every unit, without white space.
    fn units(text: &str, segmented: &Segmented) -> Vec<String> {
        let mut start = 0;
        let unit = |end: &u32| {
            let spans = &segmented.piece_spans[start..*end as usize];
            start = *end as usize;
            let text = &text[spans[0].start as usize..spans[spans.len() - 1].end as usize];
            text.replace(['\n', '\r'], "").replace(' ', "")
        };
        segmented.unit_ends.iter().map(unit).collect()
    }

    #[test]
    fn joined_lines_are_segmented_as_if_they_had_never_been_broken() {
        let (joining, plain) = (segmenter(true), segmenter(false));
        let whole = novel();
        let expect = plain.segment(&whole);
        for (width, end) in [(40, "\n"), (56, "\r\n"), (72, " \n"), (80, "\n")] {
            let text = broken(&whole, width, end);
            let found = joining.segment(&text);
            assert_eq!(found.pieces, expect.pieces, "{width}");
            assert_eq!(found.unit_ends, expect.unit_ends, "{width}");
            assert_eq!(units(&text, &found), units(&whole, &expect), "{width}");
            assert_eq!(found.sentences.len(), expect.sentences.len(), "{width}");
            let sentence = |text: &str, span: &crate::SentenceSpan| {
                span.text.of(text).replace(['\n', '\r', ' '], "")
            };
            for (found, expect) in found.sentences.iter().zip(&expect.sentences) {
                assert_eq!(sentence(&text, found), sentence(&whole, expect));
            }
            // Without the option every line ends its sentence.
            assert!(plain.segment(&text).sentences.len() > expect.sentences.len());
        }
        assert_eq!(
            joining.segment(&whole),
            expect,
            "a text that was not broken stays as it is"
        );
    }

    proptest! {
        #[test]
        fn spans_stay_on_the_boundaries_of_the_text(lines in prop::collection::vec("[甲乙a 。，]{0,30}", 0..40)) {
            static SEGMENTER: std::sync::LazyLock<Segmenter> = std::sync::LazyLock::new(|| segmenter(true));
            let text = lines.join("\n");
            let segmented = SEGMENTER.segment(&text);
            let mut end = 0;
            for sentence in &segmented.sentences {
                prop_assert!(sentence.text.start >= end && !sentence.text.of(&text).is_empty());
                end = sentence.text.end;
                for span in &segmented.piece_spans[sentence.pieces.start as usize..sentence.pieces.end as usize] {
                    prop_assert!(span.start >= sentence.text.start && span.end <= sentence.text.end);
                    prop_assert!(!span.of(&text).contains('\n'));
                }
            }
        }
    }
}
