//! A copy of a run's state, which later steps do not change.

use optimizer::MomentsSnapshot;

use crate::error::TrainerError;
use crate::state::{RunState, Training};

/// A copy of a run's state in the host's memory: 12 bytes per parameter for weights and moments.
pub(crate) struct Snapshot {
    /// The weights, and the model's config.
    pub weights: model::Snapshot,
    /// The moments.
    pub moments: MomentsSnapshot,
    /// Everything else.
    pub state: RunState,
}

impl Snapshot {
    /// Copies weights and moments from their device; waits for it.
    pub(crate) fn of(training: &Training) -> Result<Self, TrainerError> {
        let updated = training.moments.updated();
        let weights = model::Snapshot::of(&training.model)?;
        Ok(Self {
            weights: weights.with_trained(|name| updated.contains(name)),
            moments: training.moments.snapshot(),
            state: training.state.clone(),
        })
    }
}
