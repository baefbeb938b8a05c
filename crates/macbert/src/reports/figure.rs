//! A line of a report: a name and a figure.

/// A line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    /// What the figure is.
    pub name: String,
    /// The figure, as people read it.
    pub value: String,
    /// Whether it is a part of the figure above, which reports show indented.
    pub is_part: bool,
}

impl Figure {
    /// A figure of its own.
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
