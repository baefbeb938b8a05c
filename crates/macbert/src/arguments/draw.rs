//! Arguments of commands that draw masks for the examples of shards.

use clap::Args;
use masking::ObjectiveName;
use shard::Split;
use sop::PairObjective;

use super::choices::{ObjectiveChoice, PairsChoice, SplitChoice};

/// The options that decide which masks are drawn for the examples of shards.
#[derive(Args, Debug, Clone)]
pub(crate) struct DrawArguments {
    /// What is masked, and what stands in its place.
    #[arg(long, value_enum, default_value_t = Self::default().objective)]
    pub objective: ObjectiveChoice,
    /// The epoch, counted from 0; every epoch has its own masks.
    #[arg(long, default_value_t = Self::default().epoch)]
    pub epoch: u64,
    /// The seed of the masks (default: the seed of the shards).
    #[arg(long)]
    pub seed: Option<u64>,
    /// How the two texts of an example are drawn.
    #[arg(long, value_enum, default_value_t = Self::default().pairs)]
    pub pairs: PairsChoice,
    /// The documents to read: those to train on, or those that are held out.
    #[arg(long, value_enum, default_value_t = Self::default().split)]
    pub split: SplitChoice,
}

impl Default for DrawArguments {
    fn default() -> Self {
        Self {
            objective: ObjectiveChoice(ObjectiveName::Mac),
            epoch: 0,
            seed: None,
            pairs: PairsChoice(PairObjective::Sop),
            split: SplitChoice(Split::Train),
        }
    }
}
