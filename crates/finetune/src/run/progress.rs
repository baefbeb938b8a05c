//! What fine-tuning reports while it runs; only the program shows it.

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
        /// Mean loss in nats since the last point of the curves. Not a number if none was read yet.
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
#[derive(Clone)]
pub(crate) struct ProgressSender(Sender<FinetuneProgress>);

impl ProgressSender {
    pub(crate) fn new(sender: &Sender<FinetuneProgress>) -> Self {
        Self(sender.clone())
    }

    /// Reports. A receiver that is gone is no error.
    pub(crate) fn send(&self, progress: FinetuneProgress) {
        let _ = self.0.send(progress);
    }
}
