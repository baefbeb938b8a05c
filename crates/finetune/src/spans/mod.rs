//! Span extraction: a long context is cut into windows, and the answers of all windows are ranked together.

mod best_context;
pub(crate) mod decode;
pub(crate) mod features;
pub(crate) mod windows;
