//! Gives every character a code: a small number for each one that the dictionary's words are written with.

use ahash::AHashMap;

use super::lexicon::Lexicon;

/// The code of characters that end a run: no word reaches across them.
pub(crate) const BREAK: u16 = 0;
/// The code of characters that belong to runs, but to no word of the dictionary.
const UNKNOWN: u16 = 1;
/// The first code of the dictionary's characters.
const FIRST: u16 = 2;
/// A number that is no character's code.
pub(crate) const NO_CODE: u16 = u16::MAX;
/// The number of characters in the basic multilingual plane.
const N_BASIC: usize = 0x1_0000;

/// The codes of all characters: [`BREAK`], [`UNKNOWN`], or a code of its own for each character of the dictionary.
/// Frequent characters have low codes.
pub(crate) struct Alphabet {
    /// The codes of the basic multilingual plane.
    basic: Box<[u16]>,
    /// The codes of the dictionary's other characters.
    above: AHashMap<char, u16>,
    n_codes: u16,
}

impl Alphabet {
    /// Gives codes to the characters of a dictionary; `None` if there are more characters than codes.
    pub(crate) fn new(lexicon: &Lexicon) -> Option<Self> {
        let mut counts: AHashMap<char, usize> = AHashMap::new();
        for word in lexicon.words() {
            for character in word.text.chars() {
                let count = counts.entry(character).or_default();
                *count = count.saturating_add(word.frequency);
            }
        }
        let mut characters: Vec<(char, usize)> = counts.into_iter().collect();
        // Words are only found in runs, so one with a character that ends a run is never found.
        characters.retain(|(character, _)| is_of_run(*character));
        characters.sort_unstable_by_key(|(c, count)| (std::cmp::Reverse(*count), *c));
        let mut basic: Box<[u16]> = (0..N_BASIC as u32)
            .map(|code| match char::from_u32(code) {
                Some(character) if is_of_run(character) => UNKNOWN,
                _ => BREAK,
            })
            .collect();
        let mut above = AHashMap::new();
        let n_codes = u16::try_from(characters.len()).ok()?.checked_add(FIRST)?;
        for ((character, _), new) in characters.into_iter().zip(FIRST..) {
            match basic.get_mut(character as usize) {
                Some(code) => *code = new,
                None => _ = above.insert(character, new),
            }
        }
        Some(Self {
            basic,
            above,
            n_codes,
        })
    }

    /// One more than the highest code of the dictionary's characters.
    pub(crate) const fn n_codes(&self) -> u16 {
        self.n_codes
    }

    /// The code of a character.
    #[inline]
    pub(crate) fn code(&self, character: char) -> u16 {
        match self.basic.get(character as usize) {
            Some(code) => *code,
            None => self.code_above(character),
        }
    }

    #[cold]
    fn code_above(&self, character: char) -> u16 {
        let other = if is_of_run(character) { UNKNOWN } else { BREAK };
        self.above.get(&character).copied().unwrap_or(other)
    }
}

/// Whether jieba-rs cuts a run of such characters by its dictionary (jieba's `RE_HAN_DEFAULT`).
pub(crate) const fn is_of_run(character: char) -> bool {
    matches!(character,
        'a'..='z' | 'A'..='Z' | '0'..='9' | '+' | '#' | '&' | '.' | '_' | '%' | '-'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{2a6df}'
        | '\u{2a700}'..='\u{2ebef}'
        | '\u{2f800}'..='\u{2fa1f}')
}
