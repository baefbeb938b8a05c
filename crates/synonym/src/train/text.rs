//! The text that vectors are trained on, packed into 4 bytes per running word.

use std::collections::HashMap;

use crate::train::error::TrainError;

/// The id that follows the last word of each sentence.
pub(super) const BOUNDARY: u32 = u32::MAX;

/// Collects sentences of words.
///
/// Memory: 4 bytes per running word, 4 per sentence, and every distinct word once.
#[derive(Default)]
pub struct TextBuilder {
    /// Words by their id, in the order of first occurrence.
    ids_of: HashMap<String, u32>,
    counts: Vec<u64>,
    ids: Vec<u32>,
    n_running: u64,
}

/// A text as word ids. Ids count the words by falling frequency.
pub struct PackedText {
    words: Vec<String>,
    counts: Vec<u64>,
    /// The sentences, each followed by [`BOUNDARY`].
    pub(super) ids: Vec<u32>,
    n_kept: u64,
    n_running: u64,
    n_distinct: usize,
}

impl TextBuilder {
    /// Adds a sentence. Windows never reach across its ends.
    pub fn add<'w>(&mut self, sentence: impl IntoIterator<Item = &'w str>) {
        let start = self.ids.len();
        for word in sentence {
            let id = match self.ids_of.get(word) {
                Some(id) => *id,
                None => self.new_word(word),
            };
            self.counts[id as usize] += 1;
            self.ids.push(id);
        }
        self.n_running += (self.ids.len() - start) as u64;
        if self.ids.len() > start {
            self.ids.push(BOUNDARY);
        }
    }

    fn new_word(&mut self, word: &str) -> u32 {
        let id = self.counts.len() as u32;
        self.ids_of.insert(word.to_owned(), id);
        self.counts.push(0);
        id
    }

    /// Packs the text without the words that occur less than `min_count` times.
    ///
    /// Words are sorted by falling count, then by text, so equal texts give equal ids.
    pub fn finish(self, min_count: u64) -> Result<PackedText, TrainError> {
        let n_distinct = self.counts.len();
        let counted = |(text, old_id): (String, u32)| Word {
            count: self.counts[old_id as usize],
            text,
            old_id,
        };
        let mut kept: Vec<Word> = self
            .ids_of
            .into_iter()
            .map(counted)
            .filter(|word| word.count >= min_count)
            .collect();
        if kept.is_empty() {
            return Err(TrainError::NoWords {
                min_count,
                n_distinct,
            });
        }
        kept.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
        let mut new_ids: Vec<Option<u32>> = vec![None; n_distinct];
        for (new_id, word) in kept.iter().enumerate() {
            new_ids[word.old_id as usize] = Some(new_id as u32);
        }
        let mut ids = self.ids;
        renumber(&mut ids, &new_ids);
        Ok(PackedText {
            n_kept: kept.iter().map(|word| word.count).sum(),
            counts: kept.iter().map(|word| word.count).collect(),
            words: kept.into_iter().map(|word| word.text).collect(),
            ids,
            n_running: self.n_running,
            n_distinct,
        })
    }
}

/// A word that is frequent enough.
struct Word {
    count: u64,
    text: String,
    old_id: u32,
}

/// Replaces old ids with new ones, in place. Removes words without a new id, and sentences that become empty.
fn renumber(ids: &mut Vec<u32>, new_ids: &[Option<u32>]) {
    let mut end = 0;
    for position in 0..ids.len() {
        let id = ids[position];
        let new = if id == BOUNDARY {
            (end > 0 && ids[end - 1] != BOUNDARY).then_some(BOUNDARY)
        } else {
            new_ids[id as usize]
        };
        if let Some(new) = new {
            ids[end] = new;
            end += 1;
        }
    }
    ids.truncate(end);
    ids.shrink_to_fit();
}

impl PackedText {
    /// The words, the most frequent first.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The words and their counts.
    pub(super) fn into_words(self) -> (Vec<String>, Vec<u64>) {
        (self.words, self.counts)
    }

    /// How often each word occurs.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The number of running words of the text, including those of words that are too rare.
    pub fn n_running(&self) -> u64 {
        self.n_running
    }

    /// The number of running words that are trained on.
    pub fn n_kept(&self) -> u64 {
        self.n_kept
    }

    /// The number of different words, including those that are too rare.
    pub fn n_distinct(&self) -> usize {
        self.n_distinct
    }
}

#[cfg(test)]
mod tests {
    use super::{BOUNDARY, PackedText, TextBuilder};

    fn packed(sentences: &[&str], min_count: u64) -> Option<PackedText> {
        let mut builder = TextBuilder::default();
        for sentence in sentences {
            builder.add(sentence.split_whitespace());
        }
        builder.finish(min_count).ok()
    }

    #[test]
    fn words_are_sorted_by_frequency_and_rare_ones_are_removed() {
        let sentences = ["模型 的 语言", "", "罕词", "语言 的 罕见 模型 的"];
        let text = packed(&sentences, 2).expect("words");
        assert_eq!(text.words(), ["的", "模型", "语言"]);
        assert_eq!(text.counts(), [3, 2, 2]);
        assert_eq!(text.ids, [1, 0, 2, BOUNDARY, 2, 0, 1, 0, BOUNDARY]);
        let counts = (text.n_running(), text.n_kept(), text.n_distinct());
        assert_eq!(counts, (9, 7, 5));
    }

    #[test]
    fn a_text_of_rare_words_is_refused() {
        assert!(packed(&["语言 模型"], 2).is_none());
        assert!(packed(&[], 1).is_none());
    }
}
