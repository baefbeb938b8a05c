//! One file a command.

pub(crate) mod corpus;
pub(crate) mod correct;
pub(crate) mod devices;
mod drops;
mod dry_run;
pub(crate) mod evaluate;
pub(crate) mod examples;
pub(crate) mod export;
pub(crate) mod hub_folder;
pub(crate) mod inspect;
pub(crate) mod merge;
pub(crate) mod prepare;
pub(crate) mod pretrain;
pub(crate) mod quality;
mod shards_folder;
pub(crate) mod synonyms;
pub(crate) mod vocab;
