//! The commands, one file each, and the steps that several of them share.

mod assemble;
mod assemble_task;
pub(crate) mod corpus;
pub(crate) mod correct;
pub(crate) mod devices;
mod draw;
mod dry_run;
pub(crate) mod evaluate;
pub(crate) mod examples;
pub(crate) mod export;
mod figures;
pub(crate) mod finetune;
pub(crate) mod inspect;
pub(crate) mod merge;
pub(crate) mod prepare;
pub(crate) mod pretrain;
mod quality;
mod ranks;
mod reading;
#[cfg(unix)]
mod start_ranks;
pub(crate) mod study;
pub(crate) mod synonyms;
pub(crate) mod vocab;
