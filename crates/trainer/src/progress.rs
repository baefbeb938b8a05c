//! What a run reports while it trains; only the program shows it.

use std::path::PathBuf;
use std::sync::mpsc::Sender;

use dataset::Baseline;
use model::LoadReport;

use crate::evaluate::Evaluation;
use crate::settings::SettingChange;

/// What a run reports while it trains.
#[derive(Clone, Debug)]
pub enum Progress {
    /// The checkpoint that the run starts from was read, and this is what it held.
    Loaded(LoadReport),
    /// The run continues from a checkpoint of its own.
    Resumed {
        /// The checkpoint.
        path: PathBuf,
        /// Its step.
        step: u64,
    },
    /// A setting differs from that of the checkpoint, and the user allows it.
    Changed(SettingChange),
    /// Something that the user should know, but that does not stop the run.
    Warning(String),
    /// The unigram baseline on the held-out labels; `None` if no document is held out, so that nothing is evaluated.
    Baseline(Option<Baseline>),
    /// A step was done. On a GPU it may still be in the queue.
    Step {
        /// The step.
        step: u64,
        /// Steps of the run.
        steps: u64,
        /// Mean masked loss in nats over the steps since the last line of metrics, as of the last time that losses were
        /// read from the device. Not a number if none was read yet, or if all steps were skipped.
        masked_loss: f64,
        /// Pieces per second, without padding, since the last line of metrics.
        tokens_per_second: f64,
    },
    /// The model was evaluated on the held-out examples.
    Evaluated {
        /// The step after which it was.
        step: u64,
        /// The metrics.
        evaluation: Evaluation,
    },
    /// The model was evaluated under a judge.
    Judged {
        /// The step after which it was.
        step: u64,
        /// The name of the judge.
        judge: String,
        /// The metrics.
        evaluation: Evaluation,
    },
    /// A checkpoint is complete.
    Saved(PathBuf),
}

/// The sending end of a channel of [`Progress`], for a run that goes on if nobody listens.
#[derive(Clone)]
pub(crate) struct ProgressSender(Sender<Progress>);

impl ProgressSender {
    pub(crate) fn new(sender: &Sender<Progress>) -> Self {
        Self(sender.clone())
    }

    /// Reports. A receiver that is gone is no error.
    pub(crate) fn send(&self, progress: Progress) {
        let _ = self.0.send(progress);
    }

    /// Reports a warning.
    pub(crate) fn warn(&self, text: String) {
        self.send(Progress::Warning(text));
    }
}
