//! Defines how messages and reports name a record of a file.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A record's position in its file, as messages show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The record's first line, from 1; in Parquet its row, from 1.
    Line(u64),
    /// The record's first byte, from 0, if the lines before it were not read and so not counted.
    Byte(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(formatter, "{line}"),
            Self::Byte(byte) => write!(formatter, "byte {byte}"),
        }
    }
}
