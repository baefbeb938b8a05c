//! Reads and writes files of word vectors.
//!
//! Text and word2vec's binary form are parsed here, record by record. finalfusion's own form and fastText's are read by
//! the `finalfusion` crate. It panics on repeated words and allocates whatever a header claims, so the file is checked
//! first ([`precheck`]). Text may be encoded in GB18030, and text and word2vec's form may be packed with gzip.

mod by_finalfusion;
pub(crate) mod collection;
pub(crate) mod error;
pub(crate) mod format;
mod plain;
mod precheck;
pub(crate) mod read;
mod sniff;
mod unpack;
pub(crate) mod write;

#[cfg(test)]
mod tests;
