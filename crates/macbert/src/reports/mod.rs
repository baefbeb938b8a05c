//! The contents of reports: data and wording. Commands print them on the terminal, and `pages` writes them as HTML.

pub(crate) mod dictionary;
pub(crate) mod estimate;
pub(crate) mod evaluation;
pub(crate) mod figure;
pub(crate) mod held_out;
pub(crate) mod inspect;
pub(crate) mod load;
pub(crate) mod metrics;
pub(crate) mod orders;
pub(crate) mod quality;
pub(crate) mod restorations;
pub(crate) mod study;
pub(crate) mod task;
pub(crate) mod words;
