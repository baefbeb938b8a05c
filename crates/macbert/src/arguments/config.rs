//! Arguments of commands that take a config: the file, and overrides of its keys.

use std::path::PathBuf;

use clap::Args;

/// A config file, and overrides of its keys.
#[derive(Args, Debug, Clone)]
pub(crate) struct ConfigArguments {
    /// The config file (TOML); paths in it are relative to the file's folder.
    pub config: PathBuf,
    #[command(flatten)]
    pub change: ChangeArguments,
}

/// Overrides of a config's keys, and whether the config is only printed.
#[derive(Args, Debug, Clone)]
pub(crate) struct ChangeArguments {
    /// Override a key of the config (repeatable).
    ///
    /// A value that is not valid TOML is taken as plain text. To pass a number as text, quote it: --set
    /// 'output.directory="2024"'.
    #[arg(long = "set", value_name = "KEY.PATH=VALUE")]
    pub set: Vec<String>,
    /// Print the resolved config and stop; prepare and pretrain also print estimates of memory and disk.
    #[arg(long)]
    pub dry_run: bool,
}
