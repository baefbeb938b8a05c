//! Hugging Face checkpoints in and out.
//!
//! | file | read | written |
//! | --- | --- | --- |
//! | `model.safetensors` | F32, F16, BF16 | F32, as transformers writes it: no tied decoder, metadata `format: pt` |
//! | `model.safetensors.index.json` + parts | the same | – |
//! | `pytorch_model.bin` | zip, and the plain pickles before PyTorch 1.6 | – |
//! | `pytorch_model.bin.index.json` + parts | the same | – |
//! | `config.json` | unknown keys are passed over | as transformers lays it out |
//!
//! burn-store's stores apply a file to a module in one go; here each tensor is wanted by name, so that what was
//! found, missing and unexpected can be told, and a wrong shape named with both shapes.

mod locate;
mod pickle;
mod read;
mod safetensors;
mod tensors;
mod write;

pub use locate::read_config;
pub use read::{LoadReport, Loaded, load};
pub use write::{Snapshot, save, save_config, save_weights};
