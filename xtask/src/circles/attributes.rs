//! Reads the attributes before an item: `#[cfg(test)]` and `#[path = "…"]`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What the attributes before an item say.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) n_tokens: usize,
    /// The item is only compiled for tests.
    pub(super) is_test: bool,
    /// The file of a `mod` item.
    pub(super) path: Option<String>,
}

impl Attributes {
    /// Reads the attributes that the tokens begin with. Inner attributes (`#![…]`) are read alike.
    pub(super) fn read(tokens: &[TokenTree]) -> Self {
        let mut found = Self::default();
        while let Some(attribute) = attribute(&tokens[found.n_tokens..]) {
            found.n_tokens += attribute.n_tokens;
            found.take(&attribute.content);
        }
        found
    }

    fn take(&mut self, content: &[TokenTree]) {
        match content {
            [TokenTree::Ident(name), TokenTree::Group(predicate)] if name == "cfg" => {
                self.is_test |= requires_test(predicate.stream());
            }
            [TokenTree::Ident(name), _equals, TokenTree::Literal(path)] if name == "path" => {
                self.path = Some(path.to_string().trim_matches('"').to_owned());
            }
            _ => {}
        }
    }
}

/// One attribute: what stands between its brackets.
struct Attribute {
    n_tokens: usize,
    content: Vec<TokenTree>,
}

fn attribute(tokens: &[TokenTree]) -> Option<Attribute> {
    let is = |at: usize, mark: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == mark);
    if !is(0, '#') {
        return None;
    }
    let at = if is(1, '!') { 2 } else { 1 };
    match tokens.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            Some(Attribute {
                n_tokens: at + 1,
                content: group.stream().into_iter().collect(),
            })
        }
        _ => None,
    }
}

/// Whether a `cfg` predicate holds in tests only: `test`, or an `all(…)` with such a part.
fn requires_test(predicate: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = predicate.into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    tokens.split(is_comma).any(|part| match part {
        [TokenTree::Ident(name)] => name == "test",
        [TokenTree::Ident(name), TokenTree::Group(parts)] => {
            name == "all" && requires_test(parts.stream())
        }
        _ => false,
    })
}
