//! Checkpoints are written while training goes on: it stops only for the copy that is then written.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};

use optimizer::MomentsSnapshot;

use crate::checkpoint::Checkpoints;
use crate::error::TrainerError;
use crate::metrics::Metrics;
use crate::run::{Progress, Run};
use crate::state::{RunState, Training};

/// A run between two steps, in the host's memory: 12 bytes a parameter. The steps after it do not show in it.
pub(crate) struct Snapshot {
    pub weights: model::Snapshot,
    pub moments: MomentsSnapshot,
    pub state: RunState,
}

impl Snapshot {
    /// Copies weights and moments from their device; waits for it.
    pub(crate) fn of(training: &Training) -> Result<Self, TrainerError> {
        Ok(Self {
            weights: model::Snapshot::of(&training.model)?,
            moments: training.moments.snapshot(),
            state: training.state.clone(),
        })
    }
}

/// Writes checkpoints on a thread of their own, one at a time, so that there is one copy at most.
///
/// What goes wrong there is told by the next call. Dropping waits for what is under way: nobody writes into a run's folder
/// whose lock was given back.
pub(crate) struct Saver {
    checkpoints: Checkpoints,
    files: Arc<Vec<(String, String)>>,
    progress: Sender<Progress>,
    under_way: Option<JoinHandle<Result<(), TrainerError>>>,
}

impl Saver {
    /// Of a run; each checkpoint is told when it is in its place.
    pub(crate) fn new(run: &Run, checkpoints: Checkpoints, progress: &Sender<Progress>) -> Self {
        Self {
            checkpoints,
            files: Arc::new(run.files.clone()),
            progress: progress.clone(),
            under_way: None,
        }
    }

    /// Begins a checkpoint, and says where it will lie; where the step has one that was written or read by this run, that
    /// is it. Figures are made to last first: a checkpoint counts on them.
    pub(crate) fn save(
        &mut self,
        training: &mut Training,
        metrics: &mut Metrics,
    ) -> Result<PathBuf, TrainerError> {
        let place = self.checkpoints.place(training.state.step);
        if training.saved_step == Some(training.state.step) {
            return Ok(place);
        }
        self.finish()?;
        training.state.metrics_bytes = metrics.sync()?;
        training.saved_step = Some(training.state.step);
        let snapshot = Snapshot::of(training)?;
        self.begin(snapshot, place.clone())
            .map_err(TrainerError::file(&place))?;
        Ok(place)
    }

    fn begin(&mut self, snapshot: Snapshot, place: PathBuf) -> std::io::Result<()> {
        let (checkpoints, files) = (self.checkpoints.clone(), Arc::clone(&self.files));
        let progress = self.progress.clone();
        let write = move || {
            checkpoints.write(&snapshot, &files)?;
            let _ = progress.send(Progress::Saved(place)); // nobody listening is no reason to fail
            Ok(())
        };
        let thread = thread::Builder::new().name("checkpoint".to_owned());
        self.under_way = Some(thread.spawn(write)?);
        Ok(())
    }

    /// Waits for the checkpoint that is under way, and tells how it went.
    pub(crate) fn finish(&mut self) -> Result<(), TrainerError> {
        let written = self.under_way.take().map(JoinHandle::join);
        written.map_or(Ok(()), |written| {
            written.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        let _ = self.under_way.take().map(JoinHandle::join); // the run has failed of something else
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use optimizer::{Optimizer, OptimizerName, OptimizerOptions, OptimizerState};

    use super::Snapshot;
    use crate::checkpoint::Checkpoints;
    use crate::state::{RunState, Training};
    use crate::step::tests::{model, step};
    use crate::step::training_step;

    const DEVICES: &[&str] = &[
        "flex",
        #[cfg(feature = "tch")]
        "tch:cpu",
    ];

    fn stepped(mut training: Training) -> Training {
        let optimizer = Optimizer::new(OptimizerOptions {
            name: OptimizerName::Adamw,
            peak_rate: 0.01,
            warmup_steps: 0,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-6,
            weight_decay: 0.01,
            clip_norm: 1.0,
        });
        let moments = &mut training.moments;
        let (model, stats) = training_step(training.model, &step(4), &optimizer, moments, 0.01)
            .expect("named parameters");
        training.model = model;
        training.state.advance(&step(4));
        training.state.count(&stats.read());
        training
    }

    /// Optimizers write in place, so a copy that shared memory with the run would change.
    #[test]
    fn what_is_written_late_is_the_run_as_it_was_copied() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in DEVICES {
            let device = device::by_name(name).expect("a device of this build");
            let training = stepped(Training {
                model: model(0.0, device.clone()),
                moments: OptimizerState::default(),
                state: RunState::new(BTreeMap::new()),
                saved_step: None,
            });
            let at_once = folder.path().join(name.replace(':', "-"));
            model::save(&training.model, &at_once).expect("written");
            let moments = at_once.join("optimizer.safetensors");
            training
                .moments
                .snapshot()
                .write(&moments)
                .expect("written");

            let snapshot = Snapshot::of(&training).expect("named parameters");
            let later = stepped(stepped(training));
            assert_eq!(later.state.n_updates, 3);
            let checkpoints = Checkpoints::new(&at_once.join("checkpoints"), 1);
            checkpoints.write(&snapshot, &[]).expect("written");
            let read =
                |folder: &std::path::Path, file: &str| fs::read(folder.join(file)).expect(file);
            for file in ["model.safetensors", "config.json", "optimizer.safetensors"] {
                let late = read(&checkpoints.place(1), file);
                assert!(late == read(&at_once, file), "{name}: {file} differs");
            }
            let resumed = checkpoints.resume(&device.autodiff(), 3).expect("whole");
            assert_eq!(resumed.expect("there").training.state, snapshot.state);
        }
    }
}
