//! What commands print and pages draw: the data and the wording, without terminal or HTML.

pub(crate) mod estimate;
pub(crate) mod evaluation;
pub(crate) mod figure;
pub(crate) mod held_out;
pub(crate) mod inspect;
pub(crate) mod load;
pub(crate) mod metrics;
pub(crate) mod quality;
pub(crate) mod restorations;
pub(crate) mod words;
