//! Self-contained pages: no script, no font, no picture from elsewhere.

mod chart;
mod frame;
pub(crate) mod inspect;
pub(crate) mod quality;
pub(crate) mod report;
pub(crate) mod words;
