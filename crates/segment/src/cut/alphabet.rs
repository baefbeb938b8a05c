//! Characters as small numbers: what breaks a run of text, and what the dictionary writes words with.

use ahash::AHashMap;

/// A character that dictionary words are never sought across.
pub(crate) const BREAK: u32 = 0;
/// A character of a run that no word of the dictionary holds.
pub(crate) const UNKNOWN: u32 = 1;
/// Codes of the dictionary's characters begin here.
const FIRST: u32 = 2;
/// Characters of the basic plane, which a table holds.
const N_BASIC: usize = 0x1_0000;

/// A code for every character: [`BREAK`], [`UNKNOWN`], or one of its own for each of the dictionary's, common ones first.
pub(crate) struct Alphabet {
    basic: Box<[u16]>,
    above: AHashMap<char, u32>,
    n_codes: u32,
}

impl Alphabet {
    /// The characters of words, given with their frequencies.
    pub(crate) fn new<'w>(words: impl Iterator<Item = (&'w str, usize)>) -> Self {
        let mut counts: AHashMap<char, usize> = AHashMap::new();
        for (word, frequency) in words {
            for character in word.chars() {
                let count = counts.entry(character).or_default();
                *count = count.saturating_add(frequency);
            }
        }
        let mut characters: Vec<(char, usize)> = counts.into_iter().collect();
        // Those above the basic plane last, so that the codes of the others fit into 16 bits.
        let is_above = |character: char| character as usize >= N_BASIC;
        characters.sort_unstable_by_key(|(c, count)| (is_above(*c), std::cmp::Reverse(*count), *c));
        let mut basic: Box<[u16]> = (0..N_BASIC as u32)
            .map(|code| match char::from_u32(code) {
                Some(character) if is_of_run(character) => UNKNOWN as u16,
                _ => BREAK as u16,
            })
            .collect();
        let mut above = AHashMap::new();
        let mut n_codes = FIRST;
        for (character, _) in characters {
            if !is_of_run(character) {
                continue; // a word with it is never found
            }
            match basic.get_mut(character as usize) {
                Some(code) => *code = n_codes as u16,
                None => _ = above.insert(character, n_codes),
            }
            n_codes += 1;
        }
        Self {
            basic,
            above,
            n_codes,
        }
    }

    /// One more than the highest code.
    pub(crate) const fn n_codes(&self) -> u32 {
        self.n_codes
    }

    #[inline]
    pub(crate) fn code(&self, character: char) -> u32 {
        match self.basic.get(character as usize) {
            Some(code) => u32::from(*code),
            None => self.code_above(character),
        }
    }

    #[cold]
    fn code_above(&self, character: char) -> u32 {
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
