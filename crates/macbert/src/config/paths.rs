//! Paths of a config: they are relative to the config's folder.

use std::path::{Component, Path, PathBuf};

/// Converts a path of a config in the folder `base` to a path relative to the current folder. A `..` after a name is
/// removed together with the name: `configs/../runs` becomes `runs`. No symbolic link is followed for this.
pub(crate) fn seen_from(base: &Path, path: &Path) -> PathBuf {
    let mut seen = PathBuf::new();
    for part in base.join(path).components() {
        let ends_in_a_name = matches!(seen.components().next_back(), Some(Component::Normal(_)));
        if part == Component::ParentDir && ends_in_a_name {
            seen.pop();
        } else {
            seen.push(part);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::seen_from;

    #[test]
    fn paths_are_relative_to_where_the_program_runs() {
        let check = |base: &str, path: &str, expect: &str| {
            assert_eq!(seen_from(base.as_ref(), path.as_ref()), Path::new(expect));
        };
        check("configs", "../runs/tiny", "runs/tiny");
        check("", "../runs", "../runs");
        check("a/b", "/data/x", "/data/x");
        check("../configs", "../runs", "../runs");
    }
}
