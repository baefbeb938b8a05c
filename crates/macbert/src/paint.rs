//! Colours and widths on a terminal; `anstream` drops the colours if they are not wanted (`NO_COLOR`, pipes).

use anstyle::{AnsiColor, Style};
use masking::Kind;
use unicode_width::UnicodeWidthStr;

/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Good results, and files that were written.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// Errors, warnings and results that are off.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// The colour of a kind of replacement, the same on the terminal and on pages.
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

#[cfg(test)]
mod tests {
    use super::{padded, width};

    #[test]
    fn chinese_characters_take_two_columns() {
        assert_eq!(width("语言model"), 9);
        assert_eq!(padded("语法", 6), "语法  ");
    }
}
