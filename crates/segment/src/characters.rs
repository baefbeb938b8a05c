//! What BERT makes of each character, asked of the `tokenizers` crate character by character.

use tokenizers::normalizers::{BertNormalizer, NFD};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
};

/// What a character does to the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is taken out: control characters, marks; the word around it goes on.
    Removed,
    /// It ends a word.
    Space,
    /// It is a word of its own, written so: Chinese characters, punctuation.
    Alone(char),
    /// It is a character of a word, written so.
    InWord(char),
    /// It does anything else (becomes several characters), or what it does depends on its neighbours.
    Else,
}

/// Stands on both sides of a character that is asked about.
const LETTER: &str = "a";
/// The mark with the highest combining class there is (240): canonical order moves it behind any other mark.
const LAST_MARK: char = '\u{345}';

/// Asks `tokenizers` about characters.
///
/// Every step of BERT's normaliser and pre-tokeniser looks at one character, with one exception: NFD puts marks of
/// different combining classes into canonical order. So a character that is not moved by a mark does the same in every
/// text, and what it does is seen by putting it between two letters.
pub(crate) struct RoleFinder {
    normalizer: BertNormalizer,
}

impl RoleFinder {
    pub(crate) const fn new(normalizer: BertNormalizer) -> Self {
        Self { normalizer }
    }

    /// The role of a character.
    pub(crate) fn role(&self, character: char) -> Role {
        if is_moved(character) {
            return Role::Else;
        }
        let words = self.words(&format!("{LETTER}{character}{LETTER}"));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["aa"] => Role::Removed,
            [LETTER, LETTER] => Role::Space,
            [LETTER, alone, LETTER] => only(alone).map_or(Role::Else, Role::Alone),
            [word] => within(word).map_or(Role::Else, Role::InWord),
            _ => Role::Else,
        }
    }

    /// The words that BERT makes of a text before WordPiece.
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

/// Whether marks before a character come behind it, or stand among what it is decomposed to.
fn is_moved(character: char) -> bool {
    if character == LAST_MARK {
        return true;
    }
    let mut normalized = NormalizedString::from(format!("{LAST_MARK}{character}"));
    NFD.normalize(&mut normalized).expect("NFD takes any text");
    !normalized.get().starts_with(LAST_MARK)
}

/// The character of a word that is one character.
fn only(word: &str) -> Option<char> {
    let mut characters = word.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// What stands between two letters.
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
    fn what_neighbours_decide_is_left_to_the_tokenizer() {
        for character in ['\u{301}', '\u{345}', '\u{344}', '\u{f73}', '\u{3099}', '한'] {
            check(true, character, Role::Else);
        }
    }
}
