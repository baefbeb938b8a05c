//! The text that vectors are trained on, packed: 4 bytes a running word.

use std::collections::HashMap;

use super::TrainError;

/// Stands behind each sentence.
pub(super) const BORDER: u32 = u32::MAX;

/// Collects sentences of words.
///
/// Memory: 4 bytes a running word and 4 a sentence, and every word that was seen once.
#[derive(Default)]
pub struct TextBuilder {
    places: HashMap<String, u32>,
    counts: Vec<u64>,
    ids: Vec<u32>,
    n_running: u64,
}

/// Words by falling frequency, and the text in their numbers.
pub struct PackedText {
    words: Vec<String>,
    counts: Vec<u64>,
    pub(super) ids: Vec<u32>,
    n_kept: u64,
    n_running: u64,
    n_distinct: usize,
}

impl TextBuilder {
    /// Adds a sentence: contexts never reach beyond it.
    pub fn add<'w>(&mut self, sentence: impl IntoIterator<Item = &'w str>) {
        let start = self.ids.len();
        for word in sentence {
            let id = match self.places.get(word) {
                Some(id) => *id,
                None => self.new_word(word),
            };
            self.counts[id as usize] += 1;
            self.ids.push(id);
        }
        self.n_running += (self.ids.len() - start) as u64;
        if self.ids.len() > start {
            self.ids.push(BORDER);
        }
    }

    fn new_word(&mut self, word: &str) -> u32 {
        let id = self.counts.len() as u32;
        self.places.insert(word.to_owned(), id);
        self.counts.push(0);
        id
    }

    /// The packed text of the words seen `min_count` times or more.
    ///
    /// Words stand by (count falling, then text), so equal text gives equal numbers.
    pub fn finish(self, min_count: u64) -> Result<PackedText, TrainError> {
        let n_distinct = self.counts.len();
        let mut kept: Vec<(u64, String, u32)> = self
            .places
            .into_iter()
            .map(|(word, id)| (self.counts[id as usize], word, id))
            .filter(|(count, _, _)| *count >= min_count)
            .collect();
        if kept.is_empty() {
            return Err(TrainError::NoWords {
                min_count,
                n_distinct,
            });
        }
        kept.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        // `None`: cut by frequency.
        let mut numbers: Vec<Option<u32>> = vec![None; n_distinct];
        for (number, (_, _, id)) in kept.iter().enumerate() {
            numbers[*id as usize] = Some(number as u32);
        }
        let mut ids = self.ids;
        renumber(&mut ids, &numbers);
        Ok(PackedText {
            n_kept: kept.iter().map(|(count, _, _)| count).sum(),
            counts: kept.iter().map(|(count, _, _)| *count).collect(),
            words: kept.into_iter().map(|(_, word, _)| word).collect(),
            ids,
            n_running: self.n_running,
            n_distinct,
        })
    }
}

/// Puts the new numbers in, in place; words that were cut go, and so do sentences of which nothing is left.
fn renumber(ids: &mut Vec<u32>, numbers: &[Option<u32>]) {
    let mut end = 0;
    for place in 0..ids.len() {
        let id = ids[place];
        let new = if id == BORDER {
            (end > 0 && ids[end - 1] != BORDER).then_some(BORDER)
        } else {
            numbers[id as usize]
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

    /// The words and how often each was seen.
    pub(super) fn into_words(self) -> (Vec<String>, Vec<u64>) {
        (self.words, self.counts)
    }

    /// How often each word was seen.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Running words of the text, those left out for their frequency included.
    pub fn n_running(&self) -> u64 {
        self.n_running
    }

    /// Running words that are trained on.
    pub fn n_kept(&self) -> u64 {
        self.n_kept
    }

    /// Different words, those left out for their frequency included.
    pub fn n_distinct(&self) -> usize {
        self.n_distinct
    }
}

#[cfg(test)]
mod tests {
    use super::{BORDER, PackedText, TextBuilder};

    fn packed(sentences: &[&str], min_count: u64) -> Option<PackedText> {
        let mut builder = TextBuilder::default();
        for sentence in sentences {
            builder.add(sentence.split_whitespace());
        }
        builder.finish(min_count).ok()
    }

    #[test]
    fn words_stand_by_frequency_and_rare_ones_go() {
        let sentences = ["模型 的 语言", "", "罕词", "语言 的 罕见 模型 的"];
        let text = packed(&sentences, 2).expect("words");
        assert_eq!(text.words(), ["的", "模型", "语言"]);
        assert_eq!(text.counts(), [3, 2, 2]);
        assert_eq!(text.ids, [1, 0, 2, BORDER, 2, 0, 1, 0, BORDER]);
        let counts = (text.n_running(), text.n_kept(), text.n_distinct());
        assert_eq!(counts, (9, 7, 5));
    }

    #[test]
    fn a_text_of_rare_words_is_refused() {
        assert!(packed(&["语言 模型"], 2).is_none());
        assert!(packed(&[], 1).is_none());
    }
}
