//! The files of a task, by its kind.

use std::path::Path;

use segment::CheckpointTokenizer;

use crate::error::FinetuneError;
use crate::options::task::TaskOptions;
use crate::tasks::set::TaskSet;
use crate::tasks::task::Task;
use crate::tasks::{classification, spans, spelling, tags};

impl Task {
    /// Reads the training file of a task. Its labels are those of the task, unless the options give them.
    pub fn open(
        options: &TaskOptions,
        tokenizer: &CheckpointTokenizer,
        max_length: usize,
        train: &Path,
    ) -> Result<(Self, TaskSet), FinetuneError> {
        let mut task = Self::without_labels(options, tokenizer, max_length);
        let set = match options {
            TaskOptions::Classification(of_texts) => {
                let (set, labels) = classification::read_training(&task, of_texts, train)?;
                task.labels = Some(labels);
                set
            }
            TaskOptions::Tags(of_tags) => {
                let (set, labels) = tags::read_training(&task, of_tags, train)?;
                task.labels = Some(labels);
                set
            }
            TaskOptions::Spans(of_spans) => spans::read(&task, of_spans, train, true)?,
            TaskOptions::Spelling(of_pairs) => spelling::read(&task, of_pairs, train)?,
        };
        if set.examples.is_empty() {
            let path = train.to_path_buf();
            return Err(FinetuneError::NothingToLearn { path });
        }
        Ok((task, set))
    }

    /// Reads a file that is scored.
    pub fn read(&self, path: &Path) -> Result<TaskSet, FinetuneError> {
        match &self.options {
            TaskOptions::Classification(options) => classification::read(self, options, path),
            TaskOptions::Tags(_) => tags::read(self, path),
            TaskOptions::Spans(options) => spans::read(self, options, path, false),
            TaskOptions::Spelling(options) => spelling::read(self, options, path),
        }
    }
}
