//! Finds out what BERT's tokenizer does with each character, by asking the `tokenizers` crate.

use tokenizers::normalizers::{BertNormalizer, NFD};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
};

/// What BERT's tokenizer does with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Removes it, and the word around it continues: control characters, combining marks.
    Removed,
    /// Ends a word with it: white space.
    Space,
    /// Makes it a word of its own, written as this character: Chinese characters, punctuation.
    Alone(char),
    /// Adds it to a word, written as this character: letters, digits.
    InWord(char),
    /// Does something else with it (for example, writes it as several characters), or what it does depends on the
    /// character's neighbours.
    Other,
}

/// The letter that is put on both sides of a character to ask about it.
const LETTER: &str = "a";
/// The mark with the highest combining class, 240. Canonical order moves it behind any other mark.
const LAST_MARK: char = '\u{345}';

/// Finds the roles of characters.
///
/// BERT's normaliser and pre-tokeniser look at one character at a time, with one exception: NFD puts marks of different
/// combining classes into canonical order. So a character that does not take part in this order has the same role in
/// every text. Its role shows when it is put between two letters.
pub(crate) struct RoleFinder {
    normalizer: BertNormalizer,
}

impl RoleFinder {
    pub(crate) const fn new(normalizer: BertNormalizer) -> Self {
        Self { normalizer }
    }

    /// The role of a character.
    pub(crate) fn role(&self, character: char) -> Role {
        if is_reordered(character) {
            return Role::Other;
        }
        let words = self.words(&format!("{LETTER}{character}{LETTER}"));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["aa"] => Role::Removed,
            [LETTER, LETTER] => Role::Space,
            [LETTER, alone, LETTER] => only(alone).map_or(Role::Other, Role::Alone),
            [word] => within(word).map_or(Role::Other, Role::InWord),
            _ => Role::Other,
        }
    }

    /// The words into which BERT divides a text before WordPiece.
    fn words(&self, text: &str) -> Vec<String> {
        let mut normalized = NormalizedString::from(text);
        self.normalizer
            .normalize(&mut normalized)
            .expect("BERT's normaliser takes any text");
        let mut split = PreTokenizedString::from(normalized);
        BertPreTokenizer
            .pre_tokenize(&mut split)
            .expect("BERT's pre-tokeniser takes any text");
        let words = split.get_splits(OffsetReferential::Normalized, OffsetType::None);
        let words = words.into_iter().map(|(word, ..)| word.to_owned());
        words.filter(|word| !word.is_empty()).collect()
    }
}

/// Whether canonical order moves a mark that is before a character behind it, or behind a part of its decomposition.
fn is_reordered(character: char) -> bool {
    if character == LAST_MARK {
        return true;
    }
    let mut normalized = NormalizedString::from(format!("{LAST_MARK}{character}"));
    NFD.normalize(&mut normalized).expect("NFD takes any text");
    !normalized.get().starts_with(LAST_MARK)
}

/// The character of a word that has just one.
fn only(word: &str) -> Option<char> {
    let mut characters = word.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// The character between two letters.
fn within(word: &str) -> Option<char> {
    only(word.strip_prefix(LETTER)?.strip_suffix(LETTER)?)
}

#[cfg(test)]
mod tests {
    use tokenizers::normalizers::BertNormalizer;

    use super::{Role, RoleFinder};

    #[track_caller]
    fn check(lower_case: bool, character: char, expect: Role) {
        let finder = RoleFinder::new(BertNormalizer::new(true, true, None, lower_case));
        assert_eq!(finder.role(character), expect, "{character:?}");
    }

    #[test]
    fn characters_have_a_role() {
        check(true, '语', Role::Alone('语'));
        check(true, '，', Role::Alone('，'));
        check(true, '$', Role::Alone('$'));
        check(true, '\u{f900}', Role::Alone('豈'));
        check(true, 'A', Role::InWord('a'));
        check(true, 'é', Role::InWord('e'));
        check(true, 'が', Role::InWord('か'));
        check(true, 'İ', Role::InWord('i'));
        check(true, 'Σ', Role::InWord('σ'));
        check(true, '〇', Role::InWord('〇'));
        check(true, '≠', Role::Alone('='));
        for space in [' ', '\t', '\n', '\u{a0}', '\u{3000}', '\u{2028}'] {
            check(true, space, Role::Space);
        }
        for removed in [
            '\0', '\u{1}', '\u{85}', '\u{200b}', '\u{feff}', '\u{fffd}', '\u{fe0f}',
        ] {
            check(true, removed, Role::Removed);
        }
    }

    #[test]
    fn cased_vocabularies_keep_case_and_accents() {
        check(false, 'A', Role::InWord('A'));
        check(false, 'é', Role::InWord('é'));
        check(false, '\u{fe0f}', Role::InWord('\u{fe0f}'));
    }

    #[test]
    fn characters_whose_neighbours_matter_have_no_role_of_their_own() {
        for character in ['\u{301}', '\u{345}', '\u{344}', '\u{f73}', '\u{3099}', '한'] {
            check(true, character, Role::Other);
        }
    }
}
