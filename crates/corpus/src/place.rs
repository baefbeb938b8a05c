//! Where a record stands in its file, for people.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a record stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Its first line, from 1; in Parquet the row, from 1.
    Line(u64),
    /// Its first byte, from 0, where lines before it were not counted.
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
