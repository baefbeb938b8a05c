//! Cuts text into words: jieba's precise mode, with or without a user dictionary.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use jieba_rs::Jieba;

use crate::cut::lexicon::{Lexicon, LexiconWord};
use crate::cut::{CutScratch, Cutter};
use crate::dictionary::Dictionary;
use crate::error::SegmentError;
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
    spaced: SpacedWords,
    dictionary_sha256: Option<String>,
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
                spaced: SpacedWords::default(),
                dictionary_sha256: None,
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
        let words = dictionary.entries.iter().map(|entry| entry.word.as_str());
        Self {
            cutter: lexicon.and_then(|lexicon| Cutter::new(&lexicon, hmm)),
            jieba: OnceLock::from(jieba),
            hmm,
            spaced: SpacedWords::new(words),
            dictionary_sha256: Some(dictionary.sha256.clone()),
        }
    }

    /// The hash of the user dictionary's bytes.
    pub(crate) fn dictionary_sha256(&self) -> Option<&str> {
        self.dictionary_sha256.as_deref()
    }

    /// The words of a text, in order. Together they tile the text.
    pub fn words<'t>(&self, text: &'t str) -> Vec<Word<'t>> {
        let mut ends = Vec::new();
        self.append_jieba_ends(text, 0, &mut CutScratch::default(), &mut ends);
        let mut start = 0;
        let words = ends.into_iter().map(|end| {
            let word = Word {
                text: &text[start..end as usize],
                start,
            };
            start = end as usize;
            word
        });
        self.spaced.join(text, words.collect())
    }

    /// The words of a text by jieba-rs alone, for tests: [`Self::words`] must give the same.
    pub fn reference_words<'t>(&self, text: &'t str) -> Vec<Word<'t>> {
        let cut = self.jieba().cut(text, self.hmm).into_iter();
        let words = cut.map(|word| Word {
            text: word.word,
            start: word.byte_start,
        });
        self.spaced.join(text, words.collect())
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
        if self.spaced.by_first.is_empty() {
            self.append_jieba_ends(part.of(text), part.start, scratch, ends);
        } else {
            let words = self.words(part.of(text));
            ends.extend(words.iter().map(|word| part.start + word.end() as u32));
        }
    }

    /// Appends the ends of jieba's words, before words with white space are joined.
    fn append_jieba_ends(
        &self,
        text: &str,
        offset: u32,
        scratch: &mut CutScratch,
        ends: &mut Vec<u32>,
    ) {
        if let Some(cutter) = &self.cutter {
            cutter.append_ends(text, offset, scratch, ends);
        } else {
            let words = self.jieba().cut(text, self.hmm);
            ends.extend(words.iter().map(|word| offset + word.byte_end as u32));
        }
    }

    fn jieba(&self) -> &Jieba {
        self.jieba.get_or_init(Jieba::new)
    }
}

/// The words of a user dictionary that have white space inside, which jieba itself never joins.
#[derive(Default)]
struct SpacedWords {
    /// The words by their first character, longer ones first.
    by_first: BTreeMap<char, Vec<String>>,
}

impl SpacedWords {
    fn new<'d>(words: impl Iterator<Item = &'d str>) -> Self {
        let mut by_first: BTreeMap<char, Vec<String>> = BTreeMap::new();
        for word in words.filter(|word| word.contains(char::is_whitespace)) {
            let first = word
                .chars()
                .next()
                .expect("a word with white space is not empty");
            by_first.entry(first).or_default().push(word.to_owned());
        }
        for words in by_first.values_mut() {
            words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        }
        Self { by_first }
    }

    /// Joins neighbouring words that together are one of these words. The first and longest match is taken. A match
    /// that would end inside a word does not count.
    fn join<'t>(&self, text: &'t str, words: Vec<Word<'t>>) -> Vec<Word<'t>> {
        if self.by_first.is_empty() || !text.contains(char::is_whitespace) {
            return words;
        }
        let mut joined = Vec::with_capacity(words.len());
        let mut index = 0;
        while let Some(word) = words.get(index) {
            let n_words = self.n_words_from(text, &words[index..]);
            let end = words[index + n_words - 1].end();
            joined.push(Word {
                text: &text[word.start..end],
                start: word.start,
            });
            index += n_words;
        }
        joined
    }

    /// How many of the words are joined to the first one, the first one included.
    fn n_words_from(&self, text: &str, words: &[Word<'_>]) -> usize {
        let rest = &text[words[0].start..];
        let alike = rest.chars().next().and_then(|c| self.by_first.get(&c));
        let found = alike.into_iter().flatten().find_map(|spaced| {
            if !rest.starts_with(spaced) {
                return None;
            }
            let end = words[0].start + spaced.len();
            words.binary_search_by_key(&end, Word::end).ok()
        });
        found.map_or(1, |last| last + 1)
    }
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
    fn a_word_of_frequency_0_is_never_cut() {
        check("北京大学 0\n", "北京大学", &["北京", "大学"]);
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
