//! What all files of a task have in common.

use std::sync::Arc;

use model::{LoadOptions, TaskHead};
use segment::{CheckpointTokenizer, PieceTokenizer, Vocabulary};

use crate::data::labels::LabelSet;
use crate::error::FinetuneError;
use crate::inputs::texts::PairSpecials;
use crate::options::task::TaskOptions;

/// A task: its options, its labels, and how its texts become pieces.
pub struct Task {
    pub(crate) options: TaskOptions,
    /// The names of the labels by id; none if the task has none.
    pub(crate) labels: Option<LabelSet>,
    pub(crate) tokenizer: PieceTokenizer,
    pub(crate) vocabulary: Arc<Vocabulary>,
    /// The longest input, in pieces.
    pub(crate) max_length: usize,
    /// The rows of the embeddings that belong to pieces and added words.
    n_pieces: usize,
}

impl Task {
    /// Makes a task whose labels, if it has any, are not known yet.
    pub(crate) fn without_labels(
        options: &TaskOptions,
        tokenizer: &CheckpointTokenizer,
        max_length: usize,
    ) -> Self {
        Self {
            options: options.clone(),
            labels: None,
            tokenizer: tokenizer.pieces(),
            vocabulary: Arc::clone(&tokenizer.vocabulary),
            max_length,
            n_pieces: tokenizer.n_pieces(),
        }
    }

    /// Makes the task of a fine-tuned model, whose labels its config names.
    pub fn of_labels(
        options: &TaskOptions,
        tokenizer: &CheckpointTokenizer,
        max_length: usize,
        labels: &[String],
    ) -> Result<Self, FinetuneError> {
        let mut task = Self::without_labels(options, tokenizer, max_length);
        let has_labels = matches!(
            options,
            TaskOptions::Classification(_) | TaskOptions::Tags(_)
        );
        task.labels = has_labels.then(|| LabelSet::given(labels)).transpose()?;
        Ok(task)
    }

    /// Returns the options.
    pub fn options(&self) -> &TaskOptions {
        &self.options
    }

    /// Returns the names of the labels by id; none if the task has none.
    pub fn labels(&self) -> &[String] {
        self.labels.as_ref().map_or(&[], LabelSet::names)
    }

    /// Returns the head of the finished model.
    pub fn head(&self) -> TaskHead {
        self.options.head(self.labels().len(), false)
    }

    /// Returns the head that is trained, which may have a part that the finished model lacks.
    pub(crate) fn training_head(&self) -> TaskHead {
        self.options.head(self.labels().len(), true)
    }

    /// Returns how a checkpoint is read; what it lacks is drawn from the seed.
    pub fn load_options(&self, seed: u64) -> LoadOptions {
        LoadOptions {
            seed,
            n_pieces: Some(self.n_pieces),
            partial: false,
        }
    }

    pub(crate) fn specials(&self) -> PairSpecials {
        let specials = self.vocabulary.specials();
        PairSpecials {
            cls: specials.cls.get(),
            sep: specials.sep.get(),
        }
    }
}
