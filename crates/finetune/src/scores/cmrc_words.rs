//! Cuts what stands between Chinese characters into segments, as the evaluation program of CMRC 2018 does with NLTK's
//! word tokenizer.
//!
//! The program first looks for the ends of English sentences, with a trained model. This crate has no such model: it takes
//! every run as one sentence. In 14,362 runs of the contexts of CMRC 2018 and DRCD, 40 are cut differently, all at a dot.

use crate::scores::unicode::{is_decimal, is_space};

/// Characters that are a segment wherever they stand.
const ALONE: &str = "[](){}<>;@#$%&?!«»„‘`";
/// What may follow the dot that ends a run.
const CLOSING: &str = "])}>\"'»”’";
/// What a quotation mark must follow to be an opening one.
const BEFORE_OPENING: &str = " ([{<";
const OPENING_QUOTE: &str = "``";
const CLOSING_QUOTE: &str = "''";
/// Endings that are cut off from a word.
const SHORT_ENDINGS: [&str; 4] = ["'s", "'m", "'d", "'"];
/// Endings that are cut off after those.
const LONG_ENDINGS: [&str; 4] = ["'ll", "'re", "'ve", "n't"];
/// Words that are two segments: the word, and the bytes of its first part.
const TWO_IN_ONE: [(&str, usize); 6] = [
    ("cannot", 3),
    ("gimme", 3),
    ("gonna", 3),
    ("gotta", 3),
    ("lemme", 3),
    ("wanna", 3),
];

/// Cuts a run, which is in lower case, into segments.
pub(crate) fn cut_run(run: &str) -> Vec<String> {
    let characters: Vec<char> = run.chars().collect();
    let mut cut = Cut {
        last_dot: last_dot(&characters),
        ..Cut::default()
    };
    let mut at = 0;
    while at < characters.len() {
        at += cut.take(&characters, at);
    }
    cut.end_word();
    cut.segments
}

/// The index of the dot that ends the run, if one does.
fn last_dot(characters: &[char]) -> Option<usize> {
    let is_behind = |c: &&char| is_space(**c) || CLOSING.contains(**c);
    let n_behind = characters.iter().rev().take_while(is_behind).count();
    let at = (characters.len() - n_behind).checked_sub(1)?;
    let is_single = at > 0 && characters[at - 1] != '.';
    (characters[at] == '.' && is_single).then_some(at)
}

/// The segments of a run so far.
#[derive(Default)]
struct Cut {
    segments: Vec<String>,
    word: String,
    last_dot: Option<usize>,
    /// Whether the character before was an opening quotation mark.
    is_after_opening: bool,
}

impl Cut {
    /// Takes what stands at an index, and returns its number of characters.
    fn take(&mut self, characters: &[char], at: usize) -> usize {
        let rest = &characters[at..];
        let n_dots = rest.iter().take_while(|c| **c == '.').count();
        let is_after_opening = std::mem::take(&mut self.is_after_opening);
        match rest[0] {
            '"' => self.quote(characters, at, is_after_opening),
            '\'' if rest.get(1) == Some(&'\'') => {
                // Two apostrophes are a quotation mark too, but not at the start.
                let is_opening = at > 0 && BEFORE_OPENING.contains(characters[at - 1]);
                self.alone(if is_opening {
                    OPENING_QUOTE
                } else {
                    CLOSING_QUOTE
                });
                return 2;
            }
            c if is_space(c) => self.end_word(),
            '.' if n_dots > 1 => {
                self.alone(&".".repeat(n_dots));
                return n_dots;
            }
            '.' if self.last_dot == Some(at) => self.alone("."),
            ',' if !rest.get(1).is_some_and(|next| is_decimal(*next)) => self.alone(","),
            c if ALONE.contains(c) => self.alone(c.encode_utf8(&mut [0; 4])),
            c => self.word.push(c),
        }
        1
    }

    fn quote(&mut self, characters: &[char], at: usize, is_after_opening: bool) {
        let is_opening = at == 0 || is_after_opening || BEFORE_OPENING.contains(characters[at - 1]);
        self.alone(if is_opening {
            OPENING_QUOTE
        } else {
            CLOSING_QUOTE
        });
        self.is_after_opening = is_opening;
    }

    fn alone(&mut self, segment: &str) {
        self.end_word();
        self.segments.push(segment.to_owned());
    }

    /// Ends the word, and cuts English endings off.
    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        let (word, short) = without_ending(&word, &SHORT_ENDINGS);
        let (word, long) = without_ending(word, &LONG_ENDINGS);
        let two = TWO_IN_ONE.iter().find(|(two, _)| *two == word);
        let (first, second) = word.split_at(two.map_or(word.len(), |(_, n_bytes)| *n_bytes));
        let parts = [first, second, long, short].into_iter();
        let parts = parts.filter(|part| !part.is_empty());
        self.segments.extend(parts.map(str::to_owned));
    }
}

/// A word without its ending, and the ending. What remains may not be empty or end with an apostrophe.
fn without_ending<'w>(word: &'w str, endings: &[&str]) -> (&'w str, &'w str) {
    let rest_of = |ending: &&str| word.strip_suffix(*ending);
    let is_word = |rest: &&str| !rest.is_empty() && !rest.ends_with('\'');
    let rest = endings.iter().filter_map(rest_of).find(is_word);
    word.split_at(rest.map_or(word.len(), str::len))
}

#[cfg(test)]
mod tests {
    use super::cut_run;

    #[track_caller]
    fn check(run: &str, expect: &str) {
        assert_eq!(cut_run(run).join("|"), expect, "{run}");
    }

    #[test]
    fn white_space_and_marks_cut() {
        check("george washington", "george|washington");
        check("a(b)c", "a|(|b|)|c");
        check("50%", "50|%");
        check("at&t", "at|&|t");
    }

    #[test]
    fn a_comma_before_a_digit_belongs_to_the_number() {
        check("1,000", "1,000");
        check("a,b", "a|,|b");
        check("1,", "1|,");
    }

    #[test]
    fn only_the_last_dot_is_a_segment() {
        check("3.5", "3.5");
        check("u.s.", "u.s|.");
        check("no. 1", "no.|1");
        check("x.) ", "x|.|)");
        check("a...b", "a|...|b");
        check(".", ".");
    }

    #[test]
    fn quotation_marks_open_or_close() {
        check("\"a\"", "``|a|''");
        check("b \"a\" c", "b|``|a|''|c");
        check("a\"b", "a|''|b");
        check("''13", "''|13");
    }

    #[test]
    fn english_endings_are_cut_off() {
        check("mcdonald's", "mcdonald|'s");
        check("don't", "do|n't");
        check("we'll", "we|'ll");
        check("dogs'", "dogs|'");
        check("'", "'");
        check("cannot", "can|not");
    }
}
