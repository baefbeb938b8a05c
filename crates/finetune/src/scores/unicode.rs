//! Classes of characters as Python has them, because the published evaluation programs are written in Python.

use unicode_general_category::{GeneralCategory, get_general_category};

/// Digits that are no decimal digits: superscripts, subscripts, circled digits and the like, `[first, last]`. They have
/// the Unicode property `Numeric_Type=Digit`.
const OTHER_DIGITS: [[u32; 2]; 20] = [
    [0xb2, 0xb3],
    [0xb9, 0xb9],
    [0x1369, 0x1371],
    [0x19da, 0x19da],
    [0x2070, 0x2070],
    [0x2074, 0x2079],
    [0x2080, 0x2089],
    [0x2460, 0x2468],
    [0x2474, 0x247c],
    [0x2488, 0x2490],
    [0x24ea, 0x24ea],
    [0x24f5, 0x24fd],
    [0x24ff, 0x24ff],
    [0x2776, 0x277e],
    [0x2780, 0x2788],
    [0x278a, 0x2792],
    [0x10a40, 0x10a43],
    [0x10e60, 0x10e68],
    [0x11052, 0x1105a],
    [0x1f100, 0x1f10a],
];

/// White space: Unicode's, and the four separators U+001C to U+001F.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// A decimal digit of any script.
pub(crate) fn is_decimal(c: char) -> bool {
    get_general_category(c) == GeneralCategory::DecimalNumber
}

/// A decimal digit, or one of [`OTHER_DIGITS`].
pub(crate) fn is_digit(c: char) -> bool {
    let code = u32::from(c);
    let is_other = |[first, last]: &[u32; 2]| (*first..=*last).contains(&code);
    is_decimal(c) || OTHER_DIGITS.iter().any(is_other)
}

/// A letter: one of the general categories L.
pub(crate) fn is_letter(c: char) -> bool {
    matches!(
        get_general_category(c),
        GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter
    )
}

/// A character of a word: a letter or a number.
pub(crate) fn is_word_character(c: char) -> bool {
    let is_number = matches!(
        get_general_category(c),
        GeneralCategory::DecimalNumber
            | GeneralCategory::LetterNumber
            | GeneralCategory::OtherNumber
    );
    is_letter(c) || is_number
}

/// A text without white space at its ends.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The parts of a text between white space.
pub(crate) fn split_at_spaces(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_letters_are_those_of_python() {
        for c in ['1', '１', '٣', '²', '①', '❾'] {
            assert!(is_digit(c), "{c}");
        }
        for c in ['〇', 'Ⅷ', '½', '⑩', '十'] {
            assert!(!is_digit(c), "{c}");
        }
        for c in ['中', 'a', 'Ω', '々', 'カ'] {
            assert!(is_letter(c), "{c}");
        }
        for c in ['〇', '\u{301}', '_', '。', '1'] {
            assert!(!is_letter(c), "{c}");
        }
        assert!(is_word_character('〇') && !is_word_character('\u{301}'));
    }

    #[test]
    fn white_space_is_that_of_python() {
        assert_eq!(strip("\u{3000}\u{a0} 甲\u{1f}\n"), "甲");
        assert_eq!(strip("\u{200b}甲\u{feff}"), "\u{200b}甲\u{feff}");
    }
}
