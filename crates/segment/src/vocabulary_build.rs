//! Builds a WordPiece vocabulary from a corpus.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    NormalizedString, Normalizer as _, OffsetReferential, OffsetType, PreTokenizedString,
    PreTokenizer as _,
};

use crate::vocabulary::{Vocabulary, VocabularyError};

/// The number of `[unusedN]` pieces. With it `[UNK]` has id 100, as in Google's Chinese BERT.
const N_UNUSED: usize = 99;
/// Words of more characters never become pieces themselves; only their parts may.
const MAX_WORD_CHARACTERS: usize = 24;
/// Numbers of characters that a part of a word may have. Shorter parts are characters, and longer ones are rarely
/// shared.
const PART_CHARACTERS: RangeInclusive<usize> = 2..=6;

/// How a vocabulary is built (`[vocabulary.build]` of a config).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VocabularyBuildOptions {
    /// CJK characters, marks and letters that occur at least this often become pieces.
    pub min_character_count: u64,
    /// Words of other scripts that occur at least this often become pieces, and so do beginnings and `##` endings of
    /// rarer words.
    pub min_word_count: u64,
    /// The most pieces that the vocabulary may have, special pieces and `[unusedN]` included.
    pub max_size: usize,
    /// Whether text is lower-cased and stripped of accents: the value of `segment.lower_case`.
    pub lower_case: bool,
}

/// Counts the characters and words of a corpus, and makes a vocabulary of them.
///
/// The vocabulary depends on the counts alone, and so not on the order of the documents.
pub struct VocabularyBuilder {
    options: VocabularyBuildOptions,
    normalizer: BertNormalizer,
    /// How often a word of one character occurs.
    single: HashMap<char, u64>,
    /// How often a longer word occurs.
    words: HashMap<String, u64>,
}

/// A piece that may enter the vocabulary, and how often it occurs.
struct Candidate {
    piece: String,
    count: u64,
}

impl VocabularyBuilder {
    /// Makes a builder that has counted nothing yet.
    pub fn new(options: VocabularyBuildOptions) -> Self {
        Self {
            normalizer: BertNormalizer::new(true, true, None, options.lower_case),
            options,
            single: HashMap::new(),
            words: HashMap::new(),
        }
    }

    /// Counts a document's text.
    pub fn add(&mut self, text: &str) {
        for line in text.lines() {
            self.add_line(line);
        }
    }

    /// Adds the counts of another builder, which must have the same options.
    pub fn merge(&mut self, other: Self) {
        for (character, count) in other.single {
            *self.single.entry(character).or_default() += count;
        }
        for (word, count) in other.words {
            *self.words.entry(word).or_default() += count;
        }
    }

    fn add_line(&mut self, line: &str) {
        let mut normalized = NormalizedString::from(line);
        self.normalizer
            .normalize(&mut normalized)
            .expect("BERT's normaliser takes any text");
        let mut words = PreTokenizedString::from(normalized);
        BertPreTokenizer
            .pre_tokenize(&mut words)
            .expect("BERT's pre-tokeniser takes any text");
        for (word, _, _) in words.get_splits(OffsetReferential::Normalized, OffsetType::None) {
            let mut characters = word.chars();
            match (characters.next(), characters.next()) {
                (Some(only), None) => *self.single.entry(only).or_default() += 1,
                (Some(_), Some(_)) => *self.words.entry(word.to_owned()).or_default() += 1,
                (None, _) => {}
            }
        }
    }

    /// Makes the vocabulary: the special pieces at BERT's ids, then characters, then `##` characters, then words and
    /// parts of words. Each group is sorted by falling count.
    ///
    /// The order is a project decision, because BERT's own builder was never published. A CJK character is always a
    /// piece of its own, so no `##` piece contains one.
    pub fn finish(self) -> Result<Vocabulary, VocabularyError> {
        let (characters, continuations) = self.characters();
        let mut pieces = first_pieces();
        pieces.extend(characters);
        pieces.extend(continuations);
        if pieces.len() > self.options.max_size {
            return Err(VocabularyError::TooSmall {
                needed: pieces.len(),
                max_size: self.options.max_size,
            });
        }
        let room = self.options.max_size - pieces.len();
        let words = self.frequent_words().chain(self.parts_of_rare_words());
        let words = by_falling_count(words, self.options.min_word_count);
        pieces.extend(words.into_iter().take(room));
        Vocabulary::from_pieces(pieces)
    }

