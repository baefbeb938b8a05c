//! Colours and widths on a terminal; `anstream` drops the colours where they are not wanted (`NO_COLOR`, pipes).

use anstyle::{AnsiColor, Style};
use masking::Kind;
use unicode_width::UnicodeWidthStr;

/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// The colour of a kind of replacement, the same on terminal and page.
pub(crate) fn kind_style(kind: Kind) -> Style {
    match kind {
        Kind::Similar => AnsiColor::Green.on_default().bold(),
        Kind::Random => AnsiColor::Red.on_default().bold(),
        Kind::Kept => AnsiColor::Blue.on_default().bold(),
        Kind::Fallback => AnsiColor::Yellow.on_default().bold(),
        Kind::Mask => AnsiColor::Magenta.on_default().bold(),
    }
}

/// A text in a style.
pub(crate) fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A text filled with spaces up to a width in terminal columns (a Chinese character takes two).
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let fill = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(fill))
}

/// The width of a text in terminal columns.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// A count with thin groups of three: 12 345 678.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// Bytes as people read them.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{count} B")
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, grouped, padded, width};

    #[test]
    fn chinese_characters_take_two_columns() {
        assert_eq!(width("语言model"), 9);
        assert_eq!(padded("语法", 6), "语法  ");
    }

    #[test]
    fn counts_are_grouped_and_bytes_rounded() {
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(grouped(12), "12");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(487_000_000), "487.0 MB");
    }
}
