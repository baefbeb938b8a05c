//! The few large operations, behind one place: where a device is to have native ones, they replace these bodies,
//! which stay as what they are checked against.

mod attention;
mod device;
mod dropout;
mod gelu;
mod loss;
mod norm;

pub(crate) use attention::{AttentionInput, attention};
pub(crate) use dropout::Dropout;
pub(crate) use gelu::gelu;
pub(crate) use loss::cross_entropy;
pub(crate) use norm::{layer_norm, residual_norm};
