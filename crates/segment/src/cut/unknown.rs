//! Cuts characters that the dictionary leaves single: Chinese ones by the hidden Markov model, others as Latin words.

use super::markov::{self, Markov};

/// Appends one past the last byte of every word of `characters`, whose first byte is `start`.
pub(crate) fn append_ends(
    characters: &[char],
    mut start: u32,
    markov: &mut Markov,
    ends: &mut Vec<u32>,
) {
    for alike in characters.chunk_by(|a, b| markov::is_known(*a) == markov::is_known(*b)) {
        if !markov::is_known(alike[0]) {
            start = append_latin_ends(alike, start, ends);
        } else if alike.len() == 1 {
            start += alike[0].len_utf8() as u32;
            ends.push(start);
        } else {
            for (character, is_end) in alike.iter().zip(markov.ends(alike)) {
                start += character.len_utf8() as u32;
                if is_end {
                    ends.push(start);
                }
            }
        }
    }
}

/// Appends the ends of Latin words and of what is between them; returns the end of the last.
///
/// Letters and digits are a Latin word, with single `.`, `_` and `-` between them and a percent sign behind them.
/// Everything between two Latin words is one word.
fn append_latin_ends(mut rest: &[char], mut start: u32, ends: &mut Vec<u32>) -> u32 {
    while !rest.is_empty() {
        let n_latin = latin_length(rest);
        let n = if n_latin > 0 {
            n_latin
        } else {
            let is_latin = |c: &char| c.is_ascii_alphanumeric();
            rest.iter().position(is_latin).unwrap_or(rest.len())
        };
        let (word, behind) = rest.split_at(n);
        start += word.iter().map(|c| c.len_utf8() as u32).sum::<u32>();
        ends.push(start);
        rest = behind;
    }
    start
}

/// How many characters the Latin word has that begins here; 0 if none does.
fn latin_length(characters: &[char]) -> usize {
    let is_latin = |at: usize| characters.get(at).is_some_and(char::is_ascii_alphanumeric);
    let mut n = 0;
    while is_latin(n) {
        n += 1;
        let is_joined = matches!(characters.get(n), Some('.' | '_' | '-')) && is_latin(n + 1);
        n += usize::from(is_joined);
    }
    let is_percentage = n > 0 && characters.get(n) == Some(&'%');
    n + usize::from(is_percentage)
}
