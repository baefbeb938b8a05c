//! Cuts text into words: jieba's precise mode, with or without a user dictionary.

use std::borrow::Cow;
use std::path::Path;
use std::sync::OnceLock;

use jieba_rs::Jieba;

use crate::cut::lexicon::{Lexicon, LexiconWord};
use crate::cut::{CutScratch, Cutter};
use crate::dictionary::{Dictionary, DictionaryReport};
use crate::error::SegmentError;
use crate::marked::MarkedWords;
use crate::spans::ByteSpan;

/// A word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'t> {
    /// The word.
    pub text: &'t str,
    /// The word's first byte in the text.
    pub start: usize,
}

impl Word<'_> {
    /// One past the word's last byte in the text.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Cuts text into words with jieba's precise mode. The words tile the text.
pub struct WordSegmenter {
    /// `None` if jieba-rs itself must cut: because the build did not find its dictionary, or the user's is too large.
    cutter: Option<Cutter>,
    /// jieba-rs with the user's words, made when it is first needed.
    jieba: OnceLock<Jieba>,
    hmm: bool,
    marked: MarkedWords,
    dictionary_sha256: Option<String>,
    report: Option<DictionaryReport>,
}

impl WordSegmenter {
    /// Makes a segmenter with jieba's own dictionary, and adds the words of a user dictionary if there is one.
    pub fn new(hmm: bool, dictionary: Option<&Path>) -> Result<Self, SegmentError> {
        Ok(match dictionary {
            Some(path) => Self::with(hmm, &Dictionary::read(path)?),
            None => Self {
                cutter: Cutter::jieba(hmm),
                jieba: OnceLock::new(),
                hmm,
                marked: MarkedWords::default(),
                dictionary_sha256: None,
                report: None,
            },
        })
    }

    fn with(hmm: bool, dictionary: &Dictionary) -> Self {
        let mut jieba = Jieba::new();
        let mut words = Vec::with_capacity(dictionary.entries.len());
        for entry in &dictionary.entries {
            // For a word without a frequency, jieba-rs computes and returns one.
            let frequency = jieba.add_word(&entry.word, entry.frequency, entry.tag.as_deref());
            words.push(LexiconWord {
                text: Cow::Owned(entry.word.clone()),
                frequency,
            });
        }
        let lexicon = Lexicon::jieba().map(|jieba| jieba.with(words.into_iter()));
        // A word of frequency 0 is never cut: this is how a user removes a word.
        let words = dictionary.entries.iter();
        let words = words.filter(|entry| entry.frequency != Some(0));
        Self {
            cutter: lexicon.and_then(|lexicon| Cutter::new(&lexicon, hmm)),
            jieba: OnceLock::from(jieba),
            hmm,
            marked: MarkedWords::new(words.map(|entry| entry.word.as_str())),
            dictionary_sha256: Some(dictionary.sha256.clone()),
            report: Some(dictionary.report()),
        }
    }

    /// What to know of the user dictionary; `None` if there is none.
    pub fn dictionary_report(&self) -> Option<&DictionaryReport> {
        self.report.as_ref()
    }

    /// The hash of the user dictionary's bytes.
    pub(crate) fn dictionary_sha256(&self) -> Option<&str> {
        self.dictionary_sha256.as_deref()
    }

    /// The words of a text, in order. Together they tile the text.
    pub fn words<'t>(&self, text: &'t str) -> Vec<Word<'t>> {
        let mut ends = Vec::new();
        let whole = ByteSpan::new(0, text.len());
        self.append_ends(text, whole, &mut CutScratch::default(), &mut ends);
        words_of(text, &ends)
    }

    /// The words of a text by jieba-rs alone, for tests: [`Self::words`] must give the same.
    pub fn reference_words<'t>(&self, text: &'t str) -> Vec<Word<'t>> {
        let mut ends = Vec::new();
        let mut cut = |part: &str, offset, ends: &mut Vec<u32>| {
            self.append_reference_ends(part, offset, ends);
        };
        let knows = |word: &str| self.jieba().has_word(word);
        self.append_marked_ends(text, 0, &mut ends, &mut cut, &knows);
        words_of(text, &ends)
    }

    /// The part of speech of a word: the first letter of jieba's tag (n, v, a, …). `None` if jieba cuts it
    /// into several words or has no tag for it.
    pub fn part_of_speech(&self, word: &str) -> Option<char> {
        let tags = self.jieba().tag(word, false);
        let [tag] = &tags[..] else { return None };
        // `x` is jieba's tag for everything that it does not know.
        tag.tag.chars().next().filter(|letter| *letter != 'x')
    }

    /// Appends one past the last byte of every word of a part of a text.
    pub(crate) fn append_ends(
        &self,
        text: &str,
        part: ByteSpan,
        scratch: &mut CutScratch,
        ends: &mut Vec<u32>,
    ) {
        let mut cut = |part: &str, offset, ends: &mut Vec<u32>| match &self.cutter {
            Some(cutter) => cutter.append_ends(part, offset, scratch, ends),
            None => self.append_reference_ends(part, offset, ends),
        };
        if self.marked.is_empty() {
            cut(part.of(text), part.start, ends);
            return;
        }
        let knows = |word: &str| match &self.cutter {
            Some(cutter) => cutter.knows(word),
            None => self.jieba().has_word(word),
        };
        self.append_marked_ends(part.of(text), part.start, ends, &mut cut, &knows);
    }

    /// Appends the ends of words with marks or white space, and those of jieba's words between them.
    ///
    /// A word with marks is not cut if it would begin or end inside a word that the dictionary `knows`: `A 股` is no word in
    /// `A 股东`. Words that the hidden Markov model has guessed give way.
    fn append_marked_ends(
        &self,
        text: &str,
        offset: u32,
        ends: &mut Vec<u32>,
        cut: &mut impl FnMut(&str, u32, &mut Vec<u32>),
        knows: &impl Fn(&str) -> bool,
    ) {
        let first = ends.len();
        cut(text, offset, ends);
        let splits = |at: usize| {
            let ends = &ends[first..];
            let index = ends.partition_point(|end| ((*end - offset) as usize) < at);
            let end = |index: usize| {
                ends.get(index)
                    .map_or(text.len(), |end| (*end - offset) as usize)
            };
            let start = index.checked_sub(1).map_or(0, end);
            start < at && at < end(index) && knows(&text[start..end(index)])
        };
        let places = self.marked.find(text, splits);
        if places.is_empty() {
            return;
        }
        ends.truncate(first);
        let mut at = 0;
        for place in places {
            cut(&text[at..place.start], offset + at as u32, ends);
            ends.push(offset + place.end as u32);
            at = place.end;
        }
        cut(&text[at..], offset + at as u32, ends);
    }

    /// Appends the ends of the words of jieba-rs.
    fn append_reference_ends(&self, text: &str, offset: u32, ends: &mut Vec<u32>) {
        let words = self.jieba().cut(text, self.hmm);
        ends.extend(words.iter().map(|word| offset + word.byte_end as u32));
    }

    fn jieba(&self) -> &Jieba {
        self.jieba.get_or_init(Jieba::new)
    }
}

