//! The keys of the store that the processes of a world share.

/// Set once a rank has come.
pub(crate) fn joined(rank: usize) -> String {
    format!("joined/{rank}")
}

/// The step that a rank came to last.
pub(crate) fn step(rank: usize) -> String {
    format!("step/{rank}")
}

/// Why a rank ended.
pub(crate) fn failed(rank: usize) -> String {
    format!("failed/{rank}")
}

/// Set once a rank has noticed a failure of others.
pub(crate) fn lost(rank: usize) -> String {
    format!("lost/{rank}")
}

/// Set once a rank needs the store no more.
pub(crate) fn left(rank: usize) -> String {
    format!("left/{rank}")
}

/// What rank 0 tells under a name.
pub(crate) fn told(name: &str) -> String {
    format!("told/{name}")
}
