//! BERT for pre-training on burn, and Hugging Face checkpoints in and out.
//!
//! The model is BERT unchanged (method §4; section numbers are those of `docs/method.md`): [`BertForPreTraining`] takes a
//! [`ModelInput`] and the places of the masked positions, and gives logits there and for the order of the two texts, or
//! the step's loss. [`load`] reads whatever form of checkpoint Hugging Face has had, [`save`] writes today's.
//!
//! The device is picked at run time: on `device.autodiff()` a model can be trained, and drops out; on a plain
//! device, or after `model.valid()`, it does neither.
//!
//! ```
//! use burn::tensor::Device;
//! use model::{BertConfig, BertForPreTraining, Labels, ModelInput};
//!
//! let config = BertConfig { num_attention_heads: 2, ..BertConfig::new(50, 2, 16) };
//! let device = Device::flex().autodiff();
//! let model = BertForPreTraining::new(&config, &device, 42)?;
//! // Two examples padded to 5 pieces; the second is one piece shorter.
//! let ids = vec![2, 7, 8, 9, 3, 2, 5, 6, 3, 0];
//! let input = ModelInput::new(&ids, &[0; 10], &[5, 4], 5, 1, &device);
//! let labels = Labels {
//!     masked_indices: &[1, 6],
//!     masked: &[10, 11],
//!     order: &[0, 1],
//!     n_of_step: 2,
//!     n_order_of_step: 2,
//! };
//! let loss = model.losses(&input, &labels);
//! let gradients = loss.total.backward();
//! # let _ = gradients;
//! # Ok::<(), model::ModelError>(())
//! ```

mod bert;
mod checkpoint;
mod config;
mod embeddings;
mod encoder;
mod error;
mod heads;
mod initialise;
mod input;
mod layers;
mod loss;
mod names;
mod ops;
mod parameters;
mod rows;

pub use bert::{BertForPreTraining, HiddenStates, Output};
pub use checkpoint::{
    LoadReport, Loaded, Snapshot, load, read_config, save, save_config, save_weights,
};
pub use config::BertConfig;
pub use error::ModelError;
pub use input::{Layout, ModelInput};
pub use loss::{Labels, Loss, masked_cross_entropy, n_correct, order_cross_entropy, predictions};
pub use ops::{Bodies, Precision};
pub use parameters::{
    Named, ParameterInfo, ParameterMapper, ParameterVisitor, map_parameters, visit_parameters,
};
