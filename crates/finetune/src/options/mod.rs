//! The sections of a task's config that this crate reads. Unknown keys are errors.

pub(crate) mod protocol;
pub(crate) mod task;
pub(crate) mod training;
