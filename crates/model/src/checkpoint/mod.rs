//! Checkpoints of Hugging Face in and out, and those of TensorFlow 1.x in.
//!
//! | file | read | written |
//! | --- | --- | --- |
//! | `model.safetensors` | F32, F16, BF16 | F32, as transformers writes it: no tied decoder, metadata `format: pt` |
//! | `model.safetensors.index.json` + parts | F32, F16, BF16 | – |
//! | `pytorch_model.bin` | zip, and the plain pickles before PyTorch 1.6 | – |
//! | `pytorch_model.bin.index.json` + parts | zip, and the plain pickles before PyTorch 1.6 | – |
//! | `PREFIX.index` + `PREFIX.data-…`, or one file of the older format | TensorFlow 1.x, by the crate `tensorflow`: Google's names, kernels transposed, the optimizer's tensors left out | – |
//! | `config.json`, `bert_config.json` | unknown keys and `null` are ignored | as transformers lays it out |
//!
//! burn-store's stores apply a whole file to a module in one go. Here each tensor is asked for by name, so that a report can
//! list what was found, missing and unexpected, and an error about a shape can name both shapes.

mod foreign;
pub(crate) mod identity;
pub(crate) mod locate;
mod pickle;
pub(crate) mod read;
pub(crate) mod report;
mod safetensors;
mod stored;
pub(crate) mod task;
mod tensorflow;
mod tensors;
mod whole;
pub(crate) mod write;
