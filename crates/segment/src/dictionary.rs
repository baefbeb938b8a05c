//! Reads jieba's user dictionaries: one word per line, with its frequency and tag if they are known.

use std::path::Path;

use repro::sha256_hex;

use crate::encoding::{line_end, other_encoding};
use crate::error::SegmentError;
use crate::sentence::sentence_spans;

/// The highest frequency. jieba adds frequencies up, so one near 2^64 would overflow the sum.
const MAX_FREQUENCY: usize = 1 << 40;
/// Marks that spreadsheets put between fields, where a dictionary has white space.
const FIELD_MARKS: [char; 5] = [',', '，', ';', '；', '|'];
/// Words that a report names at most.
const N_NAMED: usize = 5;

const EXPECTED: &str = "`word [frequency] [tag]`";
const EXPECTED_SPACES: &str = "white space between word, frequency and tag";
const EXPECTED_FEWER: &str = "no field behind word, frequency and tag";

/// A user dictionary.
pub(crate) struct Dictionary {
    pub(crate) entries: Vec<Entry>,
    /// The hash of the file's bytes.
    pub(crate) sha256: String,
}

/// A line of a user dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) word: String,
    pub(crate) frequency: Option<usize>,
    pub(crate) tag: Option<String>,
}

/// What a user should know of a dictionary that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DictionaryReport {
    /// The number of words.
    pub n_words: usize,
    /// Words with white space inside. A line with a field too many looks like one.
    pub spaced: NamedWords,
    /// Words that are never cut, because a sentence ends inside them: sentences are found before words.
    pub never_cut: NamedWords,
}

/// Words of one kind: their number, and the first few.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedWords {
    /// How many there are.
    pub n: usize,
    /// The first of them.
    pub first: Vec<String>,
}

impl NamedWords {
    fn add(&mut self, word: &str) {
        self.n += 1;
        if self.first.len() < N_NAMED {
            self.first.push(word.to_owned());
        }
    }
}

impl Dictionary {
    pub(crate) fn read(path: &Path) -> Result<Self, SegmentError> {
        let bytes = std::fs::read(path).map_err(|source| SegmentError::ReadDictionary {
            path: path.to_path_buf(),
            source,
        })?;
        if let Some(source) = other_encoding(&bytes) {
            let path = path.to_path_buf();
            return Err(SegmentError::DictionaryEncoding { path, source });
        }
        let mut entries = Vec::new();
        let end = line_end(&bytes);
        for (index, line) in bytes.split(|byte| *byte == end).enumerate() {
            let wrong = |expected| SegmentError::DictionaryLine {
                path: path.to_path_buf(),
                line: index + 1,
                expected,
                found: String::from_utf8_lossy(line).trim().to_owned(),
            };
            let line = std::str::from_utf8(line).map_err(|_| wrong("UTF-8"))?;
            let line = line.trim_start_matches('\u{feff}').trim();
            if !line.is_empty() {
                entries.push(parse_entry(line).map_err(wrong)?);
            }
        }
        Ok(Self {
            entries,
            sha256: sha256_hex(&bytes),
        })
    }

    pub(crate) fn report(&self) -> DictionaryReport {
        let mut report = DictionaryReport {
            n_words: self.entries.len(),
            ..DictionaryReport::default()
        };
        for Entry { word, .. } in &self.entries {
            if word.contains(char::is_whitespace) {
                report.spaced.add(word);
            }
            if sentence_spans(word).len() > 1 {
                report.never_cut.add(word);
            }
        }
        report
    }
}

/// Parses `word`, `word frequency`, `word tag` or `word frequency tag`; the word itself may have spaces. An error says
/// what was expected.
///
/// A last field of lower-case letters is a tag only if something before it is not a Latin letter. Otherwise it is
/// part of the word: `machine learning` is a word. As jieba reads it, `Windows 10 专业版 5 n` is a word with two spaces,
/// and so is a line without frequency and tag. A frequency and a tag in the middle are refused: something stands behind
/// the last field.
fn parse_entry(line: &str) -> Result<Entry, &'static str> {
    if let Some((word, rest)) = line.split_once('\t') {
        return parse_columns(word, rest);
    }
    if FIELD_MARKS.iter().any(|mark| is_separated_by(line, *mark)) {
        return Err(EXPECTED_SPACES);
    }
    let (mut word, mut frequency, mut tag) = (line, None, None);
    if let Some((front, last)) = last_field(word)
        && is_tag(last)
        && front
            .chars()
            .any(|c| !c.is_ascii_alphabetic() && !c.is_whitespace())
    {
        (word, tag) = (front, Some(last.to_owned()));
    }
    if let Some((front, last)) = last_field(word) {
        if is_number(last) {
            (word, frequency) = (front, Some(parse_frequency(last)?));
        } else if last.parse::<f64>().is_ok_and(f64::is_finite) {
            return Err(EXPECTED); // a number such as -3 or 0.5 was meant as a frequency
        }
    }
    if (frequency.is_none() || tag.is_none()) && has_frequency_and_tag_inside(word) {
        return Err(EXPECTED_FEWER);
    }
    Ok(Entry {
        word: word.to_owned(),
        frequency,
        tag,
    })
}

