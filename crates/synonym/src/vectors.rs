//! Reads and writes files of word vectors.
//!
//! Text and word2vec's binary form are parsed here, record by record. finalfusion's own form and fastText's are read by
//! the `finalfusion` crate. It panics on repeated words and allocates whatever a header claims, so the file is checked
//! first ([`precheck`]). The words of text and of word2vec's form may be in GB18030 or Big5, and the file may be packed
//! with gzip. A file that cannot be read is named by what it seems to be ([`seems`]).

mod block;
mod by_finalfusion;
pub(crate) mod collection;
pub(crate) mod encoding;
pub(crate) mod error;
pub(crate) mod format;
mod layout;
mod precheck;
pub(crate) mod read;
pub(crate) mod report;
mod row;
pub(crate) mod seems;
mod sniff;
mod text;
mod unpack;
mod word2vec;
pub(crate) mod write;

#[cfg(test)]
mod tests;
