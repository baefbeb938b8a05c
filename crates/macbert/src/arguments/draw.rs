//! Arguments of commands that draw pairs and masks for the examples of shards.

use std::path::PathBuf;

use clap::Args;
use shard::Split;

use super::choices::{ObjectiveChoice, PairsChoice, SplitChoice};

/// Which shards are read, and what is drawn for their examples: as a job's config says, or as the options say.
#[derive(Args, Debug, Clone)]
pub(crate) struct SourceArguments {
    /// A folder that `macbert prepare` wrote (default: the shards of --config, with all folders of a mixture).
    #[arg(required_unless_present = "config")]
    pub shards: Option<PathBuf>,
    /// A job's config, which names the shards, the objective with its shares, the pairs and the seed.
    #[arg(long, value_name = "CONFIG")]
    pub config: Option<PathBuf>,
    /// Override a key of the config (repeatable).
    #[arg(long = "set", value_name = "KEY.PATH=VALUE", requires = "config")]
    pub set: Vec<String>,
    /// What is masked, and what stands in its place (default: the config's objective, or mac without a config).
    #[arg(long, value_enum)]
    pub objective: Option<ObjectiveChoice>,
    /// How the two texts of an example are drawn (default: as in the config, or sop without a config).
    #[arg(long, value_enum)]
    pub pairs: Option<PairsChoice>,
    /// The seed of pairs and masks (default: the seed of the config, or of the shards without a config).
    #[arg(long)]
    pub seed: Option<u64>,
}

/// The options that decide which masks are drawn for which examples.
#[derive(Args, Debug, Clone)]
pub(crate) struct DrawArguments {
    #[command(flatten)]
    pub source: SourceArguments,
    /// The epoch, counted from 0; every epoch has its own masks.
    #[arg(long, default_value_t = 0)]
    pub epoch: u64,
    /// The documents to read: those to train on, or those that are held out.
    #[arg(long, value_enum, default_value_t = SplitChoice(Split::Train))]
    pub split: SplitChoice,
}
