//! Prints the lines of a report, and the files that a command wrote.

use std::path::Path;

use crate::paint::{GOOD, padded, painted};
use crate::progress::print;
use crate::reports::figure::Figure;

/// Prints the lines of a report: the name of each figure, padded to `columns` terminal columns, and its value.
pub(super) fn print_figures(figures: &[Figure], columns: usize) {
    for figure in figures {
        let indent = if figure.is_part { "  " } else { "" };
        let name = format!("{indent}{}", figure.name);
        print(&format!("  {} {}", padded(&name, columns), figure.value));
    }
}

/// Prints what kind of file was written, and its path.
pub(super) fn print_written(what: &str, path: &Path) {
    let path = path.display().to_string();
    print(&format!("{what}  {}", painted(GOOD, &path)));
}
