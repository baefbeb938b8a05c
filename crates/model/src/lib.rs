//! BERT for pre-training and for tasks, written with burn. Reads checkpoints of Hugging Face and of TensorFlow 1.x, and writes
//! those of Hugging Face.
//!
//! The model is BERT unchanged (method §4; section numbers are those of `docs/method.md`). In the order of the data:
//!
//! 1. [`BertConfig`] has the sizes of a model. [`BertForPreTraining::new`] makes a model with new weights. [`load`]
//!    reads a model from a checkpoint in the format of safetensors, PyTorch or TensorFlow 1.x, in one file or in several.
//! 2. [`ModelInput`] is a batch of examples on a device. [`Labels`] are the batch's original pieces and order labels.
//! 3. [`BertForPreTraining::losses`] runs [`Bert`] and both heads, and returns what this batch adds to the [`Loss`] of
//!    the whole step. [`BertForPreTraining::forward`] returns the logits instead. [`restore`] returns the likeliest pieces at
//!    positions of one text.
//! 4. [`visit_parameters`] and [`map_parameters`] give an optimizer each parameter with its Hugging Face name.
//! 5. [`save`] writes a checkpoint that transformers loads. A [`Snapshot`] is a copy of a model in the host's memory,
//!    which can be written while training continues.
//! 6. [`BertForTask`] is the encoder with the head of a task ([`TaskHead`]); [`load_task`] and [`save_task`] read and write it.
//!
//! The device is chosen at run time. On `device.autodiff()` the model tracks gradients and applies dropout; on a plain device,
//! or after `model.valid()`, it does neither. [`Implementation`] selects the implementation of the operations, and
//! [`Precision`] the number format of matrix products.
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
//! let gradients = loss.total().expect("the batch has labels").backward();
//! # let _ = gradients;
//! # Ok::<(), model::ModelError>(())
//! ```

mod checkpoint;
mod config;
mod downstream;
mod embeddings;
mod encoder;
mod encoder_only;
mod error;
mod fill_mask;
mod initialise;
mod input;
mod layers;
mod layout;
mod loss;
mod masked_head;
mod names;
mod ops;
mod padding;
mod parameters;
mod pretraining;
mod rows;
mod task_loss;

pub use checkpoint::identity::checkpoint_sha256;
pub use checkpoint::locate::read_config;
pub use checkpoint::read::{LoadOptions, Loaded, load, load_with};
pub use checkpoint::report::{LoadReport, PaddedRows};
pub use checkpoint::task::{
    LoadedTask, TaskOfCheckpoint, load_task, read_task, save_task, save_task_whole,
};
pub use checkpoint::write::{Snapshot, save, save_weights};
pub use config::{BertConfig, Untrained};
pub use downstream::{BertForTask, SpellingLogits, TaskHead};
pub use encoder_only::{Bert, HiddenStates};
pub use error::ModelError;
pub use fill_mask::{Restoration, RestoredPiece, restore};
pub use input::ModelInput;
pub use loss::{
    Labelled, Labels, Loss, masked_cross_entropy, n_correct, order_cross_entropy, predictions,
};
pub use names::is_reached;
pub use ops::implementation::Implementation;
pub use ops::precision::Precision;
pub use parameters::{
    Named, ParameterInfo, ParameterMapper, ParameterVisitor, map_parameters, visit_parameters,
};
pub use pretraining::{BertForPreTraining, Output};
pub use task_loss::{DetectionLoss, OUTSIDE_CONTEXT, SpanLabels, SpellingLabels};
