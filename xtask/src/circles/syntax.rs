//! Reads from a file's tokens what its modules declare, import and name.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::attributes::Attributes;

/// The code of one module, tests left out.
#[derive(Default)]
pub(super) struct ModuleCode {
    pub(super) children: Vec<ChildModule>,
    pub(super) imports: Vec<Import>,
    /// Paths of two or more segments outside `use` items, such as `super::shape::name`.
    pub(super) paths: Vec<Vec<String>>,
}

/// A `mod` item.
pub(super) struct ChildModule {
    pub(super) name: String,
    /// The value of its `#[path]` attribute.
    pub(super) path: Option<String>,
    /// The code of `mod name { … }`; None for `mod name;`, whose code is in a file of its own.
    pub(super) inline: Option<ModuleCode>,
}

/// One name that a `use` item brings into scope.
pub(super) struct Import {
    pub(super) path: Vec<String>,
    pub(super) name: String,
    /// Whether the `use` item has a visibility, so that other modules reach the name through this one.
    pub(super) is_reexport: bool,
}

impl ModuleCode {
    pub(super) fn read(tokens: TokenStream) -> Self {
        let mut code = Self::default();
        code.scan(tokens);
        code
    }

    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            let attributes = Attributes::read(&tokens[at..]);
            at += attributes.n_tokens;
            if attributes.is_test {
                at += item_length(&tokens[at..]);
                continue;
            }
            let n_visibility = visibility_length(&tokens[at..]);
            at += n_visibility;
            at += self.take_item(&tokens, at, n_visibility > 0, attributes.path);
        }
    }

    /// Reads what stands at a place, and returns how many tokens that are.
    fn take_item(
        &mut self,
        tokens: &[TokenTree],
        at: usize,
        is_visible: bool,
        path: Option<String>,
    ) -> usize {
        let rest = &tokens[at..];
        match rest.first() {
            None => 0,
            Some(TokenTree::Group(group)) => {
                self.scan(group.stream());
                1
            }
            // `impl Trait + use<'a>` imports nothing.
            Some(token) if is_word(token, "use") && !is_mark(rest.get(1), '<') => {
                let end = position_of(rest, ';');
                self.take_imports(&rest[1..end], &[], is_visible);
                end + 1
            }
            Some(token) if is_word(token, "mod") => self.take_module(rest, path),
            Some(TokenTree::Ident(_)) if !continues_a_path(&tokens[..at]) => self.take_path(rest),
            Some(_) => 1,
        }
    }

    fn take_module(&mut self, tokens: &[TokenTree], path: Option<String>) -> usize {
        let [_, TokenTree::Ident(name), body, ..] = tokens else {
            return 1;
        };
        let inline = match body {
            TokenTree::Group(body) => Some(Self::read(body.stream())),
            _ => None,
        };
        self.children.push(ChildModule {
            name: name.to_string(),
            path,
            inline,
        });
        3
    }

    fn take_path(&mut self, tokens: &[TokenTree]) -> usize {
        let path = PathTokens::read(tokens);
        if path.segments.len() > 1 {
            self.paths.push(path.segments);
        }
        path.n_tokens
    }

    /// Flattens a use tree: `a::{b, c::{self, D as E}}` imports three names.
    fn take_imports(&mut self, tree: &[TokenTree], prefix: &[String], is_reexport: bool) {
        let stem = PathTokens::read(tree);
        let path = [prefix, &stem.segments].concat();
        let rest = &tree[stem.n_tokens..];
        let group = rest.iter().find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        });
        if let Some(group) = group {
            let branches: Vec<TokenTree> = group.stream().into_iter().collect();
            let branches = branches.split(|token| is_mark(Some(token), ','));
            // Nothing stands behind a last comma.
            for branch in branches.filter(|branch| !branch.is_empty()) {
                self.take_imports(branch, &path, is_reexport);
            }
            return;
        }
        let alias = match rest {
            [word, TokenTree::Ident(alias), ..] if is_word(word, "as") => Some(alias.to_string()),
            _ => None,
        };
        self.import(path, alias, is_reexport);
    }

    fn import(&mut self, mut path: Vec<String>, alias: Option<String>, is_reexport: bool) {
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        if let Some(name) = alias.or_else(|| path.last().cloned()) {
            self.imports.push(Import {
                path,
                name,
                is_reexport,
            });
        }
    }
}

/// The path that tokens begin with.
struct PathTokens {
    segments: Vec<String>,
    /// How many tokens it has; a `::` behind the last segment counts.
    n_tokens: usize,
}

impl PathTokens {
    fn read(tokens: &[TokenTree]) -> Self {
        let (mut segments, mut at) = (Vec::new(), 0);
        while let Some(TokenTree::Ident(segment)) = tokens.get(at) {
            segments.push(segment.to_string());
            at += 1;
            if !(is_mark(tokens.get(at), ':') && is_mark(tokens.get(at + 1), ':')) {
                break;
            }
            at += 2;
        }
        Self {
            segments,
            n_tokens: at,
        }
    }
}

/// Whether the tokens end in a `.` or `::`, so that the name behind them begins no path.
fn continues_a_path(before: &[TokenTree]) -> bool {
    let last = before.last();
    let is_method = is_mark(last, '.') && !is_mark(before.iter().rev().nth(1), '.');
    is_method || (is_mark(last, ':') && is_mark(before.iter().rev().nth(1), ':'))
}

/// How many tokens `pub` or `pub(…)` has at the beginning; 0 if there is none.
fn visibility_length(tokens: &[TokenTree]) -> usize {
    match tokens {
        [word, TokenTree::Group(group), ..]
            if is_word(word, "pub") && group.delimiter() == Delimiter::Parenthesis =>
        {
            2
        }
        [word, ..] if is_word(word, "pub") => 1,
        _ => 0,
    }
}

/// How many tokens the item, field or statement at the beginning has.
fn item_length(tokens: &[TokenTree]) -> usize {
    let start = visibility_length(tokens);
    let keyword = tokens.get(start).map(ToString::to_string);
    let ends_here = |token: &TokenTree| match keyword.as_deref() {
        // Their braces, as in `use a::{b, c};`, do not end them.
        Some("use" | "const" | "static" | "type" | "let") => is_mark(Some(token), ';'),
        Some("fn" | "impl" | "struct" | "enum" | "trait" | "mod" | "unsafe" | "async") => {
            is_mark(Some(token), ';') || is_block(token)
        }
        _ => is_mark(Some(token), ';') || is_mark(Some(token), ','),
    };
    let end = tokens.iter().position(ends_here);
    end.map_or(tokens.len(), |end| end + 1)
}

fn position_of(tokens: &[TokenTree], mark: char) -> usize {
    let found = tokens.iter().position(|token| is_mark(Some(token), mark));
    found.unwrap_or(tokens.len())
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn is_mark(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}
