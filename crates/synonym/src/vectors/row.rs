//! Parses a row of a text file: a word, then its numbers.
//!
//! Rows are parsed as bytes. In UTF-8, GB18030 and Big5 no byte of a longer character is white space or a line end, so the
//! numbers are found before the encoding is known, and only the word has to be decoded.

use crate::vectors::report::RowFault;

/// The digits after the point from which a number in a word is taken for one of the vector: few words have `0.0173` in
/// them.
const DIGITS_OF_A_VECTOR: usize = 3;
/// The numbers with a point from which a word is taken for the rest of another row, however few digits they have.
const NUMBERS_OF_A_ROW: usize = 3;

/// Splits a row into its word and its last `numbers.len()` fields, which are parsed into `numbers`.
///
/// The word is all that stands before the numbers, so it may have white space in it (`New York`).
pub(super) fn parse_row<'l>(line: &'l [u8], numbers: &mut [f32]) -> Result<&'l [u8], RowFault> {
    let expected = numbers.len();
    let mut rest = line;
    for (found, slot) in numbers.iter_mut().rev().enumerate() {
        let field = last_field(&mut rest);
        *slot = number(field).ok_or(RowFault::TooFew { found, expected })?;
    }
    let word = rest.trim_ascii();
    if word.is_empty() {
        return Err(RowFault::NoWord);
    }
    let has_space = word.iter().any(u8::is_ascii_whitespace);
    if has_space && has_numbers_of_a_vector(word) {
        return Err(RowFault::TooMany { expected });
    }
    Ok(word)
}

/// The numbers at the end of a line; the first field is a word even if it is a number.
pub(super) fn n_numbers(line: &[u8]) -> usize {
    let mut rest = line;
    let mut n = 0;
    while number(last_field(&mut rest)).is_some() {
        if rest.trim_ascii().is_empty() {
            return n;
        }
        n += 1;
    }
    n
}

/// The last field of a line, which is taken off the line; empty if there is none. A file of millions of rows has billions
/// of fields, so these loops are plain.
fn last_field<'l>(line: &mut &'l [u8]) -> &'l [u8] {
    let bytes = *line;
    let mut end = bytes.len();
    while end > 0 && bytes[end - 1].is_ascii_whitespace() {
        end -= 1;
    }
    let mut start = end;
    while start > 0 && !bytes[start - 1].is_ascii_whitespace() {
        start -= 1;
    }
    *line = &bytes[..start];
    &bytes[start..end]
}

/// A number of a vector. Microsoft's C library writes `-nan(ind)` and `1.#INF`; all such forms are NaN here.
fn number(field: &[u8]) -> Option<f32> {
    let text = std::str::from_utf8(field).ok()?;
    text.parse()
        .ok()
        .or_else(|| is_microsofts_not_finite(text).then_some(f32::NAN))
}

fn is_microsofts_not_finite(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '+']).to_ascii_lowercase();
    (text.starts_with("nan(") && text.ends_with(')')) || text.starts_with("1.#")
}

/// Whether numbers stand in a word that look like those of a vector, behind its first field.
fn has_numbers_of_a_vector(word: &[u8]) -> bool {
    let fields = word.split(u8::is_ascii_whitespace).skip(1);
    let digits = fields.filter_map(digits_after_the_point);
    let (mut n, mut most) = (0, 0);
    for digits in digits {
        (n, most) = (n + 1, most.max(digits));
    }
    n >= NUMBERS_OF_A_ROW || most >= DIGITS_OF_A_VECTOR
}

/// The digits after the point of a number; `None` for a field that is no number with a point.
fn digits_after_the_point(field: &[u8]) -> Option<usize> {
    number(field)?;
    let point = field.iter().position(|byte| *byte == b'.')?;
    Some(field.len() - point - 1)
}

#[cfg(test)]
mod tests {
    use super::{n_numbers, parse_row};
    use crate::vectors::report::RowFault;

    #[track_caller]
    fn check(line: &str, expect: Result<&str, RowFault>) {
        let mut numbers = [0.0; 2];
        let word = parse_row(line.as_bytes(), &mut numbers);
        assert_eq!(word, expect.map(str::as_bytes), "{line}");
        assert!(word.is_err() || numbers.map(f32::to_bits) == [0.5_f32, -1.0].map(f32::to_bits));
    }

    #[test]
    fn the_last_fields_are_numbers_and_the_rest_is_the_word() {
        for word in [
            "语言",
            "New York",
            "2019 年",
            "May 5",
            "web 2.0",
            ". . .",
            "7",
            "\u{3000}",
            "扬\u{a0}帆",
        ] {
            check(&format!("{word} 0.5 -1"), Ok(word));
            check(&format!("{word}\t5e-1\t-1.0 "), Ok(word));
        }
    }

    #[test]
    fn a_row_that_is_not_a_word_and_its_numbers_has_a_fault() {
        let too_few = |found| Err(RowFault::TooFew { found, expected: 2 });
        check("语言 0.5", too_few(1));
        check("语言0.5 -1", too_few(1));
        check("语言", too_few(0));
        check("语言 0.5 -1 x", too_few(0));
        check("0.5 -1", Err(RowFault::NoWord));
        let too_many = Err(RowFault::TooMany { expected: 2 });
        check("语言 0.1250 0.5 -1", too_many);
        check("语言 0.5 -1.0 模型 0.5 0.5 -1.0 0.5 -1", too_many);
    }

    #[test]
    fn numbers_that_are_not_finite_are_numbers() {
        for number in [
            "nan",
            "-inf",
            "-nan(ind)",
            "nan(snan)",
            "1.#INF",
            "-1.#QNAN",
        ] {
            let mut numbers = [0.0; 1];
            let line = format!("语言 {number}");
            assert_eq!(
                parse_row(line.as_bytes(), &mut numbers),
                Ok("语言".as_bytes())
            );
            assert!(!numbers[0].is_finite(), "{number}");
        }
    }

    #[test]
    fn numbers_at_the_end_of_a_line_are_counted() {
        let lines = [
            ("语言 1 2", 2),
            ("1 2 3", 2),
            ("年 x 1", 1),
            ("语言", 0),
            ("7", 0),
        ];
        for (line, n) in lines {
            assert_eq!(n_numbers(line.as_bytes()), n, "{line}");
        }
    }
}