/// The words of a text whose ends are known.
fn words_of<'t>(text: &'t str, ends: &[u32]) -> Vec<Word<'t>> {
    let mut start = 0;
    let words = ends.iter().map(|end| {
        let word = Word {
            text: &text[start..*end as usize],
            start,
        };
        start = *end as usize;
        word
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::WordSegmenter;

    #[track_caller]
    fn check(dictionary: &str, text: &str, expect: &[&str]) {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(dictionary.as_bytes()).expect("written");
        let segmenter = WordSegmenter::new(true, Some(file.path())).expect("a dictionary");
        let words: Vec<&str> = segmenter.words(text).iter().map(|word| word.text).collect();
        assert_eq!(words, expect);
    }

    #[test]
    fn a_user_dictionary_keeps_a_term_whole() {
        check("", "原告提起诉讼", &["原告", "提起", "诉讼"]);
        check("提起诉讼 100000 v\n", "原告提起诉讼", &["原告", "提起诉讼"]);
        check(
            "语言模型预测 5\n",
            "语言模型预测概率",
            &["语言模型预测", "概率"],
        );
    }

    #[test]
    fn a_word_of_the_user_dictionary_may_hold_a_space() {
        check(
            "深度 学习 7 n\n",
            "研究深度 学习的人",
            &["研究", "深度 学习", "的", "人"],
        );
        check("New York 3\n", "去New York玩", &["去", "New York", "玩"]);
    }

    #[test]
    fn the_longest_word_with_a_space_is_taken_and_never_half_a_word() {
        check(
            "New York 3\nNew York City 3\n",
            "New York City和New York和New Yorkshire",
            &[
                "New York City",
                "和",
                "New York",
                "和",
                "New",
                " ",
                "Yorkshire",
            ],
        );
    }

    #[test]
    fn a_word_of_the_user_dictionary_may_hold_marks() {
        for (word, text) in [
            ("β-内酰胺酶", "检出|β-内酰胺酶|阳性|的|菌株"),
            ("阿莫西林/克拉维酸钾", "给予|阿莫西林/克拉维酸钾|治疗"),
            ("mmol/L", "浓度|为|5|mmol/L|左右"),
            ("*ST舜船", "今天|*ST舜船|跌停|了"),
            ("《民法典》", "适用|《民法典》|第一条"),
            ("维生素B₁₂", "缺乏|维生素B₁₂|会"),
            ("二〇一九年", "在|二〇一九年|春天"),
            ("卡尔·马克思", "德国人|卡尔·马克思|写"),
        ] {
            let expect: Vec<&str> = text.split('|').collect();
            check(&format!("{word} 5 n\n"), &expect.concat(), &expect);
        }
    }

    #[test]
    fn a_word_with_marks_splits_no_word_of_the_dictionary() {
        check("A 股 5\n", "A 股东", &["A", " ", "股东"]);
        check("A 股 5\n", "A 股的", &["A 股", "的"]);
    }

    #[test]
    fn a_word_of_frequency_0_is_never_cut() {
        check("北京大学 0\n", "北京大学", &["北京", "大学"]);
        check("深度 学习 0\n", "深度 学习", &["深度", " ", "学习"]);
    }

    #[test]
    fn words_have_a_part_of_speech_if_the_dictionary_has_them() {
        let segmenter = WordSegmenter::new(true, None).expect("jieba");
        let of = |word| segmenter.part_of_speech(word);
        assert_eq!(
            (of("语言"), of("购买"), of("高兴")),
            (Some('n'), Some('v'), Some('b'))
        );
        assert_eq!(of("语言购买"), None, "two words");
    }

    #[test]
    fn words_tile_the_text() {
        let segmenter = WordSegmenter::new(true, None).expect("jieba");
        let text = "使用语言 model，3.14 和 COVID-19！";
        let mut end = 0;
        for word in segmenter.words(text) {
            assert_eq!(word.start, end);
            end = word.end();
        }
        assert_eq!(end, text.len());
    }
}
