//! Writes checkpoints in the background: training stops only while its state is copied.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::checkpoint::Checkpoints;
use crate::error::TrainerError;
use crate::progress::{Progress, ProgressSender};
use crate::run::Run;
use crate::snapshot::Snapshot;
use crate::state::Training;

/// Writes checkpoints on a thread of its own, one at a time, so that there is at most one copy of the run's state.
///
/// An error on that thread is returned by the next call. Dropping waits for the thread: after that, nothing writes into the
/// folder of the run any more, and its lock can be released.
pub(crate) struct Saver {
    checkpoints: Checkpoints,
    files: Arc<BTreeMap<String, String>>,
    progress: ProgressSender,
    /// The step whose checkpoint this process has read, or has begun to write.
    saved_step: Option<u64>,
    under_way: Option<JoinHandle<Result<(), TrainerError>>>,
}

impl Saver {
    /// Makes the saver of a run that has done `step` steps. If there is a checkpoint of this step, the run was read from it.
    pub(crate) fn new(run: &Run, step: u64, progress: &ProgressSender) -> Self {
        let checkpoints = run.checkpoints();
        Self {
            saved_step: checkpoints.path_of(step).exists().then_some(step),
            checkpoints,
            files: Arc::new(run.files.clone()),
            progress: progress.clone(),
            under_way: None,
        }
    }

    /// Whether this process has read the checkpoint of a step, or has begun to write it.
    pub(crate) fn has(&self, step: u64) -> bool {
        self.saved_step == Some(step)
    }

    /// Where the checkpoint of a step lies.
    pub(crate) fn path_of(&self, step: u64) -> PathBuf {
        self.checkpoints.path_of(step)
    }

    /// Copies the run's state, and begins to write the copy.
    pub(crate) fn save(&mut self, training: &Training) -> Result<(), TrainerError> {
        self.finish()?;
        let step = training.state.step;
        let path = self.path_of(step);
        self.saved_step = Some(step);
        let snapshot = Snapshot::of(training)?;
        self.write(snapshot, path.clone())
            .map_err(TrainerError::file(&path))
    }

    fn write(&mut self, snapshot: Snapshot, path: PathBuf) -> std::io::Result<()> {
        let (checkpoints, files) = (self.checkpoints.clone(), Arc::clone(&self.files));
        let progress = self.progress.clone();
        let write = move || {
            checkpoints.write(&snapshot, &files)?;
            progress.send(Progress::Saved(path));
            Ok(())
        };
        let thread = thread::Builder::new().name("checkpoint".to_owned());
        self.under_way = Some(thread.spawn(write)?);
        Ok(())
    }

    /// Waits until the checkpoint that is being written is complete.
    pub(crate) fn finish(&mut self) -> Result<(), TrainerError> {
        let written = self.under_way.take().map(JoinHandle::join);
        written.map_or(Ok(()), |written| {
            written.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        // The run has failed already if something is still under way, so its own error is lost here.
        let _ = self.under_way.take().map(JoinHandle::join);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use optimizer::{Optimizer, OptimizerName, OptimizerOptions, OptimizerState};

    use crate::checkpoint::Checkpoints;
    use crate::snapshot::Snapshot;
    use crate::state::{RunState, Training};
    use crate::step::tiny::{model, step};
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
            momentum: None,
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
    fn a_snapshot_that_is_written_late_is_the_run_as_it_was_copied() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in DEVICES {
            let device = device::by_name(name).expect("a device of this build");
            let training = stepped(Training {
                model: model(0.0, device.clone()),
                moments: OptimizerState::default(),
                state: RunState::new(BTreeMap::new()),
            });
            let at_once = folder.path().join(name.replace(':', "-"));
            let snapshot = Snapshot::of(&training).expect("named parameters");
            snapshot.weights.save(&at_once).expect("written");
            let moments = at_once.join("optimizer.safetensors");
            snapshot.moments.write(&moments).expect("written");

            let later = stepped(stepped(training));
            assert_eq!(later.state.n_updates, 3);
            let checkpoints = Checkpoints::new(&at_once.join("checkpoints"), 1);
            let files = BTreeMap::new();
            checkpoints.write(&snapshot, &files).expect("written");
            let read =
                |folder: &std::path::Path, file: &str| fs::read(folder.join(file)).expect(file);
            for file in ["model.safetensors", "config.json", "optimizer.safetensors"] {
                let late = read(&checkpoints.path_of(1), file);
                assert!(late == read(&at_once, file), "{name}: {file} differs");
            }
            let resumed = checkpoints
                .read_newest(&device.autodiff(), 3)
                .expect("whole");
            assert_eq!(resumed.expect("there").training.state, snapshot.state);
        }
    }
}
