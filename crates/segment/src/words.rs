//! Words: jieba's precise cut, with a user dictionary.

use std::path::Path;

use jieba_rs::Jieba;

use crate::hash::sha256_hex;
use crate::segmenter::SegmentError;

/// A word of a text and where it starts, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'t> {
    /// The word as it stands in the text.
    pub text: &'t str,
    /// Its first byte in the text.
    pub start: usize,
}

impl Word<'_> {
    /// One past the word's last byte in the text.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Cuts text into words: jieba, precise mode; the words tile the text.
pub struct WordSegmenter {
    jieba: Jieba,
    hmm: bool,
    /// Words of the user dictionary with white space inside, which jieba itself never joins.
    spaced: Vec<String>,
    dictionary_sha256: Option<String>,
}

impl WordSegmenter {
    /// jieba with its own dictionary, and a user's on top where one is given.
    pub fn new(hmm: bool, dictionary: Option<&Path>) -> Result<Self, SegmentError> {
        let mut segmenter = Self {
            jieba: Jieba::new(),
            hmm,
            spaced: Vec::new(),
            dictionary_sha256: None,
        };
        if let Some(path) = dictionary {
            segmenter.add_dictionary(path)?;
        }
        Ok(segmenter)
    }

    /// The hash of the user dictionary's bytes.
    pub fn dictionary_sha256(&self) -> Option<&str> {
        self.dictionary_sha256.as_deref()
    }

    /// The words of a text, in order; together they are the text.
    pub fn words<'t>(&self, text: &'t str) -> Vec<Word<'t>> {
        let mut words: Vec<Word<'t>> = self
            .jieba
            .cut(text, self.hmm)
            .into_iter()
            .map(|token| Word {
                text: token.word,
                start: token.byte_start,
            })
            .collect();
        for spaced in &self.spaced {
            join_spaced(text, spaced, &mut words);
        }
        words
    }

    fn add_dictionary(&mut self, path: &Path) -> Result<(), SegmentError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| SegmentError::ReadDictionary {
                path: path.to_path_buf(),
                source,
            })?;
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() {
                continue;
            }
            let entry = parse_entry(line).ok_or_else(|| SegmentError::DictionaryLine {
                path: path.to_path_buf(),
                line: index + 1,
                found: line.to_owned(),
            })?;
            self.jieba.add_word(entry.word, entry.frequency, entry.tag);
            if entry.word.contains(char::is_whitespace) {
                self.spaced.push(entry.word.to_owned());
            }
        }
        self.spaced
            .sort_by_key(|word| std::cmp::Reverse(word.len()));
        self.dictionary_sha256 = Some(sha256_hex(&text));
        Ok(())
    }
}

struct Entry<'l> {
    word: &'l str,
    frequency: Option<usize>,
    tag: Option<&'l str>,
}

/// `word`, `word frequency`, `word tag` or `word frequency tag`; the word itself may hold spaces.
fn parse_entry(line: &str) -> Option<Entry<'_>> {
    let (mut word, mut frequency, mut tag) = (line, None, None);
    if let Some((front, last)) = word.rsplit_once(char::is_whitespace)
        && last.bytes().all(|b| b.is_ascii_lowercase())
        && front
            .trim_end()
            .chars()
            .any(|c| !c.is_ascii_alphabetic() && !c.is_whitespace())
    {
        (word, tag) = (front.trim_end(), Some(last));
    }
    if let Some((front, last)) = word.rsplit_once(char::is_whitespace)
        && last.bytes().all(|b| b.is_ascii_digit())
    {
        (word, frequency) = (front.trim_end(), Some(last.parse().ok()?));
    }
    (!word.is_empty()).then_some(Entry {
        word,
        frequency,
        tag,
    })
}

/// Makes one word of the words that together are `spaced`, wherever its ends are borders of words.
fn join_spaced<'t>(text: &'t str, spaced: &str, words: &mut Vec<Word<'t>>) {
    for (start, found) in text.match_indices(spaced) {
        let end = start + found.len();
        let first = words.iter().position(|word| word.start == start);
        let last = words.iter().position(|word| word.end() == end);
        if let (Some(first), Some(last)) = (first, last)
            && first <= last
        {
            words.splice(first..=last, [Word { text: found, start }]);
        }
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
