//! Small crates, and the imports and circles that are found in them.

use std::path::{Path, PathBuf};

use super::modules::Modules;
use super::{circles, edges, line, report};

/// Every import in a crate of these files, whose names leave out `src/`.
fn imports(files: &[(&str, &str)]) -> Vec<String> {
    in_crate(files, |root| {
        let edges = edges(&Modules::read(&root_file(root)).expect("a crate"));
        let lines = edges.iter().map(|(edge, names)| line(root, edge, names));
        lines.collect()
    })
}

fn reports(files: &[(&str, &str)]) -> Vec<String> {
    in_crate(files, |root| {
        let edges = edges(&Modules::read(&root_file(root)).expect("a crate"));
        circles(&edges)
            .iter()
            .map(|circle| report(root, &edges, circle))
            .collect()
    })
}

fn root_file(root: &Path) -> PathBuf {
    let library = root.join("lib.rs");
    if library.is_file() {
        library
    } else {
        root.join("main.rs")
    }
}

fn in_crate<T>(files: &[(&str, &str)], read: impl FnOnce(&Path) -> T) -> T {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("src");
    for (name, text) in files {
        let path = source.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    read(&source)
}

/// A library of `a`, `b` and `c`, where `a` has the given text: what `a` imports.
fn check(a: &str, expect: &[&str]) {
    let files = [
        ("lib.rs", "mod a;\nmod b;\nmod c;\npub use b::Public;"),
        ("a.rs", a),
        ("b.rs", "pub struct B; pub struct Public;"),
        (
            "c/mod.rs",
            "mod d;\npub(crate) use d::Deep;\npub fn shallow() {}",
        ),
        ("c/d.rs", "pub struct Deep;"),
    ];
    let found = imports(&files);
    let found: Vec<&str> = found
        .iter()
        .filter_map(|line| line.strip_prefix("a.rs -> "))
        .collect();
    assert_eq!(found, expect, "{a}");
}

#[test]
fn imports_lead_to_the_file_that_has_the_item() {
    check("use crate::b::B;", &["b.rs: B"]);
    check(
        "use crate::{b::{self, B}, c::shallow};",
        &["b.rs: B, b", "c/mod.rs: shallow"],
    );
    check("use super::b::B as Other;", &["b.rs: B"]);
    check("use crate::b::Kind::{First, Second};", &["b.rs: Kind"]);
    check("use crate::b;", &["b.rs: b"]);
    check("macro_rules! m { ($(use)?) => { $(use)? }; }", &[]);
    check("use crate::c::{\n    shallow,\n};", &["c/mod.rs: shallow"]);
    check("use std::fmt; use serde::Serialize;", &[]);
}

#[test]
fn re_exports_are_followed() {
    check("use crate::Public;", &["b.rs: Public"]);
    check("use crate::c::Deep;", &["c/d.rs: Deep"]);
    check("use super::c::Deep as Other;", &["c/d.rs: Deep"]);
    check("pub(crate) use self::Loop as Loop;", &[]);
}

#[test]
fn paths_in_code_are_imports_too() {
    check("fn f() { crate::b::g::<u8>(); }", &["b.rs: g"]);
    check(
        "fn f() { assert!(super::c::shallow() == 1); }",
        &["c/mod.rs: shallow"],
    );
    check(
        "use crate::c; fn f() -> c::d::Deep { todo!() }",
        &["c/d.rs: Deep", "c/mod.rs: c"],
    );
    check(
        "fn f(x: X) { x.b::<u8>(); let crate_b = \"crate::b::B\"; /* crate::b::B */ }",
        &[],
    );
    check(
        "mod inner { fn f() { super::super::b::g(); } }",
        &["b.rs: g"],
    );
    check("fn f() { let _ = 0..super::b::N; }", &["b.rs: N"]);
    check("macro_rules! m { () => { $crate::b::g() }; }", &["b.rs: g"]);
    check(
        "fn f() -> impl Sized + use<'_> { use crate::b::B; B }",
        &["b.rs: B"],
    );
}

#[test]
fn code_of_tests_is_left_out() {
    check(
        "#[cfg(test)]\nuse crate::b::{B, Public};\nuse crate::c::shallow;",
        &["c/mod.rs: shallow"],
    );
    check(
        "#[cfg(test)] mod tests { use crate::b::B; } fn f() { crate::c::shallow(); }",
        &["c/mod.rs: shallow"],
    );
    check("#[cfg(all(test, unix))] mod tests;", &[]);
    check(
        "struct S { #[cfg(test)] b: crate::b::B, c: crate::c::C }",
        &["c/mod.rs: C"],
    );
    check("#[cfg(any(test, unix))] use crate::b::B;", &["b.rs: B"]);
    check("#[cfg(not(test))] use crate::b::B;", &["b.rs: B"]);
}

#[test]
fn a_parent_that_imports_from_its_child_and_is_imported_from_is_a_circle() {
    let found = reports(&[
        ("main.rs", "mod train;"),
        (
            "train/mod.rs",
            "mod shape;\nuse shape::Shape;\npub struct Options;",
        ),
        ("train/shape.rs", "use super::Options;\npub struct Shape;"),
    ]);
    let lines = "a circle of imports between 2 files\n  train/mod.rs -> train/shape.rs: Shape\n  \
                 train/shape.rs -> train/mod.rs: Options";
    assert_eq!(found, [lines]);
}

#[test]
fn a_path_through_the_parent_to_a_sibling_is_no_circle() {
    let found = reports(&[
        ("lib.rs", "mod train;"),
        (
            "train/mod.rs",
            "mod options;\nmod shape;\nuse shape::Shape;",
        ),
        ("train/options.rs", "pub struct Options;"),
        (
            "train/shape.rs",
            "use super::options::Options;\npub struct Shape;",
        ),
    ]);
    assert_eq!(found, [] as [&str; 0]);
}

#[test]
fn only_the_library_re_exports_without_an_import() {
    let child = "pub struct Item;\nfn f() { super::g(); }";
    let parent = "mod child;\npub use child::Item;\npub fn g() {}";
    assert_eq!(reports(&[("lib.rs", parent), ("child.rs", child)]).len(), 0);
    let files = [
        ("lib.rs", "mod parent;"),
        ("parent.rs", parent),
        ("parent/child.rs", child),
    ];
    assert_eq!(reports(&files).len(), 1);
}

#[test]
fn files_are_found_where_the_compiler_finds_them() {
    let found = imports(&[
        (
            "lib.rs",
            "#[path = \"other/place.rs\"]\nmod named;\nmod outer { mod nested; }",
        ),
        ("other/place.rs", "mod beside;\nuse beside::A;"),
        ("other/beside.rs", "pub struct A;"),
        ("outer/nested.rs", "use crate::named::B;"),
    ]);
    let lines = [
        "other/place.rs -> other/beside.rs: A",
        "outer/nested.rs -> other/place.rs: B",
    ];
    assert_eq!(found, lines);
}
