//! The command line as typed; each file has the arguments of a family of commands.

pub(crate) mod choices;
pub(crate) mod config;
pub(crate) mod corpus;
pub(crate) mod device;
pub(crate) mod draw;
pub(crate) mod model;
pub(crate) mod program;
pub(crate) mod shards;
pub(crate) mod study;
pub(crate) mod synonyms;
pub(crate) mod vocabulary;
