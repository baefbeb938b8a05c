//! Arguments of commands that run a config: the file, and what is changed in it.

use std::path::PathBuf;

use clap::Args;

/// A config and what is changed in it.
#[derive(Args, Debug, Clone)]
pub(crate) struct ConfigArguments {
    /// The config (TOML); its paths are relative to its folder.
    pub config: PathBuf,
    #[command(flatten)]
    pub change: ChangeArguments,
}

/// What is changed in a config, and whether it is only shown.
#[derive(Args, Debug, Clone)]
pub(crate) struct ChangeArguments {
    /// Override a key of the config (repeatable).
    ///
    /// The value is read as TOML, and as plain text if it is not TOML. Quote a number that is meant as text: --set
    /// 'output.directory="2024"'.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
    /// Print the resolved config (prepare, pretrain: with estimates of memory and disk) and stop.
    #[arg(long)]
    pub dry_run: bool,
}
