//! How commands print figures, and the files that they wrote.

use std::path::Path;

use crate::paint::{GOOD, padded, painted};
use crate::progress::print;
use crate::reports::figure::Figure;

/// Prints figures in two columns; `columns` is the width of the first, in terminal columns.
pub(super) fn print_figures(figures: &[Figure], columns: usize) {
    for figure in figures {
        let indent = if figure.is_part { "  " } else { "" };
        let name = format!("{indent}{}", figure.name);
        print(&format!("  {} {}", padded(&name, columns), figure.value));
    }
}

/// Prints the path of a file that was written, behind what it is.
pub(super) fn print_written(what: &str, path: &Path) {
    let path = path.display().to_string();
    print(&format!("{what}  {}", painted(GOOD, &path)));
}
