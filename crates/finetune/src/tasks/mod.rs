//! Tasks: their files as examples of a model, predictions, and scores.
//!
//! [`Task`] is what all files of a task have in common. [`TaskSet`] is one file.

pub(crate) mod classification;
pub(crate) mod example;
pub(crate) mod question;
mod reading;
pub(crate) mod report;
mod scoring;
pub(crate) mod set;
pub(crate) mod spans;
pub(crate) mod spelling;
pub(crate) mod tags;
pub(crate) mod task;
