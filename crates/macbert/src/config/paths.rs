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

/// Converts a path that is relative to the current folder to one that is relative to the folder `base`: [`seen_from`] of
/// the result is the path again.
pub(crate) fn written_in(base: &Path, path: &Path) -> PathBuf {
    if path.is_absolute() {
        return path.to_path_buf();
    }
    let absolute =
        |path: &Path| std::path::absolute(path).map(|path| seen_from(Path::new(""), &path));
    let (Ok(base), Ok(path)) = (absolute(base), absolute(path)) else {
        return path.to_path_buf();
    };
    let n_common = base
        .components()
        .zip(path.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = base
        .components()
        .skip(n_common)
        .map(|_| Component::ParentDir);
    up.chain(path.components().skip(n_common)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{seen_from, written_in};

    #[test]
    fn a_path_is_written_as_a_config_of_another_folder_reads_it() {
        let check = |base: &str, path: &str, expect: &str| {
            let written = written_in(base.as_ref(), path.as_ref());
            assert_eq!(written, Path::new(expect));
        };
        check("configs", "runs/study", "../runs/study");
        check("configs/tasks", "configs/runs", "../runs");
        check("", "runs/study", "runs/study");
        check("configs", "/data/x", "/data/x");
        let base = Path::new("configs");
        let again = seen_from(base, &written_in(base, Path::new("runs/a")));
        assert_eq!(again, Path::new("runs/a"));
    }

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
