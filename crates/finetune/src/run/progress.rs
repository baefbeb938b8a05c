//! What fine-tuning reports while it runs; only the program shows it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::Sender;

use model::LoadReport;

use crate::scores::named::NamedScores;

/// What fine-tuning reports while it runs.
#[derive(Clone, Debug)]
pub enum FinetuneProgress {
    /// The checkpoint was read, and this is what it held. It is reported for the first seed.
    Loaded(LoadReport),
    /// A seed was finished earlier.
    Finished {
        /// The seed.
        seed: u64,
    },
    /// A seed continues from a checkpoint of its own.
    Resumed {
        /// The seed.
        seed: u64,
        /// The steps that are done.
        step: u64,
        /// The checkpoint.
        path: PathBuf,
    },
    /// Something that the user should know, but that does not stop the run.
    Warning(String),
    /// A step was done. On a GPU it may still be in the queue.
    Step {
        /// The seed.
        seed: u64,
        /// The step of this seed.
        step: u64,
        /// The steps of all seeds that are done.
        done: u64,
        /// Mean loss in nats since the last point of the curves, or that of the last point if none was read since. Not a number
        /// if there is neither.
        loss: f64,
        /// Pieces per second since the seed began or was resumed, without padding.
        pieces_per_second: f64,
    },
    /// An epoch has ended, and the model was evaluated on the dev file if there is one.
    Epoch {
        /// The seed.
        seed: u64,
        /// The epoch, from 1.
        epoch: u64,
        /// The scores on the dev file; empty without one.
        scores: NamedScores,
    },
    /// A seed is finished.
    Reported {
        /// The seed.
        seed: u64,
        /// The selected epoch, from 1.
        epoch: u64,
        /// The scores on the reported file.
        scores: NamedScores,
    },
}

/// The sending end of a channel of [`FinetuneProgress`], for a run that goes on if nobody listens.
pub(crate) struct ProgressSender {
    sender: Sender<FinetuneProgress>,
    /// The warnings so far.
    warned: RefCell<BTreeSet<String>>,
}

impl ProgressSender {
    pub(crate) fn new(sender: &Sender<FinetuneProgress>) -> Self {
        Self {
            sender: sender.clone(),
            warned: RefCell::default(),
        }
    }

    /// Reports. A receiver that is gone is no error.
    pub(crate) fn send(&self, progress: FinetuneProgress) {
        let _ = self.sender.send(progress);
    }

    /// Warns, once of the same: seeds have much in common.
    pub(crate) fn warn(&self, text: String) {
        if self.warned.borrow_mut().insert(text.clone()) {
            self.send(FinetuneProgress::Warning(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::ProgressSender;

    #[test]
    fn a_warning_that_several_seeds_have_in_common_is_sent_once() {
        let (sender, receiver) = channel();
        let progress = ProgressSender::new(&sender);
        for text in ["no kernels", "a step", "no kernels"] {
            progress.warn(text.to_owned());
        }
        assert_eq!(receiver.try_iter().count(), 2);
    }
}
