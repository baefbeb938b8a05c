//! The formats of word vectors, and their names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The format of a file of word vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VectorFormat {
    /// finalfusion's own form, quantised or not (`.fifu`).
    Finalfusion,
    /// word2vec's binary form (`.bin`).
    Word2vec,
    /// Text whose first line holds the counts of words and dimensions: word2vec's text form and fastText's `.vec`.
    TextDims,
    /// Text without a line of counts, as `GloVe` writes it.
    Text,
    /// fastText's binary form with subwords (`.bin`).
    Fasttext,
    /// floret's text form. It holds n-grams instead of words, so reading it is always an error that says so.
    Floret,
}

impl VectorFormat {
    /// All formats, in the order in which documentation and errors list them.
    pub const ALL: [Self; 6] = [
        Self::Finalfusion,
        Self::Word2vec,
        Self::TextDims,
        Self::Text,
        Self::Fasttext,
        Self::Floret,
    ];

    /// The name, as configs write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finalfusion => "finalfusion",
            Self::Word2vec => "word2vec",
            Self::TextDims => "text_dims",
            Self::Text => "text",
            Self::Fasttext => "fasttext",
            Self::Floret => "floret",
        }
    }
}

impl fmt::Display for VectorFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// A name that no format has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown format of word vectors `{found}`: expected one of {}",
    VectorFormat::ALL.map(VectorFormat::name).join(", ")
)]
pub struct UnknownVectorFormat {
    /// The name.
    pub found: String,
}

impl FromStr for VectorFormat {
    type Err = UnknownVectorFormat;

    fn from_str(name: &str) -> Result<Self, UnknownVectorFormat> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| UnknownVectorFormat {
            found: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::VectorFormat;

    #[test]
    fn a_format_is_parsed_from_its_name_as_serde_writes_it() {
        for format in VectorFormat::ALL {
            assert_eq!(format.name().parse::<VectorFormat>().ok(), Some(format));
            assert_eq!(
                serde_json::to_value(format).ok(),
                Some(format.name().into())
            );
        }
        let error = "vec".parse::<VectorFormat>().expect_err("refused");
        insta::assert_snapshot!(
            error,
            @"unknown format of word vectors `vec`: expected one of finalfusion, word2vec, text_dims, text, fasttext, floret"
        );
    }
}