/// Parses a line whose word ends at a tab: only a frequency and a tag may follow.
fn parse_columns(word: &str, rest: &str) -> Result<Entry, &'static str> {
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let (frequency, tag) = match fields[..] {
        [] => (None, None),
        [number] if is_number(number) => (Some(number), None),
        [tag] if is_tag(tag) => (None, Some(tag)),
        [number, tag] if is_number(number) && is_tag(tag) => (Some(number), Some(tag)),
        [number, tag, ..] if is_number(number) && is_tag(tag) => return Err(EXPECTED_FEWER),
        _ => return Err(EXPECTED),
    };
    Ok(Entry {
        word: word.trim_end().to_owned(),
        frequency: frequency.map(parse_frequency).transpose()?,
        tag: tag.map(str::to_owned),
    })
}

/// Whether a mark stands between a word and its frequency or tag, as in `词,5,v`.
fn is_separated_by(line: &str, mark: char) -> bool {
    let Some((word, rest)) = line.split_once(mark) else {
        return false;
    };
    let n_marks = rest.matches(mark).count() + 1;
    let fields = rest.split(|c: char| c == mark || c.is_whitespace());
    let fields: Vec<&str> = fields.filter(|field| !field.is_empty()).collect();
    let has_word = word
        .chars()
        .any(|c| !c.is_ascii_digit() && !c.is_whitespace());
    let is_word_han = !word.is_ascii();
    has_word
        && match fields[..] {
            [] => n_marks > 1,
            [tag] if is_tag(tag) => is_word_han,
            [number] => number.parse::<f64>().is_ok(),
            [number, tag, ..] => number.parse::<f64>().is_ok() && is_tag(tag),
        }
}

/// Whether a number and a tag stand in the middle of a word that has spaces.
fn has_frequency_and_tag_inside(word: &str) -> bool {
    let fields: Vec<&str> = word.split_whitespace().skip(1).collect();
    let mut neighbours = fields.windows(2);
    neighbours.any(|pair| is_number(pair[0]) && is_tag(pair[1]))
}

