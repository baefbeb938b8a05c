//! What the runs of a study cost: `costs.json`. A clock measured it, so it is no part of the results.

use serde::Serialize;

use super::run_results::RunCost;

/// The cost of one finished run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct CellCost {
    /// The arm.
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// Number of steps.
    pub steps: u64,
    /// Number of pieces, without padding.
    pub n_pieces: u64,
    /// Device and time.
    pub cost: RunCost,
}

/// The cost of an arm.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ArmCost {
    /// The arm.
    pub arm: String,
    /// Number of finished runs.
    pub n_runs: usize,
    /// Steps of all runs.
    pub steps: u64,
    /// Pieces of all runs, without padding.
    pub n_pieces: u64,
    /// Seconds of all runs.
    pub seconds: f64,
    /// The devices, in the order in which they were first used.
    pub devices: Vec<String>,
}

impl ArmCost {
    /// Sums up the costs of an arm.
    pub(crate) fn of(arm: &str, cells: &[CellCost]) -> Self {
        let mut sum = Self {
            arm: arm.to_owned(),
            n_runs: 0,
            steps: 0,
            n_pieces: 0,
            seconds: 0.0,
            devices: Vec::new(),
        };
        for cell in cells.iter().filter(|cell| cell.arm == arm) {
            sum.n_runs += 1;
            sum.steps += cell.steps;
            sum.n_pieces += cell.n_pieces;
            sum.seconds += cell.cost.seconds;
            if !sum.devices.contains(&cell.cost.device) {
                sum.devices.push(cell.cost.device.clone());
            }
        }
        sum
    }

    /// Pieces per second of training.
    pub(crate) fn pieces_per_second(&self) -> f64 {
        self.n_pieces as f64 / self.seconds.max(1e-9)
    }
}
