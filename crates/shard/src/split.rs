//! The two sides of the held-out split.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A side of the held-out split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Examples that the model is trained on.
    Train,
    /// Examples that the model is evaluated on, and never trained on.
    HeldOut,
}

impl Split {
    /// Both sides, in the order in which a manifest lists them.
    pub const ALL: [Self; 2] = [Self::Train, Self::HeldOut];

    /// The name, as files and options write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::HeldOut => "held_out",
        }
    }
}

/// A name that neither side has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown side of the split `{found}`: expected train or held_out")]
pub struct UnknownSplit {
    /// The name.
    pub found: String,
}

impl FromStr for Split {
    type Err = UnknownSplit;

    fn from_str(name: &str) -> Result<Self, UnknownSplit> {
        let found = Self::ALL.into_iter().find(|split| split.name() == name);
        found.ok_or_else(|| UnknownSplit {
            found: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Split;

    #[test]
    fn a_side_is_parsed_from_its_name() {
        for split in Split::ALL {
            assert_eq!(split.name().parse(), Ok(split));
        }
        let error = "test".parse::<Split>().expect_err("refused").to_string();
        for split in Split::ALL {
            assert!(error.contains(split.name()), "{error}");
        }
    }
}
