//! The modules of a crate, the file of each, and which module a path leads to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use proc_macro2::TokenStream;

use super::syntax::{ChildModule, Import, ModuleCode};

/// Re-exports that a path is followed through before it is given up: more than any path needs, fewer than a loop has.
const MAX_REEXPORTS: usize = 16;

/// The modules of a crate; the first is its root.
pub(super) struct Modules {
    all: Vec<Module>,
}

/// A module and what its code imports and names.
pub(super) struct Module {
    name: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    pub(super) file: PathBuf,
    pub(super) imports: Vec<Import>,
    pub(super) paths: Vec<Vec<String>>,
}

/// Where a path leads: a module, and the name that is taken from it.
pub(super) struct Target {
    pub(super) module: usize,
    pub(super) name: String,
}

/// A module that a path has led to, and the rest of the path.
struct Step<'p> {
    module: usize,
    rest: &'p [String],
}

/// A module's place among files: the file that holds its code, and the folder that holds its children's.
struct Place {
    file: PathBuf,
    folder: PathBuf,
}

impl Modules {
    /// Reads a crate from its root file, such as `src/lib.rs`, and on from there by its `mod` items.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut modules = Self { all: Vec::new() };
        let place = Place {
            file: root.to_path_buf(),
            folder: root.parent().unwrap_or(root).to_path_buf(),
        };
        let code = read_code(root)?;
        modules.add("crate".to_owned(), None, &place, code)?;
        Ok(modules)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Module)> {
        self.all.iter().enumerate()
    }

    pub(super) fn file(&self, module: usize) -> &Path {
        &self.all[module].file
    }

    fn add(
        &mut self,
        name: String,
        parent: Option<usize>,
        place: &Place,
        code: ModuleCode,
    ) -> Result<usize> {
        let index = self.all.len();
        self.all.push(Module {
            name,
            parent,
            children: BTreeMap::new(),
            file: place.file.clone(),
            imports: code.imports,
            paths: code.paths,
        });
        for child in code.children {
            let name = child.name.clone();
            let child = self.add_child(index, place, child)?;
            self.all[index].children.insert(name, child);
        }
        Ok(index)
    }

    fn add_child(&mut self, parent: usize, place: &Place, child: ChildModule) -> Result<usize> {
        let (child_place, code) = if let Some(code) = child.inline {
            let file = place.file.clone();
            let folder = place.folder.join(&child.name);
            (Place { file, folder }, code)
        } else {
            let child_place = place_of(place, &child.name, child.path.as_deref());
            let code = read_code(&child_place.file)?;
            (child_place, code)
        };
        self.add(child.name, Some(parent), &child_place, code)
    }

    /// Where a path in a module's code leads inside the crate; None if it leads out of it.
    pub(super) fn resolve(&self, from: usize, path: &[String]) -> Option<Target> {
        self.resolve_within(from, path, MAX_REEXPORTS)
    }

    fn resolve_within(&self, from: usize, path: &[String], n_reexports: usize) -> Option<Target> {
        let n_reexports = n_reexports.checked_sub(1)?;
        let through = |module: usize, import: &Import, rest: &[String]| {
            self.resolve_within(module, &[&import.path, rest].concat(), n_reexports)
        };
        let Some(start) = self.start(from, path) else {
            let (head, rest) = path.split_first()?;
            let import = self.all[from].import(head)?;
            return through(from, import, rest);
        };
        let Step { module, rest } = self.descend(start);
        let Some((name, rest)) = rest.split_first() else {
            let name = self.all[module].name.clone();
            return Some(Target { module, name });
        };
        let import = self.all[module].import(name);
        let reexport = import.filter(|import| import.is_reexport);
        let target = reexport.and_then(|reexport| through(module, reexport, rest));
        let name = name.clone();
        Some(target.unwrap_or(Target { module, name }))
    }

    /// Follows the `crate`, `self` and `super` that a path begins with. None if it begins with a name that is no child of the
    /// module: an imported name, or another crate.
    fn start<'p>(&self, from: usize, path: &'p [String]) -> Option<Step<'p>> {
        let (mut module, mut rest) = (from, path);
        while let Some((head, behind)) = rest.split_first() {
            module = match head.as_str() {
                "crate" => 0,
                "self" => module,
                "super" => self.all[module].parent?,
                _ => break,
            };
            rest = behind;
        }
        let is_bare = rest.len() == path.len();
        (!is_bare || self.child(from, path).is_some()).then_some(Step { module, rest })
    }

    /// Follows a path from module to child, as far as its names are modules.
    fn descend<'p>(&self, mut step: Step<'p>) -> Step<'p> {
        while let Some(child) = self.child(step.module, step.rest) {
            step = Step {
                module: child,
                rest: &step.rest[1..],
            };
        }
        step
    }

    fn child(&self, module: usize, path: &[String]) -> Option<usize> {
        self.all[module].children.get(path.first()?).copied()
    }
}

impl Module {
    fn import(&self, name: &str) -> Option<&Import> {
        self.imports.iter().find(|import| import.name == name)
    }
}

/// Where the code of `mod name;` is, by the compiler's rules.
fn place_of(parent: &Place, name: &str, path: Option<&str>) -> Place {
    if let Some(path) = path {
        let file = parent.file.with_file_name(path);
        let folder = file.with_file_name("");
        return Place { file, folder };
    }
    let folder = parent.folder.join(name);
    let beside = parent.folder.join(format!("{name}.rs"));
    let file = if beside.is_file() {
        beside
    } else {
        folder.join("mod.rs")
    };
    Place { file, folder }
}

fn read_code(file: &Path) -> Result<ModuleCode> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("could not read {}", file.display()))?;
    let tokens: TokenStream = text
        .parse()
        .map_err(|error| anyhow!("could not read {} as Rust: {error}", file.display()))?;
    Ok(ModuleCode::read(tokens))
}
