//! Lines that were broken at a width, in mid-sentence, as old novels come: told from lines that end where they should, and
//! joined for cutting.

use std::borrow::Cow;
use std::ops::Range;

use crate::segmenter::Segmented;
use crate::sentence::ends_sentence;
use crate::spans::ByteSpan;

/// Widths that text is broken at, in columns: an ASCII character takes one, any other two. Verse is narrower.
const WIDTHS: Range<usize> = 30..201;
/// Lines of a document's width that it takes to tell: fewer can as well be a list.
const MIN_LINES: usize = 8;

/// How a text's lines were broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedLines {
    /// The width that they were broken at, about, in columns.
    pub width: usize,
    /// The line ends inside sentences, with the white space around them.
    pub breaks: Vec<Range<usize>>,
}

/// A line that another one follows.
struct Line {
    /// Its characters, without the white space behind them.
    text: Range<usize>,
    /// First character of the next line.
    next: usize,
    /// Whether the next line is indented: then it begins a paragraph.
    before_indent: bool,
    width: usize,
    /// Whether it ends in the middle of a clause.
    goes_on: bool,
}

/// The lines of a text that were broken at a width; none where its lines end where paragraphs do.
///
/// Project decision, on novels and news: of the lines that another one follows, the width is the one that nine in ten of
/// those that end in a letter or Chinese character do not exceed. At least eight lines and three in ten are as wide, to an
/// eighth; seven in ten of these end so; and no more than one line in ten is wider. A line end of such a text is inside a
/// sentence where its line is as wide and ends none, and the next one is not indented.
pub fn wrapped_lines(text: &str) -> Option<WrappedLines> {
    let lines = followed_lines(text);
    let mut going_on: Vec<usize> = lines
        .iter()
        .filter_map(|line| line.goes_on.then_some(line.width))
        .collect();
    if going_on.len() < MIN_LINES {
        return None;
    }
    going_on.sort_unstable();
    let width = going_on[going_on.len() * 9 / 10];
    let slack = (width / 8).max(4);
    let is_full = |line: &&Line| line.width.abs_diff(width) <= slack;
    let n_full = lines.iter().filter(is_full).count();
    let n_going_on = lines.iter().filter(is_full).filter(|line| line.goes_on);
    let n_wider = lines.iter().filter(|line| line.width > width + slack);
    let is_wrapped = WIDTHS.contains(&width)
        && n_full >= MIN_LINES
        && n_full * 10 >= lines.len() * 3
        && n_going_on.count() * 10 >= n_full * 7
        && n_wider.count() * 10 <= lines.len();
    if !is_wrapped {
        return None;
    }
    let inside = lines.iter().filter(is_full).filter(|line| {
        let last = text[line.text.clone()].trim_end();
        !line.before_indent && !ends_sentence(last)
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
                before_indent: indent > 0,
                width: line.chars().map(columns).sum(),
                goes_on: line.ends_with(char::is_alphanumeric),
            });
        }
        start = next;
    }
    lines
}

/// A text whose lines are joined where they were broken in mid-sentence; as it is where none was.
pub fn join_wrapped_lines(text: &str) -> Cow<'_, str> {
    match wrapped_lines(text) {
        Some(wrapped) => Joined::new(text, &wrapped).text.into(),
        None => text.into(),
    }
}

/// A text with the line ends inside its sentences taken out, and the way back.
pub(crate) struct Joined {
    pub(crate) text: String,
    /// For each break its place in the joined text, and how many bytes were taken out up to and with it.
    taken: Vec<(u32, u32)>,
}

impl Joined {
    /// Joins lines; between letters a space stays.
    pub(crate) fn new(text: &str, wrapped: &WrappedLines) -> Self {
        let mut joined = Self {
            text: String::with_capacity(text.len()),
            taken: Vec::with_capacity(wrapped.breaks.len()),
        };
        let is_letter = |c: char| c.is_ascii_alphanumeric();
        let mut end = 0;
        for cut in &wrapped.breaks {
            joined.text.push_str(&text[end..cut.start]);
            if text[..cut.start].ends_with(is_letter) && text[cut.end..].starts_with(is_letter) {
                joined.text.push(' ');
            }
            end = cut.end;
            let taken = (cut.end - joined.text.len()) as u32;
            joined.taken.push((joined.text.len() as u32, taken));
        }
        joined.text.push_str(&text[end..]);
        joined
    }

    /// Turns spans of the joined text into spans of the text as it stands.
    pub(crate) fn give_back(&self, segmented: &mut Segmented) {
        for span in &mut segmented.piece_spans {
            *span = self.original(*span);
        }
        for sentence in &mut segmented.sentences {
            sentence.text = self.original(sentence.text);
        }
    }

    /// What begins at a break begins behind it, what ends there ends before it.
    fn original(&self, span: ByteSpan) -> ByteSpan {
        let taken = |n_breaks: usize| match n_breaks {
            0 => 0,
            n => self.taken[n - 1].1,
        };
        let before_start = self
            .taken
            .partition_point(|(place, _)| *place <= span.start);
        let before_end = self.taken.partition_point(|(place, _)| *place < span.end);
        ByteSpan {
            start: span.start + taken(before_start),
            end: span.end + taken(before_end),
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

    /// A text broken at a width.
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
    fn broken_lines_are_told_and_others_are_not() {
        for width in [40, 64, 80] {
            let text = broken(&novel(), width, "\n");
            let wrapped = wrapped_lines(&text).expect("wrapped");
            assert!(wrapped.width.abs_diff(width) <= 2, "{width}: {wrapped:?}");
            // Paragraphs end with sentences, so their line ends are no breaks.
            assert!(
                wrapped
                    .breaks
                    .iter()
                    .all(|cut| !text[..cut.start].ends_with('。'))
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
        assert!(wrapped.breaks.iter().all(|cut| !cut.contains(&at)));
    }

    /// The text of every unit, white space aside.
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
    fn joined_lines_are_cut_as_if_they_had_never_been_broken() {
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
            "what is not broken is left alone"
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
