//! The dictionary that words are cut by: jieba's own, and a user's on top.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// jieba-rs's dictionary (`word frequency tag` a line, in the words' order); empty where the build did not find it.
const DEFAULT: &str = include_str!(concat!(env!("OUT_DIR"), "/dictionary.txt"));

/// Words and their frequencies.
///
/// Invariant: in the order of the words, each once.
pub(crate) struct Lexicon {
    entries: Vec<(Cow<'static, str>, usize)>,
}

impl Lexicon {
    /// jieba's own words; none where they are not known.
    pub(crate) fn jieba() -> Option<Self> {
        let words = words_of(DEFAULT)?;
        (!words.is_empty()).then(|| Self {
            entries: words,
        })
    }

    /// The same with a user's words: a word that is there already takes the new frequency, as in jieba.
    pub(crate) fn with(self, words: impl Iterator<Item = (String, usize)>) -> Self {
        let mut by_word: BTreeMap<Cow<'static, str>, usize> = self.entries.into_iter().collect();
        by_word.extend(words.map(|(word, frequency)| (Cow::Owned(word), frequency)));
        Self {
            entries: by_word.into_iter().collect(),
        }
    }

    /// The words and their frequencies, in the words' order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, usize)> + Clone {
        self.entries.iter().map(|(word, frequency)| (&**word, *frequency))
    }

    /// The sum of all frequencies.
    pub(crate) fn total(&self) -> usize {
        self.entries.iter().map(|(_, frequency)| frequency).sum()
    }
}

/// The words of a dictionary's text; `None` where a line is none, or out of order.
fn words_of(text: &'static str) -> Option<Vec<(Cow<'static, str>, usize)>> {
    let entry = |line: &'static str| {
        let mut fields = line.split_ascii_whitespace();
        let (word, frequency) = (fields.next()?, fields.next()?.parse().ok()?);
        Some((Cow::Borrowed(word), frequency))
    };
    let words: Vec<_> = text.lines().map(entry).collect::<Option<_>>()?;
    words.is_sorted_by(|a, b| a.0 < b.0).then_some(words)
}
