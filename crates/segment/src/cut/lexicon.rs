//! Holds the dictionary that text is cut with: jieba's own, possibly with a user's words added.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// jieba-rs's dictionary, with one `word frequency tag` per line, sorted by word; empty if the build did not find it.
const DEFAULT: &str = include_str!(concat!(env!("OUT_DIR"), "/dictionary.txt"));

/// The words of a dictionary.
///
/// Invariant: the words are sorted, and each is there once.
pub(crate) struct Lexicon {
    words: Vec<LexiconWord>,
}

/// A word of a dictionary.
pub(crate) struct LexiconWord {
    pub(crate) text: Cow<'static, str>,
    pub(crate) frequency: usize,
}

impl Lexicon {
    /// jieba's own words; `None` if the build did not find them.
    pub(crate) fn jieba() -> Option<Self> {
        let words = parse(DEFAULT)?;
        (!words.is_empty()).then_some(Self { words })
    }

    #[cfg(test)]
    pub(crate) fn of(words: &[(&str, usize)]) -> Self {
        let words = words.iter().map(|(word, frequency)| LexiconWord {
            text: Cow::Owned((*word).to_owned()),
            frequency: *frequency,
        });
        Self { words: Vec::new() }.with(words)
    }

    /// Adds words. A word that is there already takes the new frequency, as in jieba.
    pub(crate) fn with(self, words: impl Iterator<Item = LexiconWord>) -> Self {
        let words = self.words.into_iter().chain(words);
        let by_text: BTreeMap<Cow<'static, str>, usize> =
            words.map(|word| (word.text, word.frequency)).collect();
        let words = by_text
            .into_iter()
            .map(|(text, frequency)| LexiconWord { text, frequency });
        Self {
            words: words.collect(),
        }
    }

    /// The words, sorted.
    pub(crate) fn words(&self) -> &[LexiconWord] {
        &self.words
    }

    /// The sum of all frequencies.
    pub(crate) fn total(&self) -> usize {
        self.words.iter().map(|word| word.frequency).sum()
    }
}

/// Parses a dictionary's text; `None` if a line is malformed or out of order.
fn parse(text: &'static str) -> Option<Vec<LexiconWord>> {
    let word = |line: &'static str| {
        let mut fields = line.split_ascii_whitespace();
        Some(LexiconWord {
            text: Cow::Borrowed(fields.next()?),
            frequency: fields.next()?.parse().ok()?,
        })
    };
    let words: Vec<_> = text.lines().map(word).collect::<Option<_>>()?;
    words.is_sorted_by(|a, b| a.text < b.text).then_some(words)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use jieba_rs::Jieba;

    use super::{Lexicon, LexiconWord};

    #[test]
    fn the_words_are_all_of_jiebas_with_their_frequencies() {
        let lexicon = Lexicon::jieba().expect("the build found jieba's dictionary");
        let mut jieba = Jieba::new();
        let (n_words, total) = (lexicon.words().len(), lexicon.total());
        let shown = format!("Jieba {{ records_len: {n_words}, total_freq: {total} }}");
        assert_eq!(format!("{jieba:?}"), shown);
        assert!(
            lexicon
                .words()
                .iter()
                .all(|word| jieba.has_word(&word.text))
        );
        // Setting a word's frequency to 0 must lower the sum by just that frequency.
        for word in lexicon.words().iter().step_by(97) {
            jieba.add_word(&word.text, Some(0), None);
            let without = total - word.frequency;
            assert!(
                format!("{jieba:?}").ends_with(&format!(" {without} }}")),
                "{}",
                word.text
            );
            jieba.add_word(&word.text, Some(word.frequency), None);
        }
    }

    #[test]
    fn a_users_words_are_added_and_a_word_that_is_there_takes_the_new_frequency() {
        let jieba = Lexicon::jieba().expect("the build found jieba's dictionary");
        let before = (jieba.words().len(), jieba.total());
        let of = |lexicon: &Lexicon, text| {
            let found = lexicon.words().iter().find(|word| word.text == text);
            found.map(|word| word.frequency)
        };
        let old = of(&jieba, "语言").expect("a word");
        let users = [("语言", 7), ("语言模型预测", 5), ("语言", 9)];
        let lexicon = jieba.with(users.iter().map(|(word, n)| LexiconWord {
            text: Cow::Borrowed(*word),
            frequency: *n,
        }));
        assert_eq!(
            (of(&lexicon, "语言"), of(&lexicon, "语言模型预测")),
            (Some(9), Some(5))
        );
        let after = (before.0 + 1, before.1 - old + 9 + 5);
        assert_eq!((lexicon.words().len(), lexicon.total()), after);
        assert!(lexicon.words().is_sorted_by(|a, b| a.text < b.text));
    }
}