    /// The frequent characters, and the frequent `##` characters, which continue a word.
    fn characters(&self) -> (Vec<String>, Vec<String>) {
        let mut first: BTreeMap<char, u64> = self.single.iter().map(|(c, n)| (*c, *n)).collect();
        let mut later: BTreeMap<char, u64> = BTreeMap::new();
        for (word, count) in &self.words {
            for (index, character) in word.chars().enumerate() {
                *first.entry(character).or_default() += count;
                if index > 0 && !is_ideograph(character) {
                    *later.entry(character).or_default() += count;
                }
            }
        }
        let frequent = |counts: BTreeMap<char, u64>, prefix: &str| {
            let candidates = counts.into_iter().map(|(character, count)| Candidate {
                piece: format!("{prefix}{character}"),
                count,
            });
            by_falling_count(candidates, self.options.min_character_count)
        };
        (frequent(first, ""), frequent(later, "##"))
    }

    /// Whether a word is frequent and short enough to be a piece.
    fn is_piece(&self, word: &str, count: u64) -> bool {
        count >= self.options.min_word_count && word.chars().count() <= MAX_WORD_CHARACTERS
    }

    /// Words of other scripts that are frequent enough to be a piece.
    fn frequent_words(&self) -> impl Iterator<Item = Candidate> {
        self.words
            .iter()
            .filter(|(word, count)| self.is_piece(word, **count) && !word.contains(is_ideograph))
            .map(|(word, count)| Candidate {
                piece: word.clone(),
                count: *count,
            })
    }

    /// Beginnings and `##` endings of the words that are not a piece themselves.
    fn parts_of_rare_words(&self) -> impl Iterator<Item = Candidate> {
        let mut beginnings: HashMap<&str, u64> = HashMap::new();
        let mut endings: HashMap<&str, u64> = HashMap::new();
        for (word, count) in &self.words {
            if self.is_piece(word, *count) || word.contains(is_ideograph) {
                continue;
            }
            let boundaries: Vec<usize> = word.char_indices().map(|(start, _)| start).collect();
            for n in PART_CHARACTERS.take_while(|n| *n <= boundaries.len()) {
                let end = boundaries.get(n).copied().unwrap_or(word.len());
                *beginnings.entry(&word[..end]).or_default() += count;
                if n < boundaries.len() {
                    let ending = &word[boundaries[boundaries.len() - n]..];
                    *endings.entry(ending).or_default() += count;
                }
            }
        }
        // A beginning that is a frequent word is a candidate already.
        beginnings.retain(|beginning, _| {
            let count = self.words.get(*beginning);
            !count.is_some_and(|count| self.is_piece(beginning, *count))
        });
        let beginnings = beginnings.into_iter().map(|(beginning, count)| Candidate {
            piece: beginning.to_owned(),
            count,
        });
        let endings = endings.into_iter().map(|(ending, count)| Candidate {
            piece: format!("##{ending}"),
            count,
        });
        beginnings.chain(endings)
    }
}

/// The first pieces: `[PAD]` 0, `[unused1]` 1 to `[unused99]` 99, `[UNK]` 100, `[CLS]` 101, `[SEP]` 102, `[MASK]` 103.
fn first_pieces() -> Vec<String> {
    let unused = (1..=N_UNUSED).map(|n| format!("[unused{n}]"));
    let after = ["[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(String::from);
    std::iter::once("[PAD]".to_owned())
        .chain(unused)
        .chain(after)
        .collect()
}

/// The candidates that occur at least `min_count` times, sorted by falling count and then by text.
fn by_falling_count(candidates: impl Iterator<Item = Candidate>, min_count: u64) -> Vec<String> {
    let mut candidates: Vec<_> = candidates.filter(|c| c.count >= min_count).collect();
    candidates.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.piece.cmp(&b.piece)));
    candidates.into_iter().map(|c| c.piece).collect()
}

