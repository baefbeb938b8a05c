//! A line of a report: the name of a figure and its value.

/// A line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    /// What the value is.
    pub name: String,
    /// The value as text, with its unit.
    pub value: String,
    /// Whether the value is a part of the figure above. Reports indent such a line.
    pub is_part: bool,
}

impl Figure {
    /// A figure that is not a part of another.
    pub(crate) fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            is_part: false,
        }
    }

    /// A part of the figure above.
    pub(crate) fn part(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            is_part: true,
            ..Self::new(name, value)
        }
    }
}
