//! Reports as self-contained HTML pages: no script, font or picture is loaded from elsewhere.

mod chart;
mod frame;
pub(crate) mod inspect;
pub(crate) mod quality;
pub(crate) mod run;
mod strip;
pub(crate) mod study;
pub(crate) mod task;
pub(crate) mod words;