/// Whether BERT treats a character as Chinese: it is in one of the "CJK Unified Ideographs" blocks that BERT knows. The
/// `tokenizers` crate has the same list.
pub fn is_cjk(character: char) -> bool {
    matches!(
        u32::from(character),
        0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0x20000..=0x2A6DF | 0x2A700..=0x2B73F
            | 0x2B740..=0x2B81F | 0x2B920..=0x2CEAF | 0xF900..=0xFAFF | 0x2F800..=0x2FA1F
    )
}

/// Whether a character is Chinese, including the later extensions of Unicode that BERT does not know.
///
/// BERT takes a run of characters of these extensions for one word. No piece of the vocabulary may continue with one.
fn is_ideograph(character: char) -> bool {
    is_cjk(character)
        || matches!(
            u32::from(character),
            0x2B820..=0x2B91F | 0x2CEB0..=0x2EE5F | 0x30000..=0x323AF
        )
}

#[cfg(test)]
mod tests {
    use super::{VocabularyBuildOptions, VocabularyBuilder, is_cjk};
    use crate::{PieceId, Vocabulary};

    fn build(texts: &[&str], max_size: usize) -> Vocabulary {
        let mut builder = VocabularyBuilder::new(VocabularyBuildOptions {
            min_character_count: 1,
            min_word_count: 2,
            max_size,
            lower_case: true,
        });
        for text in texts {
            builder.add(text);
        }
        builder.finish().expect("a vocabulary")
    }

    #[test]
    fn specials_have_berts_ids() {
        let vocabulary = build(&["语言模型"], 1000);
        let specials = vocabulary.specials();
        assert_eq!(specials.pad, PieceId::new(0));
        assert_eq!(specials.unk, PieceId::new(100));
        assert_eq!(specials.cls, PieceId::new(101));
        assert_eq!(specials.sep, PieceId::new(102));
        assert_eq!(specials.mask, Some(PieceId::new(103)));
    }

    #[test]
    fn cjk_characters_are_pieces_of_their_own_and_never_continuations() {
        let vocabulary = build(&["语言model语言，Model模型。GPU", "用model"], 1000);
        for piece in ["语", "型", "，", "model", "g", "##p", "##u"] {
            assert!(vocabulary.id(piece).is_some(), "{piece}");
        }
        let cjk_continuation = |piece: &str| piece.starts_with("##") && piece.chars().any(is_cjk);
        assert!(
            vocabulary
                .ids()
                .all(|id| !cjk_continuation(vocabulary.piece(id)))
        );
    }

    #[test]
    fn characters_of_later_extensions_never_continue_a_piece() {
        let vocabulary = build(&["𫠠𫠡𫠠𫠡 𰀀𰀁", "𫠠𫠡𫠠𫠡"], 1000);
        assert!(vocabulary.id("𫠡").is_some() && vocabulary.id("𰀁").is_some());
        assert!(vocabulary.id("##𫠡").is_none() && vocabulary.id("𫠠𫠡𫠠𫠡").is_none());
    }

    #[test]
    fn rare_words_leave_beginnings_and_endings() {
        let vocabulary = build(&["nation station ration rational", "model model"], 1000);
        for piece in ["model", "##ation", "##tion", "ration", "rati", "##s"] {
            let expect = piece != "##s"; // `s` only begins words
            assert_eq!(vocabulary.id(piece).is_some(), expect, "{piece}");
        }
        for piece in ["##odel", "mod", "nation"] {
            assert!(vocabulary.id(piece).is_none(), "{piece}");
        }
    }

    #[test]
    fn the_order_of_documents_does_not_matter() {
        let texts = ["甲乙丙 abc abc", "乙丙 abd", "丙 abd x"];
        let backwards: Vec<&str> = texts.iter().rev().copied().collect();
        assert_eq!(
            build(&texts, 500).to_text(),
            build(&backwards, 500).to_text()
        );
    }

    #[test]
    fn a_vocabulary_that_cannot_hold_its_characters_is_refused() {
        let mut builder = VocabularyBuilder::new(VocabularyBuildOptions {
            min_character_count: 1,
            min_word_count: 1,
            max_size: 105,
            lower_case: true,
        });
        builder.add("甲乙丙");
        assert!(builder.finish().is_err());
    }
}