fn is_number(field: &str) -> bool {
    field.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_tag(field: &str) -> bool {
    field.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn parse_frequency(field: &str) -> Result<usize, &'static str> {
    let number = field.parse().ok();
    number
        .filter(|number| *number <= MAX_FREQUENCY)
        .ok_or("a frequency up to 2^40")
}

/// Splits a text at its last white space.
fn last_field(text: &str) -> Option<(&str, &str)> {
    let (front, last) = text.rsplit_once(char::is_whitespace)?;
    Some((front.trim_end(), last))
}

#[cfg(test)]
mod tests {
    use super::{Dictionary, parse_entry};

    #[track_caller]
    fn check(line: &str, word: &str, frequency: Option<usize>, tag: Option<&str>) {
        let entry = parse_entry(line).expect("an entry");
        let found = (entry.word.as_str(), entry.frequency, entry.tag.as_deref());
        assert_eq!(found, (word, frequency, tag));
    }

    #[test]
    fn frequency_and_tag_may_be_left_out() {
        check("提起诉讼", "提起诉讼", None, None);
        check("提起诉讼 5", "提起诉讼", Some(5), None);
        check("提起诉讼 v", "提起诉讼", None, Some("v"));
        check("提起诉讼\t5  v", "提起诉讼", Some(5), Some("v"));
        check("提起诉讼\t\tv", "提起诉讼", None, Some("v"));
        check("New York\t3", "New York", Some(3), None);
        check("machine learning", "machine learning", None, None);
        check("New York 3 ns", "New York", Some(3), Some("ns"));
        check("3", "3", None, None);
    }

    #[test]
    fn a_word_may_hold_numbers_marks_and_spaces() {
        check(
            "Windows 10 专业版 5 n",
            "Windows 10 专业版",
            Some(5),
            Some("n"),
        );
        check("Windows 10 专业版", "Windows 10 专业版", None, None);
        check("iPhone 5 s 100 nz", "iPhone 5 s", Some(100), Some("nz"));
        check(
            "1,25-二羟维生素D 5 n",
            "1,25-二羟维生素D",
            Some(5),
            Some("n"),
        );
        check("10,000 3", "10,000", Some(3), None);
        check("甲,乙 3 n", "甲,乙", Some(3), Some("n"));
        check("C#", "C#", None, None);
    }

    #[track_caller]
    fn check_line(line: &str, expect: &str) {
        assert_eq!(parse_entry(line), Err(expect), "{line}");
    }

    #[test]
    fn fields_that_marks_separate_are_refused() {
        for line in [
            "提起诉讼,5,v",
            "提起诉讼, 5, v",
            "提起诉讼，5，v",
            "提起诉讼;5",
            "提起诉讼|5|v",
            "提起诉讼,v",
            "提起诉讼,,v",
            "提起诉讼,,",
            "\"提起诉讼\",5,v",
            "提起诉讼,5,v,多余",
            "提起诉讼,5 v",
            "New York,3,ns",
            "提起诉讼,0.5",
        ] {
            check_line(line, super::EXPECTED_SPACES);
        }
    }

    #[test]
    fn a_field_too_many_is_refused() {
        for line in [
            "提起诉讼 5 v 多余",
            "提起诉讼 5 v v",
            "提起诉讼 5 v 7",
            "New York 5 ns 多余 的",
            "提起诉讼\t5\tv\t多余",
        ] {
            check_line(line, super::EXPECTED_FEWER);
        }
        check_line("提起诉讼\t多余", super::EXPECTED);
    }

    fn read(bytes: &[u8]) -> Result<Dictionary, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("words.txt");
        std::fs::write(&path, bytes).expect("written");
        let shown = folder.path().display().to_string();
        Dictionary::read(&path).map_err(|error| error.to_string().replace(&shown, ""))
    }

    #[test]
    fn an_error_names_file_and_line() {
        let refused = |bytes: &[u8]| read(bytes).err().expect("refused");
        insta::assert_snapshot!(refused("语言\n\n模型 0.5 n\n".as_bytes()), @"/words.txt:3: expected `word [frequency] [tag]`, found `模型 0.5 n`");
        insta::assert_snapshot!(refused("语言 99999999999999999999\n".as_bytes()), @"/words.txt:1: expected a frequency up to 2^40, found `语言 99999999999999999999`");
        insta::assert_snapshot!(refused("语言 3\n模型,3,n\n".as_bytes()), @"/words.txt:2: expected white space between word, frequency and tag, found `模型,3,n`");
        insta::assert_snapshot!(refused("语言 3 n 多余\n".as_bytes()), @"/words.txt:1: expected no field behind word, frequency and tag, found `语言 3 n 多余`");
        insta::assert_snapshot!(refused(b"ok 3\nbad \xff 3\n"), @"/words.txt:2: expected UTF-8, found `bad � 3`");
        insta::assert_snapshot!(refused(b"\xd3\xef\xd1\xd4 3\n\xc4\xa3\xd0\xcd 3\n"), @"/words.txt: the text is GB18030, not UTF-8; convert the file first: iconv -f GB18030 -t UTF-8 OLD > NEW");
        let missing = Dictionary::read("no/words.txt".as_ref()).err();
        let missing = missing.expect("refused").to_string();
        assert!(missing.contains("no/words.txt"), "{missing}");
    }

    #[test]
    fn any_line_ends_will_do() {
        for text in [
            "语言 3 n\n模型",
            "\u{feff}语言 3 n\r\n模型\r\n",
            "语言 3 n\r模型\r",
        ] {
            let read = read(text.as_bytes()).expect("a dictionary");
            let words: Vec<&str> = read
                .entries
                .iter()
                .map(|entry| entry.word.as_str())
                .collect();
            assert_eq!(words, ["语言", "模型"], "{text:?}");
        }
    }

    #[test]
    fn words_that_are_never_cut_and_words_with_spaces_are_reported() {
        let text = "\u{feff}好。坏 5 n\r\n好！”\r\nWindows 10 专业版 5 n\r\nA. B\r\n语言\r\n";
        let report = read(text.as_bytes()).expect("a dictionary").report();
        assert_eq!(report.n_words, 5);
        assert_eq!(
            (report.never_cut.n, report.never_cut.first),
            (2, vec!["好。坏".to_owned(), "A. B".to_owned()])
        );
        assert_eq!(
            (report.spaced.n, report.spaced.first),
            (2, vec!["Windows 10 专业版".to_owned(), "A. B".to_owned()])
        );
    }
}
