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
        (!words.is_empty()).then_some(Self { entries: words })
    }

    #[cfg(test)]
    pub(crate) fn of(words: &[(&str, usize)]) -> Self {
        let words = words
            .iter()
            .map(|(word, frequency)| ((*word).to_owned(), *frequency));
        Self {
            entries: Vec::new(),
        }
        .with(words)
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
        self.entries
            .iter()
            .map(|(word, frequency)| (&**word, *frequency))
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

#[cfg(test)]
mod tests {
    use jieba_rs::Jieba;

    use super::Lexicon;

    #[test]
    fn the_words_are_all_of_jiebas_with_their_frequencies() {
        let lexicon = Lexicon::jieba().expect("the build found jieba's dictionary");
        let mut jieba = Jieba::new();
        let (n_words, total) = (lexicon.entries().count(), lexicon.total());
        let shown = format!("Jieba {{ records_len: {n_words}, total_freq: {total} }}");
        assert_eq!(format!("{jieba:?}"), shown);
        assert!(lexicon.entries().all(|(word, _)| jieba.has_word(word)));
        // Without the word's own frequency, the sum is less by just that.
        for (word, frequency) in lexicon.entries().step_by(97) {
            jieba.add_word(word, Some(0), None);
            let without = total - frequency;
            assert!(
                format!("{jieba:?}").ends_with(&format!(" {without} }}")),
                "{word}"
            );
            jieba.add_word(word, Some(frequency), None);
        }
    }

    #[test]
    fn a_users_words_join_them_and_a_word_that_is_there_takes_the_new_frequency() {
        let jieba = Lexicon::jieba().expect("the build found jieba's dictionary");
        let before = (jieba.entries().count(), jieba.total());
        let of = |lexicon: &Lexicon, word| {
            let found = lexicon.entries().find(|entry| entry.0 == word);
            found.map(|entry| entry.1)
        };
        let old = of(&jieba, "语言").expect("a word");
        let users = [("语言", 7), ("语言模型预测", 5), ("语言", 9)];
        let lexicon = jieba.with(users.iter().map(|(word, n)| ((*word).to_owned(), *n)));
        assert_eq!(
            (of(&lexicon, "语言"), of(&lexicon, "语言模型预测")),
            (Some(9), Some(5))
        );
        let after = (before.0 + 1, before.1 - old + 9 + 5);
        assert_eq!((lexicon.entries().count(), lexicon.total()), after);
        assert!(lexicon.entries().is_sorted());
    }
}
