//! Section signs: each leads to a section or a numbered rule of `docs/method.md`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// The page that section numbers are of.
const METHOD: &str = "docs/method.md";
/// The section sign, escaped so that this file holds none.
const SIGN: char = '\u{a7}';
/// The files whose section signs are checked.
const CHECKED: [&str; 4] = ["*.rs", "*.toml", "*.md", "*.py"];

/// Finds the section signs of the tracked files below `root` that lead nowhere.
pub(crate) fn violations(root: &Path) -> Result<Vec<String>> {
    if !root.join(METHOD).is_file() {
        return Ok(vec![format!("{METHOD} is missing")]);
    }
    let read = |file: &str| {
        std::fs::read_to_string(root.join(file)).with_context(|| format!("could not read {file}"))
    };
    let numbers = numbers(&read(METHOD)?);
    let output = Command::new("git")
        .arg("ls-files")
        .args(CHECKED)
        .current_dir(root)
        .output()
        .context("could not run git ls-files")?;
    let listed = String::from_utf8(output.stdout)?;
    let mut found = Vec::new();
    for file in listed.lines().filter(|file| root.join(file).is_file()) {
        found.extend(file_violations(file, &read(file)?, &numbers));
    }
    Ok(found)
}

/// The numbers of a page: `N` for each heading of section N, `N.M` for each rule `M.` at the start of a line in it.
fn numbers(method: &str) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    let mut section = None;
    for line in method.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading.strip_prefix(SIGN).map(leading_digits);
            numbers.extend(section.map(str::to_owned));
        }
        let rule = leading_digits(line);
        if let Some(section) = section
            && !rule.is_empty()
            && line[rule.len()..].starts_with(". ")
        {
            numbers.insert(format!("{section}.{rule}"));
        }
    }
    numbers
}

/// Each section sign of a text that leads nowhere, with its line.
fn file_violations(file: &str, text: &str, numbers: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for after in line.split(SIGN).skip(1) {
            let number = leading_number(after);
            if !numbers.contains(number) {
                let line = index + 1;
                found.push(format!(
                    "{file}:{line}: {SIGN}{number} is no section or rule of {METHOD}"
                ));
            }
        }
    }
    found
}

/// The digits that a text begins with, and those behind each dot that digits follow: `2.3` of `2.3.`, empty of `x`.
fn leading_number(text: &str) -> &str {
    let mut length = leading_digits(text).len();
    while let Some(part) = text[length..].strip_prefix('.').map(leading_digits)
        && length > 0
        && !part.is_empty()
    {
        length += 1 + part.len();
    }
    &text[..length]
}

fn leading_digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit());
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::{SIGN, file_violations, numbers, violations};

    /// A page with sections 1 and 2, and rules 2.1 and 2.2; `S` stands for the section sign.
    const PAGE: &str = "# A page\n1. no rule\n## S1 Terms\n- none\n## S2 Rules\n1. **One**\n   1. none\n2. Two\n\
        ### Notes\n2.5 % is no rule\n## Appendix\n3. no rule\n";

    /// Checks a text against the page; `expect` has the line and number of each finding.
    #[track_caller]
    fn check(text: &str, expect: &[(usize, &str)]) {
        let with_sign = |text: &str| text.replace('S', &SIGN.to_string());
        let found = file_violations("a.rs", &with_sign(text), &numbers(&with_sign(PAGE)));
        let expect = expect.iter().map(|(line, number)| {
            format!("a.rs:{line}: {SIGN}{number} is no section or rule of docs/method.md")
        });
        assert_eq!(found, expect.collect::<Vec<_>>());
    }

    #[test]
    fn headings_and_the_numbered_rules_below_them_are_found() {
        let found = numbers(&PAGE.replace('S', &SIGN.to_string()));
        assert_eq!(Vec::from_iter(found), ["1", "2", "2.1", "2.2"]);
    }

    #[test]
    fn a_missing_page_is_found() {
        let empty = tempfile::tempdir().expect("a folder");
        let found = violations(empty.path()).expect("nothing is read");
        assert_eq!(found, ["docs/method.md is missing"]);
    }

    #[test]
    fn a_number_of_the_page_leads_somewhere_whatever_follows_it() {
        check("method S1, S2.1. (S2.2; S2) S2.2", &[]);
        check("no sign, 7.7", &[]);
    }

    #[test]
    fn a_number_that_the_page_lacks_is_found_with_its_line() {
        check(
            "S2.1\nS3 and S2.10\n\nS1.1",
            &[(2, "3"), (2, "2.10"), (4, "1.1")],
        );
    }

    #[test]
    fn a_sign_without_a_number_of_the_right_shape_is_found() {
        check("S 2", &[(1, "")]);
        check("SS2", &[(1, "")]);
        check("S.2 S2.1.1 S02", &[(1, ""), (1, "2.1.1"), (1, "02")]);
        check("S", &[(1, "")]);
    }
}
