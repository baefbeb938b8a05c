//! Characters as small numbers: what breaks a run of text, and what the dictionary writes words with.

use ahash::AHashMap;

/// A character that no word is sought across.
pub(crate) const BREAK: u16 = 0;
/// A character of a run that no word of the dictionary holds.
const UNKNOWN: u16 = 1;
/// Codes of the dictionary's characters begin here.
const FIRST: u16 = 2;
/// No character's code.
pub(crate) const NO_CODE: u16 = u16::MAX;
/// Characters of the basic plane, which a table holds.
const N_BASIC: usize = 0x1_0000;

/// A code for every character: [`BREAK`], [`UNKNOWN`], or one of its own for each of the dictionary's, common ones first.
pub(crate) struct Alphabet {
    basic: Box<[u16]>,
    above: AHashMap<char, u16>,
    n_codes: u16,
}

impl Alphabet {
    /// The characters of words, given with their frequencies; `None` where they are too many for their codes.
    pub(crate) fn new<'w>(words: impl Iterator<Item = (&'w str, usize)>) -> Option<Self> {
        let mut counts: AHashMap<char, usize> = AHashMap::new();
        for (word, frequency) in words {
            for character in word.chars() {
                let count = counts.entry(character).or_default();
                *count = count.saturating_add(frequency);
            }
        }
        let mut characters: Vec<(char, usize)> = counts.into_iter().collect();
        characters.retain(|(character, _)| is_of_run(*character)); // a word with another is never found
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

    /// One more than the highest code.
    pub(crate) const fn n_codes(&self) -> u16 {
        self.n_codes
    }

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

/// The characters whose runs jieba-rs cuts by its dictionary, each run for itself (`RE_HAN_DEFAULT` of jieba).
const fn is_of_run(character: char) -> bool {
    matches!(character,
        'a'..='z' | 'A'..='Z' | '0'..='9' | '+' | '#' | '&' | '.' | '_' | '%' | '-'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{2a6df}'
        | '\u{2a700}'..='\u{2ebef}'
        | '\u{2f800}'..='\u{2fa1f}')
}
